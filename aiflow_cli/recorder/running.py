"""The recorder in a thread of its own, for commands that are not asynchronous."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiflow_cli.errors import WebhookError
from aiflow_cli.recorder.recorder import Recorder

GRACE_SECONDS = 5.0
"""How long answers that are under way at the end are waited for."""


class RunningRecorder:
    """A recorder that listens.

    Args:
        recorder: the recorder, which belongs to the other thread.
        port: where it listens on loopback.
    """

    def __init__(self, recorder: Recorder, port: int) -> None:
        self.port = port
        self.self_test = recorder.self_test

    @property
    def url(self) -> str:
        """Where a tunnel has to lead."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(make: Callable[[], Recorder], *, port: int = 0, grace: float = GRACE_SECONDS) -> Iterator[RunningRecorder]:
    """Run a recorder; what is under way at the end is finished, for at most ``grace`` seconds.

    Args:
        make: makes the recorder; called in the recorder's thread.
        port: to listen on; 0 takes a free one.

    Raises:
        WebhookError: the port is taken.
    """
    host = _Host(make, port, grace)
    host.start()
    try:
        yield host.recorder()
    finally:
        host.stop()


class _Host:
    """The thread and its event loop."""

    def __init__(self, make: Callable[[], Recorder], port: int, grace: float) -> None:
        self._make, self._port, self._grace = make, port, grace
        self._ready = threading.Event()
        self._running: RunningRecorder | None = None
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="aiflow-recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def recorder(self) -> RunningRecorder:
        if self._running is None:
            self._thread.join()
            raise _not_started(self._port, self._error)
        return self._running

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(self._main())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        recorder = self._make()
        self._running = RunningRecorder(recorder, await recorder.start(self._port))
        self._ready.set()
        await self._stop.wait()
        await recorder.stop(self._grace)


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one: three times the requests per second."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def _not_started(port: int, error: BaseException | None) -> BaseException:
    if isinstance(error, OSError):
        return WebhookError(
            f"the recorder cannot listen on port {port}: {error.strerror or error}", hint="choose another --port"
        )
    return error if error is not None else WebhookError("the recorder did not start")


__all__ = ["GRACE_SECONDS", "RunningRecorder", "new_loop", "running"]
