"""The same bots behind a WebSocket, and those that only a WebSocket can break."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response as Refusal
from websockets.sync.server import ServerConnection, serve

from tests.bots.broken import Crash, Crashing
from tests.bots.correct import Actions, BadRequest, Bot, Request

WHOLE = "whole messages"
PIECES = "every fragment by itself"


class Line:
    """Speaks WebSocket for a bot: what it answers over HTTP with a body goes out as a frame."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    def admit(self, connection: ServerConnection, handshake: Handshake) -> Refusal | None:
        request = Request("GET", "/webhook", dict(handshake.headers.raw_items()), b"")
        if self.bot.secret is None or self.bot.authorized(request):
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "wrong X-API-TOKEN")

    def converse(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        headers = dict(connection.request.headers.raw_items())
        try:
            for message in self.messages(connection):
                body = message.encode() if isinstance(message, str) else message
                if not self.answer(connection, Request("POST", "/webhook", headers, body)):
                    return
        except ConnectionClosed:
            return

    def messages(self, connection: ServerConnection) -> Iterator[str | bytes]:
        yield from connection

    def answer(self, connection: ServerConnection, request: Request) -> bool:
        """False where the connection is to be closed; a crash is closed by the library, with 1011."""
        response = self.bot.receive(request)
        if response.status >= 500:
            raise Crash
        if response.status >= 400:
            connection.close(1003, "no event")
            return False
        if response.body:
            connection.send(response.body.decode())
        return True


@contextmanager
def serve_websocket(bot: Bot, line: type[Line] = Line) -> Iterator[str]:
    """Run a bot; yields the URL of its webhook."""
    speaker = line(bot)
    with serve(speaker.converse, "127.0.0.1", 0, process_request=speaker.admit, compression=None) as server:
        # Closing the listening socket under the loop's select is how this server is stopped.
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/webhook"
        finally:
            server.shutdown()
            thread.join(timeout=5)


# -- broken ------------------------------------------------------------------------------------------


class DiesOfNonsense(Crashing):
    """malformed-frame: no more than the framework's handler between it and bad JSON."""

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return False

    def parse(self, body: bytes) -> dict[str, Any]:
        try:
            return super().parse(body)
        except BadRequest as error:
            if isinstance(error.__cause__, RecursionError):
                raise
            raise Crash from error


class DiesOfDepth(DiesOfNonsense):
    """deep-frame: prepared for bad JSON, and not for deep JSON."""

    def parse(self, body: bytes) -> dict[str, Any]:
        try:
            return Bot.parse(self, body)
        except BadRequest as error:
            if isinstance(error.__cause__, RecursionError):
                raise Crash from error
            raise


class FragmentByFragment(Line):
    """fragments: takes each piece for a message."""

    def messages(self, connection: ServerConnection) -> Iterator[str | bytes]:
        while True:
            yield from connection.recv_streaming()


class TellsTheSecret(Bot):
    """secret-leak"""

    def answer(self, event: dict[str, Any]) -> Actions:
        if event["type"] == "dtmf_received":
            return self.speak(event, f"Your token is {self.secret}.")
        return super().answer(event)


class SendsTraces(Line):
    """stack-trace"""

    def answer(self, connection: ServerConnection, request: Request) -> bool:
        try:
            self.bot.parse(request.body)
        except BadRequest as error:
            connection.send(json.dumps({"error": "".join(traceback.format_exception(error))}))
            return True
        return super().answer(connection, request)


WEBSOCKET_BROKEN: dict[str, tuple[type[Bot], type[Line]]] = {
    "malformed-frame": (DiesOfNonsense, Line),
    "deep-frame": (DiesOfDepth, Line),
    "fragments": (Bot, FragmentByFragment),
    "secret-leak": (TellsTheSecret, Line),
    "stack-trace": (Bot, SendsTraces),
}
