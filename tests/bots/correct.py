"""A bot that keeps the protocol, written as a user without a framework would write it.

Each decision is a method of its own, so that a broken bot is this one with one method changed.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

SECRET = "correct-horse-battery"

Actions = dict[str, Any] | list[dict[str, Any]] | None


class BadRequest(Exception):
    """What came is no event."""


@dataclass(frozen=True)
class Request:
    """One request; ``headers`` as they came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """One response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Bot:
    """Greets, echoes, remembers a name, transfers, and hangs up."""

    def __init__(self, secret: str | None = SECRET) -> None:
        self.secret = secret
        self.stop: Callable[[], None] = lambda: None
        self.names: dict[str, str] = {}

    # -- HTTP ----------------------------------------------------------------------------------------

    def receive(self, request: Request) -> Response:
        if request.path != "/webhook":
            return Response(404)
        if request.method != "POST":
            return Response(405)
        if self.secret is not None and not self.authorized(request):
            return Response(401, b'{"error": "wrong X-API-TOKEN"}')
        try:
            event = self.parse(request.body)
            self.inspect(request, event)
            return self.respond(event, self.answer(event))
        except BadRequest as error:
            return self.refuse(error)

    def authorized(self, request: Request) -> bool:
        token = self.token(request)
        return token is not None and hmac.compare_digest(token.encode("latin-1"), (self.secret or "").encode())

    def token(self, request: Request) -> str | None:
        return next((value for name, value in request.headers.items() if name.lower() == "x-api-token"), None)

    def parse(self, body: bytes) -> dict[str, Any]:
        event = self.load(body)
        session = event.get("session") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise BadRequest("no event")
        if not isinstance(session, dict) or not isinstance(session.get("id"), str):
            raise BadRequest("no session")
        return event

    def load(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadRequest("not JSON") from error

    def inspect(self, request: Request, event: dict[str, Any]) -> None:
        """For broken bots that mind what they should not."""

    def respond(self, event: dict[str, Any], actions: Actions) -> Response:
        if actions is None:
            return Response(204)
        return Response(200, json.dumps(actions).encode(), {"Content-Type": "application/json"})

    def refuse(self, error: BadRequest) -> Response:
        return Response(400, json.dumps({"error": str(error)}).encode())

    # -- the conversation ----------------------------------------------------------------------------

    def answer(self, event: dict[str, Any]) -> Actions:
        match event["type"]:
            case "session_start":
                return self.speak(event, "Hello! How can I help you today?")
            case "user_speak":
                return self.reply(event, self.text(event))
            case "dtmf_received":
                return self.speak(event, f"You pressed {self.digit(event)}.")
            case "user_input_timeout":
                return self.speak(event, "Are you still there?")
            case "session_end":
                self.names.pop(event["session"]["id"], None)
        return None

    def text(self, event: dict[str, Any]) -> str:
        text = event.get("text", event.get("transcript"))
        if not isinstance(text, str):
            raise BadRequest("no text")
        return text

    def digit(self, event: dict[str, Any]) -> str:
        digit = event.get("digit")
        if not isinstance(digit, str) or len(digit) != 1 or digit not in "0123456789*#":
            raise BadRequest("no digit")
        return digit

    def reply(self, event: dict[str, Any], text: str) -> Actions:
        words = text.lower()
        if not words.strip():
            return None
        if "bye" in words:
            return self.action(event, "hangup")
        if "transfer" in words:
            return self.transfer(event)
        if words == "what is my name?":
            return self.speak(event, f"Your name is {self.names.get(event['session']['id'], 'not known to me')}")
        if words.startswith("my name is "):
            self.names[event["session"]["id"]] = text.split()[-1]
        return self.echo(event, text)

    def echo(self, event: dict[str, Any], text: str) -> Actions:
        return self.speak(event, f"You said: {text}")

    def transfer(self, event: dict[str, Any]) -> dict[str, Any]:
        number = "+493023125777"
        caller = {"caller_id_name": "Bot", "caller_id_number": number}
        return self.action(event, "transfer", target_phone_number=number, **caller)

    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", text=text, user_input_timeout_seconds=8)

    def action(self, event: dict[str, Any], kind: str, **fields: Any) -> dict[str, Any]:
        return {"type": kind, "session_id": event["session"]["id"], **fields}


class SsmlBot(Bot):
    """Speaks SSML, and escapes what the caller said."""

    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", ssml=f'<speak>{escape(text)}<break time="200ms"/></speak>')


class ArrayBot(Bot):
    """Answers with arrays, stops a playback before it speaks, and allows no interruption of its greeting."""

    def speak(self, event: dict[str, Any], text: str) -> Actions:
        barge_in = {"strategy": "none" if event["type"] == "session_start" else "immediate"}
        voice = {"provider": "azure", "language": "de-DE", "voice": "de-DE-KatjaNeural"}
        return [self.action(event, "barge_in"), self.action(event, "speak", text=text, barge_in=barge_in, tts=voice)]


class SilentBot(Bot):
    """Only listens."""

    def answer(self, event: dict[str, Any]) -> Actions:
        return None


CORRECT: tuple[type[Bot], ...] = (Bot, SsmlBot, ArrayBot, SilentBot)


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive and chunked bodies; the server's ``bot`` decides."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        bot: Bot = self.server.bot  # type: ignore[attr-defined]
        response = bot.receive(Request(self.command, self.path, dict(self.headers.items()), self.body()))
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = handle_any

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self.chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """One bot on a free loopback port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, bot: Bot, handler: type[Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.bot = bot

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


@contextmanager
def serve(bot: Bot, handler: type[Handler] = Handler) -> Iterator[str]:
    """Run a bot; yields the URL of its webhook. ``bot.stop`` ends it before that."""
    with Server(bot, handler) as server:
        bot.stop = server.stop
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/webhook"
        finally:
            server.shutdown()
            thread.join(timeout=5)
