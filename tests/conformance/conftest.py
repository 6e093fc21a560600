"""``aiflow`` with variables as keyword arguments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.cli import Cli, Result

Aiflow = Callable[..., Result]


@pytest.fixture
def aiflow(cli: Cli) -> Aiflow:
    """Runs ``aiflow`` with these arguments; keyword arguments are environment variables."""

    def call(*arguments: str, **environ: str) -> Result:
        cli.environ |= environ
        return cli(*arguments)

    return call
