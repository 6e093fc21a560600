"""A running recorder over a real store, and callers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiflow_cli.recorder.recorder import Recorder
from aiflow_cli.recorder.running import RunningRecorder, running
from aiflow_cli.recorder.target import Target
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.redaction import Redactor
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store

from .apps import WAIT, Caller


@dataclass
class Rig:
    """A recorder in front of an app."""

    running: RunningRecorder
    store: Store
    _stack: ExitStack
    stop: Callable[[], None]

    @property
    def port(self) -> int:
        return self.running.port

    def caller(self) -> Caller:
        caller = Caller(self.port)
        self._stack.callback(caller.close)
        return caller

    def ask(self, data: bytes) -> tuple[int, str, bytes]:
        """One request on a connection of its own."""
        return self.caller().ask(data)

    def log(self, count: int = 1) -> list[Exchange]:
        """The log, once it holds ``count`` exchanges."""
        wait_for(lambda: self.store.newest_id() >= count)
        return self.store.last(Query(), 10_000)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Start a recorder: ``record(url, secret=..., timeout=...)``."""
    with ExitStack() as stack:

        def start(url: str, *, secret: str | None = None, timeout: float | None = 5.0, grace: float = 5.0) -> Rig:
            store = stack.enter_context(Store(tmp_path / "aiflow.db", redactor=Redactor([secret])))

            def make() -> Recorder:
                return Recorder(Target.parse(url), store, flow_id="local", secret=secret, timeout=timeout)

            recorder = stack.enter_context(ExitStack())
            return Rig(recorder.enter_context(running(make, grace=grace)), store, stack, recorder.close)

        yield start
