"""Services that are not ours: they listen on a socket and answer what a test wants, byte by byte where it matters."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Said:
    """What goes back."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Service:
    """An HTTP service: its URL, what it was asked, and how it answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Said] = lambda asked: Said(404)


@contextmanager
def running_service(tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    """Any method on any path; with ``tls`` on https://localhost."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, self.headers, body)
            service.asked.append(asked)
            said = service.answer(asked)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            data = said.body.encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        host = "http://127.0.0.1" if tls is None else "https://localhost"
        service = Service(f"{host}:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
"""A body that lasts until the connection ends."""

Hold = Literal["none", "last", "all"]
"""Which connections are left open when their answer was sent."""


class Line:
    """Answers one connection after the other with bytes that were laid down, and closes or holds it."""

    def __init__(self, answers: Sequence[str], hold: Hold, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[str] = []
        self._answers = list(answers)
        self._hold = hold
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._answers:
            connection, _ = self._listener.accept()
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            self.requests.append(request.decode())
            connection.sendall(self._answers.pop(0).encode())
            if self._hold == "all" or (self._hold == "last" and not self._answers):
                self._held.append(connection)
            else:
                connection.close()
        self._listener.close()

    def close(self) -> None:
        self._thread.join(timeout=30)
        for connection in self._held:
            connection.close()


@contextmanager
def running_line(*answers: str, hold: Hold = "last") -> Iterator[Line]:
    """See ``Line``; by default the last connection stays open. Afterwards nothing listens any more."""
    line = Line(answers, hold)
    try:
        yield line
    finally:
        line.close()
