"""The side of the tunnel: one connection that carries requests to us, one answer after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol, cast

import httptools

from aiflow_cli.recorder.gate import MAX_BODY_BYTES, too_large
from aiflow_cli.recorder.messages import Refusal, Request, Response, passed_on, without_upgrade

MAX_HEAD_BYTES = 64 * 1024
MAX_WAITING = 8
"""Pipelined requests that are read ahead on one connection."""

LINGER_SECONDS = 2.0
"""How long what still comes is thrown away after a refusal, so that the refusal is not lost in a reset."""


class Service(Protocol):
    """What a connection asks of the recorder."""

    loop: asyncio.AbstractEventLoop
    connections: set[Downstream]

    def head_defect(self, request: Request) -> Refusal | None:
        """What is wrong with a request whose head is complete."""

    def refuses_body(self, request: Request) -> bool:
        """The request will be refused, so its body need not be sent."""

    def handle(self, request: Request, connection: Downstream) -> None:
        """Serve a request; ``connection.answer`` is called once, now or later."""

    def lost(self, connection: Downstream) -> None:
        """The connection is gone."""


class Downstream(asyncio.Protocol):
    """Parses requests, serves them in order, writes the answers.

    Args:
        service: the recorder.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._request = Request()
        self._body: list[bytes] = []
        self._size = 0
        self._head_bytes = 0
        self._in_head = False
        self._parsing = True
        self._write_paused = False
        self._paused = False
        self.transport: asyncio.Transport | None = None
        self.leftover = b""
        """What followed a handshake: it belongs to the protocol that was asked for."""
        self.active_since: float | None = service.loop.time()
        """When the request that is being received began; None where none is."""

    # -- asyncio ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._waiting.clear()
        self._service.connections.discard(self)
        self._service.lost(self)

    def data_received(self, data: bytes) -> None:
        if not self._parsing:
            if self._current is not None and self._current.upgrade:
                self._keep(data)
            return
        self._parse(data)
        if self._in_head and self._parsing:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._give_up(Refusal(431, f"the head is larger than {MAX_HEAD_BYTES // 1024} KiB"))

    def pause_writing(self) -> None:
        self._write_paused = True

    def resume_writing(self) -> None:
        self._write_paused = False
        self._next()

    # -- parsing ---------------------------------------------------------------------------------------

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._after_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError:
            raise
        except httptools.HttpParserError as error:
            if self._parsing:
                self._give_up(Refusal(400, f"not a request: {error}"))

    def _after_upgrade(self, rest: bytes) -> None:
        """Behind a WebSocket handshake comes another protocol. Any other offer (h2c) is not taken up."""
        if not self._parsing:
            return
        if self._request.is_websocket:
            self._parsing = False
            self._keep(rest)
        else:
            # The parser has skipped the body: it reads the request again, without the offer.
            self._parser = httptools.HttpRequestParser(self)
            self._parse(without_upgrade(self._request) + rest)

    def _keep(self, data: bytes) -> None:
        self.leftover += data
        if len(self.leftover) > MAX_BODY_BYTES and self.transport is not None:
            self.transport.abort()

    def on_message_begin(self) -> None:
        self._request = Request()
        self._body = []
        self._size = self._head_bytes = 0
        self._in_head = True
        self.active_since = self._service.loop.time()

    def on_url(self, url: bytes) -> None:
        self._request.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Later ones are trailers, which are for neighbours alone.
        if self._in_head:
            self._request.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        request = self._request
        request.method = self._parser.get_method()
        request.version = self._parser.get_http_version()
        request.keep_alive = self._parser.should_keep_alive()
        request.upgrade = self._parser.should_upgrade()
        defect = self._service.head_defect(request)
        if defect is not None:
            return self._give_up(defect)
        read_again = request.upgrade and not request.is_websocket
        if not read_again and any(value.lower() == b"100-continue" for value in request.values(b"expect")):
            self._expected(request)

    def _expected(self, request: Request) -> None:
        """The caller waits for a word before it sends the body."""
        if self._service.refuses_body(request):
            self._end_parsing(request)
        elif self._current is None and not self._waiting and self.transport is not None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if not self._parsing:
            return
        self._size += len(body)
        if self._size > MAX_BODY_BYTES:
            return self._give_up(too_large())
        self._body.append(body)

    def on_message_complete(self) -> None:
        request = self._request
        if not self._parsing or (request.upgrade and not request.is_websocket):
            return
        request.body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self.active_since = None
        self._enqueue(request)

    def _give_up(self, defect: Refusal) -> None:
        """Answer what came before, then this, then close: where the next request begins is unknown."""
        self._request.defect = defect
        self._end_parsing(self._request)

    def _end_parsing(self, request: Request) -> None:
        self._parsing = False
        request.keep_alive = False
        self._enqueue(request)

    def time_out(self) -> None:
        """The request that is being received takes too long."""
        if self._parsing:
            self._give_up(Refusal(408, "the request did not arrive in time"))

    # -- serving ---------------------------------------------------------------------------------------

    def _enqueue(self, request: Request) -> None:
        self._waiting.append(request)
        if len(self._waiting) > MAX_WAITING and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()
        self._next()

    def _next(self) -> None:
        if self._current is not None or self._write_paused or not self._waiting or self.transport is None:
            return
        self._current = self._waiting.popleft()
        if self._paused and len(self._waiting) <= MAX_WAITING // 2:
            self._paused = False
            self.transport.resume_reading()
        self._service.handle(self._current, self)

    def answer(self, response: Response) -> None:
        """Write the answer to the request under way; the next one follows."""
        request, self._current = self._current, None
        if self.transport is None or request is None:
            return
        self.transport.write(passed_on(response, request))
        if response.close or not request.keep_alive:
            self._close_gently()
        else:
            # Not at once: a long pipeline would go ever deeper into the stack.
            self._service.loop.call_soon(self._next)

    def detach(self) -> tuple[asyncio.Transport, bytes]:
        """Give the connection away, with what followed the handshake; nothing is read until its new owner does."""
        transport = self.transport
        assert transport is not None
        transport.pause_reading()
        self.transport = None
        self._service.connections.discard(self)
        return transport, self.leftover

    def _close_gently(self) -> None:
        transport = self.transport
        assert transport is not None
        self._waiting.clear()
        if self._parsing:
            self._parsing = False
            return transport.close()
        if self._paused:
            transport.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()
        self._service.loop.call_later(LINGER_SECONDS, transport.close)

    @property
    def is_idle(self) -> bool:
        """No request is under way, waiting or half received."""
        return self._current is None and not self._waiting and self.active_since is None

    @property
    def is_serving(self) -> bool:
        """A request waits for its answer."""
        return self._current is not None or bool(self._waiting)

    def close(self) -> None:
        """End the connection once what was written is sent."""
        if self.transport is not None:
            self.transport.close()
