"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.runtimes import pytest_runtest_setup
from tests.support.bot import Bot, running_bot
from tests.support.cli import Cli

__all__ = ["bot", "cli", "pytest_runtest_setup"]

# The machine is shared: how long an example takes says nothing about the code.
settings.register_profile("aiflow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("aiflow")


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable in the developer's shell must not change what a test sees."""
    for name in list(os.environ):
        if name.startswith("AIFLOW_") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line, in a home of its own."""
    return Cli(tmp_path)


@pytest.fixture
def bot() -> Iterator[Bot]:
    """The Quick Start's bot, really listening; set ``bot.answer`` for another one."""
    with running_bot() as bot:
        yield bot
