"""The project's bot as a process: started where nobody answers yet, waited for, and ended with all that it started."""

from __future__ import annotations

import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiflow_cli.clock import Clock
from aiflow_cli.config.files import read_dotenv
from aiflow_cli.errors import ConfigError, WebhookError
from aiflow_cli.guardian import end_group, guardian

if TYPE_CHECKING:
    from aiflow_cli.context import World

START_SECONDS = 60.0
"""How long a bot may take until it answers: the first ``go run`` compiles the standard library."""

STOP_SECONDS = 5.0
"""From SIGTERM to SIGKILL."""

_ASK_SECONDS = 1.0
_PAUSE_SECONDS = 0.05
_TAIL_LINES = 15
_NOT_YET = (502, 503, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a bot is started.

    Args:
        command: program and arguments; relative to ``folder``.
        environ: of the process; ``PORT`` is set to the URL's.
        url: of the webhook, where it will listen.
        health: path that answers once it is up.
        patience: seconds to wait for that.
    """

    command: Sequence[str]
    folder: Path
    environ: Mapping[str, str]
    url: str
    health: str = "/health"
    patience: float = START_SECONDS


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that we started, and the file that takes its output."""

    process: subprocess.Popen[bytes]
    log: Path


def answers(url: str, health: str = "/health") -> bool:
    """Does a server answer where the webhook is?

    A bot need not have a health path, nor know GET: any answer says that it is there, but those of a gateway in
    front of one that is not.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        if parts.scheme in ("https", "wss"):
            # Whose certificate it has is of no interest yet.
            with socket.create_connection((host, parts.port or 443), _ASK_SECONDS):
                return True
        connection = http.client.HTTPConnection(host, parts.port or 80, timeout=_ASK_SECONDS)
        try:
            connection.request("GET", health)
            with connection.getresponse() as response:
                return response.status not in _NOT_YET
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def running(launch: Launch, clock: Clock) -> Iterator[RunningBot]:
    """The bot from its first answer to the end of its whole process group.

    Raises:
        ConfigError: there is no command, or it cannot be started.
        WebhookError: it ended at once, or does not answer in time; with the end of its output.
    """
    if not launch.command:
        raise WebhookError(
            f"nobody answers at {launch.url}, and aiflow.toml has no [app] command that starts the bot",
            hint='start the bot first, or say how: [app] command = ["python", "app.py"]',
        )
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aiflow-test-")))
        tell = stack.enter_context(guardian(scratch))
        bot = _start(launch, scratch / "output")
        stack.callback(_end, bot.process)
        tell(-bot.process.pid)
        _wait_until_it_answers(bot, launch, clock)
        yield bot


def launch(world: World, url: str, *, patience: float = START_SECONDS) -> Launch:
    """How the project's bot is started.

    Raises:
        ConfigError: aiflow.toml or .env is wrong.
    """
    folder = world.project.root if world.project else world.cwd
    return Launch(
        command=world.settings.words("app.command"),
        folder=folder,
        environ=environment(world.environ, read_dotenv(folder / ".env"), folder=folder, url=url),
        url=url,
        health=world.settings["app.health"],
        patience=patience,
    )


def on_port(url: str, port: int) -> str:
    """The URL with another port."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts._replace(netloc=f"{host}:{port}").geturl()


def environment(environ: Mapping[str, str], dotenv: Mapping[str, str], *, folder: Path, url: str) -> dict[str, str]:
    """The environment for a bot: ours over its ``.env``, its port, and its project's own Python first.

    Where a bare ``python`` is on no PATH, it is the one that aiflow runs in.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    folders = [environ.get("PATH", os.defpath), str(Path(sys.executable).parent)]
    if (own := folder / ".venv" / "bin").is_dir():
        folders.insert(0, str(own))
    return {**dotenv, **environ, "PORT": str(port), "PATH": os.pathsep.join(folders)}


def free_port() -> int:
    """A port of loopback that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _start(launch: Launch, log: Path) -> RunningBot:
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                launch.command,
                cwd=launch.folder,
                env=dict(launch.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own: what it starts ends with it, and Ctrl-C is for us.
                start_new_session=True,
            )
    except OSError as error:
        raise ConfigError(
            f"the bot cannot be started: {shlex.join(launch.command)}: {error.strerror}",
            hint="is it installed, and [app] command in aiflow.toml spelt like this?",
        ) from None
    return RunningBot(process, log)


def _wait_until_it_answers(bot: RunningBot, launch: Launch, clock: Clock) -> None:
    deadline = clock.monotonic() + launch.patience
    while not answers(launch.url, launch.health):
        code = bot.process.poll()
        if code is not None:
            ended = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
            raise WebhookError(
                _told(f"the bot ended {ended} before it answered", bot, launch),
                hint="install what it needs, as its README says; or start it yourself and run this again",
            )
        if clock.monotonic() > deadline:
            hint = "does it listen on the port that the variable PORT names? [app] health is the path that is asked"
            raise WebhookError(
                _told(
                    f"the bot was started, but within {launch.patience:g} s nobody answers at {launch.url}", bot, launch
                ),
                hint=hint,
            )
        clock.sleep(_PAUSE_SECONDS)


def _told(what: str, bot: RunningBot, launch: Launch) -> str:
    lines = bot.log.read_text(errors="replace").rstrip().splitlines()[-_TAIL_LINES:]
    tail = "\n".join(f"  {line}" for line in lines) if lines else "  (it wrote nothing)"
    return f"{what}: {shlex.join(launch.command)}\n{tail}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the group, time to stop, then SIGKILL to what is left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    end_group(process.pid)
