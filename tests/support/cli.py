"""The command line in two ways: in process with a world of its own (quick), and as a real process (true)."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiflow_cli.cli import run
from aiflow_cli.console import Console
from aiflow_cli.context import World

NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z: what the clock of an in-process world shows."""


class FixedClock:
    """A clock that stands until it is told to sleep."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Terminal(io.StringIO):
    """A text stream that says it is a TTY."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Result:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """Runs command lines in a folder of their own, with an environment of their own.

    Args:
        home: folder that stands for HOME; the working folder is ``home/work``.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cwd = home / "work"
        self.cwd.mkdir(parents=True, exist_ok=True)
        self.environ: dict[str, str] = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.clock = FixedClock()

    @property
    def store(self) -> Path:
        """Where the exchange log is outside a project."""
        return self.home / ".local/share/aiflow/aiflow.db"

    def project(self, toml: str = "", *, dotenv: str = "") -> Path:
        """Make the working folder a project."""
        (self.cwd / "aiflow.toml").write_text(toml)
        if dotenv:
            (self.cwd / ".env").write_text(dotenv)
        return self.cwd

    def __call__(self, *arguments: str, stdin: str | None = "", terminal: bool = False) -> Result:
        """Run in process. Settings come from ``environ``; variables of options are read from ``os.environ``."""
        stream = Terminal if terminal else io.StringIO
        streams = (stream(stdin) if stdin is not None else None, stream(), stream())
        console = Console(*streams, self.environ)
        world = World(console=console, clock=self.clock, environ=self.environ, cwd=self.cwd)
        code = run(list(arguments), world)
        return Result(int(code), streams[1].getvalue(), streams[2].getvalue())

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **settings: Any) -> subprocess.Popen[str]:
        """Start a real process; its streams are pipes unless ``settings`` says otherwise."""
        pipe = subprocess.PIPE
        settings = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, "text": True, **settings}
        environ = {**self.environ, **(env or {})}
        return subprocess.Popen([sys.executable, "-m", "aiflow_cli", *arguments], cwd=self.cwd, env=environ, **settings)

    def process(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None) -> Result:
        """Run as a real process."""
        source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        with self.start(*arguments, env=env, stdin=source) as process:
            out, err = process.communicate(stdin, timeout=60)
        return Result(process.returncode, out, err)
