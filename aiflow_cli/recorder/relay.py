"""WebSocket webhooks: two connections, one for each side, and the conversation between them.

Each side has a handshake, pings and a closing of its own; messages go through as they are. Compression is
agreed with neither, so that what is recorded is what was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.http11 import Response as HandshakeResponse
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Failure
from aiflow_cli.recorder.conversation import Conversation, Message
from aiflow_cli.recorder.gate import MAX_BODY_BYTES
from aiflow_cli.recorder.journal import Journal
from aiflow_cli.recorder.messages import NOT_FORWARDED, Request, folded
from aiflow_cli.recorder.target import Target
from aiflow_cli.recorder.upstream import CONNECT_SECONDS, tls_context, unreachable

CLOSE_SECONDS = 5.0
"""How long the other side may take to answer a closing."""

Protocol = ServerProtocol | ClientProtocol


class Leg(asyncio.Protocol):
    """One side's connection.

    Args:
        protocol: speaks WebSocket without doing input and output.
        relay: joins the two sides.
    """

    def __init__(self, protocol: Protocol, relay: Relay) -> None:
        self.protocol = protocol
        self.transport: asyncio.Transport | None = None
        self._relay = relay
        self._fragments: list[bytes] = []
        self._is_text = True
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.protocol.receive_data(data)
        self._react()

    def eof_received(self) -> bool:
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._end()
        self._relay.lost(self)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self.protocol.receive_eof()
            self._react()

    def pause_writing(self) -> None:
        self._relay.hold(self)

    def resume_writing(self) -> None:
        self._relay.go_on(self)

    def _react(self) -> None:
        for event in self.protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event)
            elif isinstance(event, HandshakeResponse):
                self._relay.answered(event)
        self.flush()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            return self._relay.closing(self, Close.parse(bytes(frame.data)))
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            data, self._fragments = b"".join(self._fragments), []
            self._relay.message(self, Message(data, self._is_text))

    def send(self, message: Message) -> None:
        """Send one message; nothing where the side is closing."""
        if self.protocol.state is State.OPEN:
            if message.is_text:
                self.protocol.send_text(message.data)
            else:
                self.protocol.send_binary(message.data)
            self.flush()

    def close(self, code: int | None, reason: str = "") -> None:
        """Begin the closing handshake, where it has not begun."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_close(code, reason)
        self.flush()

    def flush(self) -> None:
        """Write what the protocol has to say."""
        if self.transport is None:
            return
        for data in self.protocol.data_to_send():
            if data:
                self.transport.write(data)
            elif self.transport.can_write_eof():
                self.transport.write_eof()
        if self.protocol.close_expected():
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.abort)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class Relay:
    """One call: the caller's connection, the app's, and the record.

    Args:
        request: the caller's handshake.
        transport: the caller's connection, which is ours from now on.
        target: the app.
        journal: where it is recorded; while that fails, nothing goes through.
        make: makes the conversation's record.
        done: called once both connections are gone.
    """

    def __init__(
        self,
        request: Request,
        transport: asyncio.Transport,
        target: Target,
        *,
        make: Callable[[Relay], Conversation],
        journal: Journal,
        done: Callable[[Relay], None],
    ) -> None:
        self._request = request
        self._target = target
        self._journal = journal
        self._done = done
        self._caller = Leg(ServerProtocol(extensions=None, max_size=MAX_BODY_BYTES), self)
        self._caller.transport = transport
        # Nothing is read before the app has answered: the transport is paused until then.
        transport.set_protocol(self._caller)
        self._app: Leg | None = None
        self._response: HandshakeResponse | None = None
        self._conversation = make(self)
        self._established = self._refused = False
        self._leftover = b""

    # -- beginning -------------------------------------------------------------------------------------

    async def open(self, leftover: bytes) -> None:
        """Both handshakes: the app's first, so that the caller gets its answer."""
        caller = self._caller
        self._leftover = leftover
        caller.protocol.receive_data(_head(self._request))
        (handshake,) = caller.protocol.events_received()
        assert isinstance(caller.protocol, ServerProtocol) and isinstance(handshake, Handshake)
        self._response = caller.protocol.accept(handshake)
        if self._response.status_code != 101:
            self._conversation.failed(Failure("rejected", "the WebSocket handshake is not a valid one"))
            return self._refuse(self._response)
        try:
            await self._connect()
        except (OSError, TimeoutError) as error:
            self._conversation.failed(Failure("connection-error", unreachable(self._target, error)))
            self._refuse(caller.protocol.reject(502, "Bad Gateway\n"))
            return

    async def _connect(self) -> None:
        target, loop = self._target, asyncio.get_running_loop()
        offered = [Subprotocol(name) for name in _subprotocols(self._request)]
        uri = _uri(target, self._request)
        protocol = ClientProtocol(uri, extensions=None, subprotocols=offered or None, max_size=MAX_ANSWER_BYTES)
        handshake = protocol.connect()
        _copy_headers(self._request, handshake.headers, target)
        errors: list[OSError | TimeoutError] = []
        for host in target.hosts:
            leg = Leg(protocol, self)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await loop.create_connection(lambda leg=leg: leg, host, target.port, ssl=tls_context(target))
            except (OSError, TimeoutError) as error:
                errors.append(error)
                continue
            self._app = leg
            protocol.send_request(handshake)
            leg.flush()
            return
        raise errors[0]

    def answered(self, response: HandshakeResponse) -> None:
        """The app's answer to the handshake."""
        assert self._app is not None and self._response is not None
        caller = self._caller
        assert isinstance(caller.protocol, ServerProtocol)
        wrong = self._app.protocol.handshake_exc if isinstance(self._app.protocol, ClientProtocol) else None
        if wrong is not None:
            status = response.status_code if isinstance(wrong, InvalidStatus) else 502
            message = f"{self._target.url} refused the WebSocket handshake with status {response.status_code}"
            self._conversation.failed(Failure("connection-error", message))
            self._app.abort()
            return self._refuse(caller.protocol.reject(status if 400 <= status < 600 else 502, "Bad Gateway\n"))
        for value in response.headers.get_all("Sec-WebSocket-Protocol"):
            self._response.headers["Sec-WebSocket-Protocol"] = value
        caller.protocol.send_response(self._response)
        self._established = True
        caller.flush()
        if caller.transport is not None:
            caller.transport.resume_reading()
        if self._leftover:
            caller.data_received(self._leftover)

    def _refuse(self, response: HandshakeResponse) -> None:
        assert isinstance(self._caller.protocol, ServerProtocol)
        self._refused = True
        self._caller.protocol.send_response(response)
        self._caller.flush()
        if self._caller.transport is not None:
            self._caller.transport.close()
        self._caller.transport = None
        self._done(self)

    # -- talking ---------------------------------------------------------------------------------------

    def message(self, leg: Leg, message: Message) -> None:
        if leg is not self._caller:
            return self._conversation.action(message)
        if self._journal.failure is not None:
            return self.refuse_unrecorded()
        self._conversation.event(message)
        if self._app is not None:
            self._app.send(message)

    def pass_on(self, message: Message) -> None:
        """To the caller, once it is stored."""
        self._caller.send(message)

    def refuse_unrecorded(self) -> None:
        """The log cannot be written: better no call than an unrecorded one."""
        self.close(CloseCode.TRY_AGAIN_LATER, "the exchange log cannot be written")

    def hold(self, leg: Leg) -> None:
        """One side reads slowly: the other one waits."""
        other = self._other(leg)
        if other is not None and other.transport is not None:
            other.transport.pause_reading()

    def go_on(self, leg: Leg) -> None:
        other = self._other(leg)
        if other is not None and other.transport is not None:
            other.transport.resume_reading()

    def _other(self, leg: Leg) -> Leg | None:
        return self._app if leg is self._caller else self._caller

    # -- ending ----------------------------------------------------------------------------------------

    def closing(self, leg: Leg, goodbye: Close) -> None:
        """One side said goodbye: what it said before is stored and passed on first, then the goodbye."""
        self._conversation.settle()
        other = self._other(leg)
        sent = None if goodbye.code == CloseCode.NO_STATUS_RCVD else goodbye.code
        if other is not None:
            self._journal.when_written(lambda: other.close(sent, goodbye.reason))

    def lost(self, leg: Leg) -> None:
        """One connection is gone, with or without a goodbye."""
        if self._refused:
            return
        if leg is self._app and not self._established:
            self._conversation.failed(Failure("connection-error", f"{self._target.url} closed during the handshake"))
            assert isinstance(self._caller.protocol, ServerProtocol)
            return self._refuse(self._caller.protocol.reject(502, "Bad Gateway\n"))
        gone = f"the bot closed the connection (code {leg.protocol.close_code})" if leg is self._app else None
        self._conversation.settle(gone)
        other = self._other(leg)
        if other is not None:
            self._journal.when_written(lambda: other.close(CloseCode.GOING_AWAY))
        if all(side is None or side.transport is None for side in (self._caller, self._app)):
            self._done(self)

    def close(self, code: int = CloseCode.GOING_AWAY, reason: str = "") -> None:
        """End both sides in order."""
        self._conversation.settle()
        for leg in (self._caller, self._app):
            if leg is not None:
                leg.close(code, reason)

    def abort(self) -> None:
        """End both sides at once."""
        for leg in (self._caller, self._app):
            if leg is not None:
                leg.abort()


def _head(request: Request) -> bytes:
    lines = [request.method + b" " + request.target + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers if name.lower() != b"sec-websocket-extensions"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _uri(target: Target, request: Request) -> WebSocketURI:
    """The target's URL with the caller's query."""
    base = target.url.partition("?")[0].partition("#")[0]
    query = request.target.partition(b"?")[2].decode("latin-1")
    return parse_uri(base + (f"?{query}" if query else ""))


def _subprotocols(request: Request) -> list[str]:
    listed = b",".join(request.values(b"sec-websocket-protocol")).decode("latin-1")
    return [name.strip() for name in listed.split(",") if name.strip()]


def _copy_headers(request: Request, headers: Headers, target: Target) -> None:
    """The end-to-end headers of the caller; the handshake's own are ours."""
    for name, value in request.headers:
        key = folded(name)
        if key not in NOT_FORWARDED and not key.startswith(b"sec-websocket-") and key != b"user-agent":
            headers[name.decode("latin-1")] = value.decode("latin-1")
    del headers["Host"]
    headers["Host"] = target.authority.decode()
