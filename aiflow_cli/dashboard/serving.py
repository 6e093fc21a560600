"""Running the server: a socket that really listens, signals that are ours, streams that end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.dashboard.calls import Player
from aiflow_cli.dashboard.live import Live
from aiflow_cli.dashboard.local import LocalDashboard, ProjectBot
from aiflow_cli.dashboard.server import create_app
from aiflow_cli.errors import ExitCode, WebhookError
from aiflow_cli.store.store import Store

HOST = "127.0.0.1"
DEFAULT_PORT = 4600
DRAIN_SECONDS = 3
PRUNE_EVERY_SECONDS = 60.0
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of the log is kept; None keeps all. What is deleted is told to streams as a gap."""

    days: float | None = None
    exchanges: int | None = None

    def apply(self, store: Store, clock: Clock) -> int:
        """Delete what is too old or too much; returns how many exchanges."""
        if self.days is None and self.exchanges is None:
            return 0
        before = None if self.days is None else rfc3339(clock.now() - self.days * _SECONDS_A_DAY)
        return store.prune(before=before, keep=self.exchanges)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one.

    Raises:
        WebhookError: the port is taken, or is not ours to take.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise WebhookError(
            f"port {port} of {HOST} cannot be used: {error.strerror}",
            hint="name another one with --port (0 takes a free one)",
        ) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


class DashboardServer:
    """One server over one store.

    Args:
        store: not closed by this object.
        player: plays the calls that are placed.
        retention: applied at the start and once a minute.
        token: where set, requests must bring it.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        player: Player,
        retention: Retention | None = None,
        token: str | None = None,
        bot: ProjectBot | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention or Retention()
        self._dashboard = LocalDashboard(store, clock=clock, player=player, bot=bot)
        self._live = Live(store)
        app = create_app(self._dashboard, live=self._live, token=token)
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        self._server = _Uvicorn(config, stop_streams=self._live.stop)

    def run(self, listener: socket.socket, *, on_ready: Callable[[str], None]) -> ExitCode:
        """Serve until SIGINT, SIGTERM or SIGHUP; the second one does not wait for anybody. Main thread only."""
        received: list[int] = []

        def stop(number: int) -> None:
            received.append(number)
            self._server.force_exit = len(received) > 1
            self._server.should_exit = True

        async def serve() -> None:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, stop, number)
            await self._serve(listener, lambda: on_ready(url_of(listener)))

        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve())
        return ExitCode.INTERRUPTED if received and received[0] == signal.SIGINT else ExitCode.TERMINATED

    @contextmanager
    def running(self, listener: socket.socket) -> Iterator[str]:
        """Serve from a thread of its own for as long as the block lasts; yields the base URL."""
        ready = threading.Event()

        def serve() -> None:
            try:
                with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                    runner.run(self._serve(listener, ready.set))
            finally:
                ready.set()

        thread = threading.Thread(target=serve, name="dashboard")
        thread.start()
        try:
            ready.wait()
            yield url_of(listener)
        finally:
            self._server.should_exit = True
            thread.join()

    async def _serve(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        self._server.on_ready = on_ready
        pruning = asyncio.create_task(self._prune())
        try:
            await self._server.serve(sockets=[listener])
        finally:
            pruning.cancel()
            await asyncio.to_thread(self._dashboard.close, end_calls=True)

    async def _prune(self) -> None:
        while True:
            await asyncio.to_thread(self._retention.apply, self._store, self._clock)
            await asyncio.sleep(PRUNE_EVERY_SECONDS)


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handling (it raises captured signals again, and waits for open streams)."""

    def __init__(self, config: uvicorn.Config, *, stop_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop_streams = stop_streams
        self.on_ready: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stop_streams()
        await super().shutdown(sockets)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
