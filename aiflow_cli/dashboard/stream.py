"""The live tail over HTTP: reconnects, resumes exactly, shows nothing twice."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from aiflow_cli.dashboard.problems import Unavailable
from aiflow_cli.dashboard.sse import Frame, FrameReader, read_gap
from aiflow_cli.store.store import Row
from aiflow_cli.store.tail import Batch
from aiflow_cli.transports.trimmed_httpx import httpx

FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
READ_SECONDS = 45.0
"""Three heartbeats missed: the server, the network or this laptop was away."""

Connect = Callable[[int | None], AbstractContextManager[httpx.Response]]
"""Opens the stream after an id (None: from now on); raises the classes of ``problems``."""


class HttpStream:
    """A ``contract.Stream`` over server-sent events.

    Args:
        connect: opens one connection.
        after: id to start behind; None starts now.
        notify: told once that the server went away, and once that it is back.
        jitter: a number from 0 to 1 for each delay, so that many tails do not come back in step.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        after: int | None,
        name: str,
        notify: Callable[[str], None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._connect = connect
        self.position = after
        self._name = name
        self._notify = notify
        self._jitter = jitter
        self._closed = threading.Event()
        self._response: httpx.Response | None = None
        self._failures = 0
        self._said_down = False

    def __iter__(self) -> Iterator[Batch]:
        while not self._closed.is_set():
            try:
                with self._connect(self.position) as response:
                    self._response = response
                    yield from self._read(response)
            except Unavailable as error:
                self._down(error)
            except (httpx.HTTPError, httpx.StreamError, OSError, ValueError):
                # The connection broke; whether the server is down, the next attempt tells.
                pass
            self._pause()

    def _read(self, response: httpx.Response) -> Iterator[Batch]:
        reader = FrameReader()
        for chunk in response.iter_bytes():
            self._up()
            yield from self._batches(reader.feed(chunk))
            if self._closed.is_set():
                return

    def _batches(self, frames: Iterable[Frame]) -> Iterator[Batch]:
        """One batch for a chunk, cut where there is a gap."""
        rows: list[Row] = []
        gap = None
        for frame in frames:
            if frame.event == "gap" and frame.data is not None:
                if rows or gap:
                    yield Batch(rows, self.position or 0, gap)
                rows, gap = [], read_gap(frame.data)
                self.position = frame.id if frame.id is not None else 0 if gap.replaced else gap.end
            elif self._is_new(frame):
                self.position = frame.id
                if frame.event == "exchange" and frame.id is not None and frame.data is not None:
                    rows.append((frame.id, frame.data))
        if rows or gap:
            yield Batch(rows, self.position or 0, gap)

    def _is_new(self, frame: Frame) -> bool:
        return frame.id is not None and (self.position is None or frame.id > self.position)

    def _down(self, error: Unavailable) -> None:
        self._failures += 1
        if not self._said_down:
            self._said_down = True
            self._notify(f"{error.message}; waiting for it")
        if error.retry_after is not None:
            self._closed.wait(error.retry_after)

    def _up(self) -> None:
        if self._said_down:
            self._notify(f"the dashboard {self._name} is back; going on behind exchange {self.position or 0}")
        self._said_down = False
        self._failures = 0

    def _pause(self) -> None:
        longest = min(FIRST_DELAY * 2**self._failures, LONGEST_DELAY)
        self._closed.wait(longest * self._jitter())

    def close(self) -> None:
        self._closed.set()
        response = self._response
        stream: Any = response.extensions.get("network_stream") if response is not None else None
        connection = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(connection, socket.socket):
            _wake(connection)

    def __enter__(self) -> HttpStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _wake(connection: socket.socket) -> None:
    """End a read that another thread may be waiting in."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
