"""The command line in process, in a home of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aiflow_cli.cli import run
from aiflow_cli.clock import SystemClock
from aiflow_cli.console import Console
from aiflow_cli.context import World


@dataclass(frozen=True)
class Outcome:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Aiflow = Callable[..., Outcome]


@pytest.fixture
def aiflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aiflow:
    """Runs ``aiflow`` with these arguments; keyword arguments are environment variables."""

    def call(*arguments: str, **environ: str) -> Outcome:
        environ = {"HOME": str(tmp_path), "AIFLOW_STORE": str(tmp_path / "log.db"), **environ}
        # Variables of options are read from os.environ, settings from the world's.
        monkeypatch.delenv("AIFLOW_SECRET", raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        out, err = io.StringIO(), io.StringIO()
        console = Console(io.StringIO(), out, err, environ)
        world = World(console=console, clock=SystemClock(), environ=environ, cwd=tmp_path)
        return Outcome(int(run(list(arguments), world)), out.getvalue(), err.getvalue())

    return call
