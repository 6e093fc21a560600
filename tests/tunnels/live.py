"""A real ``aiflow tunnel`` process, and the local dashboard beside it."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from aiflow_cli.clock import SystemClock
from aiflow_cli.dashboard.contract import Flow, FlowFields
from aiflow_cli.dashboard.local import LocalDashboard
from aiflow_cli.store.store import Store
from aiflow_cli.tunnels.processes import identity_of
from tests.support.cli import Cli

WAIT = 30.0
EVENT = {"type": "user_speak", "session": {"id": "s1"}, "text": "hello"}
FORMER = "http://127.0.0.1:3000/webhook"


def wait_for(condition: Callable[[], Any], what: str = "it") -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.01)


@contextmanager
def board(cli: Cli) -> Iterator[LocalDashboard]:
    """The local dashboard over the store that the command uses."""
    with Store(cli.store) as store, LocalDashboard(store, clock=SystemClock()) as dashboard:
        yield dashboard


def flow(cli: Cli, id: str = "local") -> Flow:
    with board(cli) as dashboard:
        return dashboard.flow(id)


def change_flow(cli: Cli, fields: FlowFields, id: str = "local") -> None:
    with board(cli) as dashboard:
        dashboard.change_flow(id, fields)


class Tunnel:
    """A running command. ``out`` and ``err`` grow while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines))
            for stream, lines in ((process.stdout, self.out), (process.stderr, self.err))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        with stream:
            lines.extend(iter(stream.readline, ""))

    @property
    def talk(self) -> str:
        return "".join(self.err)

    def ready(self) -> str:
        """The registered URL, once it is there."""
        wait_for(lambda: self.out or self.process.poll() is not None, "the ready line")
        assert self.out, f"it ended with {self.process.poll()}: {self.talk}"
        first = self.out[0]
        if first.startswith("{"):
            return str(json.loads(first)["url"])
        word, url, arrow, _ = first.split()
        assert (word, arrow) == ("ready", "->")
        return url

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; returns the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(WAIT)
        for reader in self._readers:
            reader.join(WAIT)
        return code


@contextmanager
def tunnel(cli: Cli, *arguments: str, env: Mapping[str, str] | None = None, **settings: Any) -> Iterator[Tunnel]:
    """Run ``aiflow tunnel``; one that still runs at the end is ended in order, so that its program ends with it."""
    running = Tunnel(cli.start("tunnel", *arguments, env=env, **settings))
    try:
        yield running
    finally:
        running.process.terminate()
        try:
            running.wait()
        finally:
            running.process.kill()


@contextmanager
def killed_at_end(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the test, whatever happens in it."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def dashboard_server(cli: Cli) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real ``aiflow dashboard`` over the store of the command line; yields the process and its URL."""
    with killed_at_end(cli.start("dashboard", "--port", "0")) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]


def send(url: str, event: Any = EVENT, **headers: str) -> httpx.Response:
    """One event through a public URL."""
    with httpx.Client(trust_env=False, timeout=WAIT) as client:
        return client.post(url, json=event, headers=headers)


def is_gone(pid: int) -> bool:
    """The process is dead; a zombie that nobody has waited for counts as dead."""
    return identity_of(pid) is None
