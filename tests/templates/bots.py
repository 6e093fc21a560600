"""The four bots as real processes: scaffolded, built, started, asked and stopped."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SECRET = "s3cret-Grüße"
TRANSFER_NUMBER = "+4930999999"
Headers = Mapping[str, str | bytes]
START_SECONDS = 120.0  # the first `go run` on a new machine compiles the standard library
STOP_SECONDS = 15.0

RUNTIMES = {"express": "express", "flask": None, "go": "go", "sinatra": "ruby"}


WEBSOCKET_RUNTIMES = {"express+websocket": "express", "flask+websocket": None}
"""The bots that AI Flow reaches by WebSocket. They take events by HTTP as well."""


def bot_params(*, websocket: bool = False) -> list[object]:
    """One pytest parameter per template, marked with the runtime that it needs; with `websocket` those bots too."""
    return [
        pytest.param(name, id=name, marks=[pytest.mark.runtime(runtime)] if runtime else [])
        for name, runtime in (RUNTIMES | WEBSOCKET_RUNTIMES if websocket else RUNTIMES).items()
    ]


@dataclass(frozen=True)
class Answer:
    """What a bot answered: the status, the headers (names in lower case) and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body as JSON, which has to be labelled so; None where there is no body."""
        if not self.body:
            return None
        assert self.headers["content-type"].split(";")[0] == "application/json"
        return json.loads(self.body)


def read_answer(response: http.client.HTTPResponse) -> Answer:
    """The answer in an open response."""
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


@dataclass
class RunningBot:
    """A bot's process with the port that it answers on and the file that takes its output."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Where AI Flow reaches the bot."""
        return f"{self.scheme}://127.0.0.1:{self.port}/webhook"

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Headers | None = None,
        chunked: bool = False,
    ) -> Answer:
        """Send one request on a connection of its own; `chunked` hides its length from the bot."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        payload = iter([body or b""]) if chunked else body
        try:
            connection.request(method, path, payload, dict(headers or {}), encode_chunked=chunked)
            with connection.getresponse() as response:
                return read_answer(response)
        finally:
            connection.close()

    def send(self, event: object, *, headers: Headers | None = None) -> Answer:
        """Send one event to the webhook."""
        return self.request("POST", "/webhook", json.dumps(event).encode(), headers=headers)

    def output(self) -> str:
        """All that the bot has written, to either stream."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> int:
        """Ask the process to stop and wait for it: its exit status."""
        self.process.send_signal(signum)
        return self.process.wait(STOP_SECONDS)


@dataclass(frozen=True)
class Project:
    """A scaffolded project in its folder."""

    template: str
    folder: Path

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a shell command in the project, its output captured as one stream."""
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=environ({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self) -> list[str]:
        """What starts the bot: as aiflow.toml has it, but the program that `build` made and our own Python."""
        if self.template == "go":
            return ["./my-bot"]
        words: list[str] = tomllib.loads((self.folder / "aiflow.toml").read_text())["app"]["command"]
        return [sys.executable, *words[1:]] if words[0] == "python" else words

    def build(self) -> "Project":
        """Compile a Go project once: `go run` would link it again for every process that a test starts."""
        if self.template == "go":
            built = self.run("go build .")
            assert built.returncode == 0, built.stdout
        return self

    @contextmanager
    def running(self, settings: Mapping[str, str], *, log: Path) -> Iterator[RunningBot]:
        """The bot's process on a free port, from its first healthy answer to its exit."""
        port = free_port()
        environment = environ({**settings, "PORT": str(port)})
        with log.open("wb") as output:
            process = subprocess.Popen(self.command(), cwd=self.folder, env=environment, stdout=output, stderr=output)
        bot = RunningBot(process, port, log, "ws" if "+websocket" in self.template else "http")
        try:
            wait_until_healthy(bot)
            yield bot
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def scaffold(template: str, folder: Path) -> Project:
    """Write a project with `aiflow init` and bring in what it needs, without a network."""
    name, _, transport = template.partition("+")
    command = [sys.executable, "-m", "aiflow_cli", "init", str(folder), "--template", name, "--name", "my-bot"]
    made = subprocess.run([*command, "--transport", transport or "http"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    if name == "express":
        (folder / "node_modules").symlink_to(REPOSITORY / ".runtimes" / "express" / "node_modules")
    return Project(template, folder)


def environ(changes: Mapping[str, str]) -> dict[str, str]:
    """Our environment with `changes`, and no setting of a bot but theirs.

    `python` and `aiflow` are those of the environment that runs the tests; Go asks no network.
    """
    ours = {"PORT", "HOST", "AIFLOW_SECRET", "TRANSFER_NUMBER"}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**inherited, "PATH": path, "GOPROXY": "off", **changes}


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_healthy(bot: RunningBot) -> None:
    """Wait for the first healthy answer of a bot that is starting.

    Raises:
        AssertionError: it ended, or needs too long; with what it has written.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and bot.process.poll() is None:
        try:
            if bot.request("GET", "/health").status == 200:
                return
        except OSError:
            time.sleep(0.02)  # between two tries of a bounded wait
    raise AssertionError(f"the bot did not start:\n{bot.output()}")
