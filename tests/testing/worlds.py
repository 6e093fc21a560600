"""A project's world for tests in process."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

from aiflow_cli.clock import SystemClock
from aiflow_cli.console import Console
from aiflow_cli.context import World


def world(folder: Path, *, url: str, command: Sequence[str] = (), dotenv: str = "", **environ: str) -> World:
    """A world in a project, away from the developer's own files."""
    toml = f'[webhook]\nurl = "{url}"\n[app]\ncommand = {json.dumps(list(command))}\n'
    (folder / "aiflow.toml").write_text(toml)
    (folder / ".env").write_text(dotenv)
    environ = {"HOME": str(folder), "PATH": "/usr/bin:/bin", **environ}
    console = Console(None, io.StringIO(), io.StringIO(), environ)
    return World(console=console, clock=SystemClock(), environ=environ, cwd=folder)
