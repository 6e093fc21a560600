"""The side of the app: a pool of connections, each with one request under way."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httptools

from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Failure
from aiflow_cli.recorder.messages import Headers, Response
from aiflow_cli.recorder.target import Target

MAX_HEAD_BYTES = 256 * 1024
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 1.0
"""Unused connections are given up sooner than any server does (gunicorn: 2 s): an event that is sent into
a connection which the app is closing is lost, and may not be sent twice."""


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """What the app answered, or why there is nothing.

    Args:
        response: the complete answer; None where there is none.
        failure: why there is none.
        duration_ms: from the first byte sent to the last byte received.
    """

    response: Response | None
    failure: Failure | None
    duration_ms: float


Done = Callable[[AppAnswer], None]


class Pool:
    """Connections to the app.

    Args:
        target: the webhook.
        timeout: seconds until a complete answer must be there; None waits for ever.
    """

    def __init__(self, target: Target, timeout: float | None, loop: asyncio.AbstractEventLoop) -> None:
        self.target = target
        self.timeout = timeout
        self.loop = loop
        self._hosts = list(target.hosts)
        self._tls = tls_context(target)
        self._idle: list[Upstream] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, data: bytes, done: Done, *, is_head: bool = False) -> None:
        """Send one request. ``done`` is called exactly once. Nothing is ever sent twice."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable:
                return connection.send(data, done, is_head=is_head)
        task = self.loop.create_task(self._connect_and_send(data, done, is_head=is_head))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect_and_send(self, data: bytes, done: Done, *, is_head: bool) -> None:
        started = time.perf_counter()
        try:
            connection = await self._open()
        except (OSError, TimeoutError) as error:
            failure = Failure("connection-error", unreachable(self.target, error))
            return done(AppAnswer(None, failure, (time.perf_counter() - started) * 1000))
        connection.send(data, done, is_head=is_head)

    async def _open(self) -> Upstream:
        """A connection to the first address that takes one; it is tried first the next time."""
        errors: list[OSError | TimeoutError] = []
        for host in list(self._hosts):
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    _, connection = await self.loop.create_connection(
                        lambda: Upstream(self), host, self.target.port, ssl=self._tls
                    )
            except (OSError, TimeoutError) as error:
                errors.append(error)
                continue
            if host != self._hosts[0]:
                self._hosts.remove(host)
                self._hosts.insert(0, host)
            return connection
        raise errors[0]

    def release(self, connection: Upstream) -> None:
        """Keep a connection for the next request."""
        self._idle.append(connection)

    def sweep(self) -> None:
        """Close what was not used for a while."""
        limit = self.loop.time() - IDLE_SECONDS
        while self._idle and self._idle[0].idle_since < limit:
            self._idle.pop(0).close()

    def forget(self, connection: Upstream) -> None:
        if connection in self._idle:
            self._idle.remove(connection)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._idle):
            connection.close()
        self._idle.clear()


class Upstream(asyncio.Protocol):
    """One connection to the app."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._done: Done | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._started = 0.0
        self._is_head = False
        self.idle_since = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._reset()

    def _reset(self) -> None:
        self._headers: Headers = []
        self._reason = b""
        self._body: list[bytes] = []
        self._size = self._head_bytes = 0
        self._head_done = False

    @property
    def is_usable(self) -> bool:
        """It is open, and was in use a moment ago."""
        fresh = self._pool.loop.time() - self.idle_since <= IDLE_SECONDS
        if self._transport is None or self._transport.is_closing():
            return False
        if not fresh:
            self._transport.close()
        return fresh

    def send(self, data: bytes, done: Done, *, is_head: bool) -> None:
        """Send one request; ``done`` gets the answer."""
        loop = self._pool.loop
        # Not the loop's clock, which uvloop reads once a turn and in milliseconds.
        self._done, self._is_head, self._started = done, is_head, time.perf_counter()
        if self._transport is None:
            return self._fail("connection-error", "closed the connection at once")
        if self._pool.timeout is not None:
            self._timer = loop.call_later(self._pool.timeout, self._timed_out)
        self._transport.write(data)

    # -- asyncio ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._done is None:
            # An answer that nobody asked for: the next one could not be told from it.
            return self.close()
        if not self._head_done:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail("connection-error", "switched to another protocol, which was not asked for")
        except httptools.HttpParserCallbackError:
            raise
        except httptools.HttpParserError as error:
            self._fail("connection-error", f"did not answer in HTTP: {error}")
        if not self._head_done and self._head_bytes > MAX_HEAD_BYTES:
            self._fail("connection-error", f"sent a head larger than {MAX_HEAD_BYTES // 1024} KiB")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._pool.forget(self)
        if self._done is None:
            return
        if self._head_done and self._ends_with_connection() and exc is None:
            return self._complete(reusable=False)
        self._fail("connection-error", "closed the connection before its answer was complete")

    # -- httptools -------------------------------------------------------------------------------------

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_done:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._done is None:
            return self.close()
        if self._parser.get_status_code() < 200:
            return
        self._head_done = True
        if self._is_head:
            # The parser would wait for the body that the headers speak of.
            self._complete(reusable=False)

    def on_body(self, body: bytes) -> None:
        room = MAX_ANSWER_BYTES + 1 - self._size
        self._size += len(body)
        self._body.append(body[: max(room, 0)])
        if self._size > MAX_ANSWER_BYTES and self._done is not None:
            self._complete(reusable=False)

    def on_message_complete(self) -> None:
        if not self._head_done:
            # 100 Continue, 103 Early Hints: the answer is still to come.
            self._headers, self._reason = [], b""
            return
        if self._done is not None:
            self._complete(reusable=self._parser.should_keep_alive())

    # -- ending ----------------------------------------------------------------------------------------

    def _complete(self, *, reusable: bool) -> None:
        response = Response(self._parser.get_status_code(), self._reason, self._headers, b"".join(self._body))
        done, answer = self._taken(response, None)
        transport = self._transport
        # An answer that came before the request was sent off leaves a rest that the app still has to read.
        if reusable and transport is not None and transport.get_write_buffer_size() == 0:
            self._reset()
            self.idle_since = self._pool.loop.time()
            self._pool.release(self)
        else:
            self.close()
        done(answer)

    def _fail(self, kind: str, message: str) -> None:
        if self._done is None:
            return
        failure = Failure("timeout" if kind == "timeout" else "connection-error", f"{self._pool.target.url} {message}")
        done, answer = self._taken(None, failure)
        if self._transport is not None:
            self._transport.abort()
        done(answer)

    def _taken(self, response: Response | None, failure: Failure | None) -> tuple[Done, AppAnswer]:
        done, self._done = self._done, None
        assert done is not None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return done, AppAnswer(response, failure, (time.perf_counter() - self._started) * 1000)

    def _timed_out(self) -> None:
        self._fail("timeout", f"gave no complete answer within {self._pool.timeout:g} s")

    def _ends_with_connection(self) -> bool:
        names = {name.lower() for name, _ in self._headers}
        return b"content-length" not in names and b"transfer-encoding" not in names

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def tls_context(target: Target) -> ssl.SSLContext | None:
    """Certificates are checked, but for an app on this machine, which signs its own."""
    if not target.tls:
        return None
    context = ssl.create_default_context()
    if target.is_loopback:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def unreachable(target: Target, error: OSError | TimeoutError) -> str:
    """Why there is no connection, as one sentence."""
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens at {target.url} (connection refused)"
    if isinstance(error, TimeoutError):
        return f"{target.url} took no connection within {CONNECT_SECONDS:g} s"
    return f"{target.url} cannot be reached: {error.strerror or error}"
