"""``aiflow init --verify``: does the fresh project work, here and now?"""

from __future__ import annotations

import os
import re
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from aiflow_cli.commands.suite import Selection, run_suite
from aiflow_cli.config.settings import BY_KEY
from aiflow_cli.context import World
from aiflow_cli.errors import WebhookError
from aiflow_cli.scaffold.catalog import Template
from aiflow_cli.testing.bot import free_port, on_port
from aiflow_cli.testing.options import Options

_URL = BY_KEY["webhook.url"].variable
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def verify_project(world: World, folder: Path, template: Template) -> None:
    """Start the project's bot and run its conversation tests.

    On a port of its own: whoever answers at the project's port now is another bot.

    Raises:
        CheckFailed: a conversation test failed.
        WebhookError: the bot does not start; the hint says what to install.
    """
    environ = {name: value for name, value in world.environ.items() if name != _URL}
    if _our_python_has(folder / "requirements.txt"):
        environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])
    environ[_URL] = on_port(_inside(world, folder, environ).settings["webhook.url"], free_port())
    try:
        run_suite(_inside(world, folder, environ), Selection(verbose=True), Options.read(environ), as_talk=True)
    except WebhookError as error:
        raise WebhookError(
            error.message,
            hint=f"the project is written. It needs {template.runtime}; then: "
            f"cd {shlex.quote(str(folder))} && {template.install} && aiflow test",
        ) from None


def _inside(world: World, folder: Path, environ: dict[str, str]) -> World:
    return World(console=world.console, clock=world.clock, environ=environ, cwd=folder)


def _our_python_has(requirements: Path) -> bool:
    """Has the Python that aiflow runs in what the bot asks for? Then it need not be installed elsewhere first."""
    if not requirements.exists():
        return False
    names = [match[0] for line in requirements.read_text().splitlines() if (match := _NAME.match(line))]
    try:
        return all(distribution(name) for name in names)
    except PackageNotFoundError:
        return False
