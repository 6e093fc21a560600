"""A webhook that really listens on loopback and answers what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """What arrived."""

    body: bytes
    headers: Mapping[str, str]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


@dataclass(frozen=True)
class Response:
    """What goes back. ``hold`` is waited for before anything is sent, ``hold_body`` between header and body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    hold_body: threading.Event | None = None
    length: int | None = None


Answer = Callable[[Request], Response]


def actions(*items: Mapping[str, Any], status: int = 200) -> Response:
    """An answer of one action or several."""
    return Response(status, json.dumps(items[0] if len(items) == 1 else items).encode())


def speak(request: Request, text: str) -> Response:
    """A correct speak."""
    return actions({"type": "speak", "session_id": request.event["session"]["id"], "text": text})


def echo(request: Request) -> Response:
    """The Quick Start's bot (protocol.md section 6)."""
    match request.event:
        case {"type": "session_start"}:
            return speak(request, "Welcome!")
        case {"type": "user_speak", "text": str(text)}:
            return speak(request, f"You said: {text}")
        case _:
            return Response(204)


class Bot:
    """A running webhook: its URL, what it got, and how it answers."""

    def __init__(self, url: str, answer: Answer) -> None:
        self.url = url
        self.answer = answer
        self.requests: list[Request] = []

    @property
    def events(self) -> list[dict[str, Any]]:
        return [request.event for request in self.requests]


@contextmanager
def running_bot(answer: Answer = echo) -> Iterator[Bot]:
    """Start a bot on a free port; it is gone at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request(body, {name.lower(): value for name, value in self.headers.items()})
            bot.requests.append(request)
            self._send(bot.answer(request))

        def _send(self, response: Response) -> None:
            _wait(response.hold)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.status != 204:
                self.send_header("Content-Length", str(response.length or len(response.body)))
            self.end_headers()
            if response.hold_body is not None:
                self.wfile.flush()
                _wait(response.hold_body)
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        # A client that gave up is what some tests are about, not an error to print.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        bot = Bot(f"http://127.0.0.1:{server.server_address[1]}/webhook", answer)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield bot
        finally:
            server.shutdown()
            thread.join()


def _wait(event: threading.Event | None) -> None:
    if event is not None and not event.wait(timeout=30):
        raise TimeoutError
