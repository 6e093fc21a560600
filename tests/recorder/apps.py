"""Real servers that stand where a user's app would, and a client that says exactly the bytes it is given."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

ACTION = {"type": "speak", "session_id": "s1", "text": "You said: hello"}
EVENT = {"type": "user_speak", "session": {"id": "s1"}, "text": "hello"}
BODY = json.dumps(EVENT).encode()
WAIT = 10.0


@dataclass
class Seen:
    """A request as it arrived, byte for byte."""

    head: bytes
    body: bytes
    gone: Callable[[], None]
    """Closes the connection without a word."""

    @property
    def line(self) -> bytes:
        return self.head.split(b"\r\n", 1)[0]

    def header(self, name: str) -> str | None:
        return next(iter(self.headers(name)), None)

    def headers(self, name: str) -> list[str]:
        lines = (line.decode("latin-1").partition(":") for line in self.head.split(b"\r\n")[1:])
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]


Respond = Callable[[Seen], bytes | None]


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A plain HTTP/1.1 answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def echo(seen: Seen) -> bytes:
    """The Quick Start's bot, for one sentence."""
    return answer(json.dumps(ACTION).encode(), headers="Content-Type: application/json\r\n")


@dataclass
class App:
    """A server on loopback that answers with whatever bytes a test wants.

    ``respond`` returns the bytes to send; None leaves the connection open without an answer.
    """

    host: str
    port: int
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/webhook"


@contextmanager
def serving(respond: Respond = echo, *, host: str = "127.0.0.1") -> Iterator[App]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=128)
    app = App(host, listener.getsockname()[1])
    open_sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            app.connections += 1
            open_sockets.append(connection)
            thread = threading.Thread(target=_converse, args=(app, connection, respond))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield app
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(WAIT)
        for connection in open_sockets:
            _end(connection)
        for thread in threads:
            thread.join(WAIT)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _converse(app: App, connection: socket.socket, respond: Respond) -> None:
    data = b""
    try:
        while True:
            while b"\r\n\r\n" not in data:
                data = _more(connection, data)
            head, _, data = data.partition(b"\r\n\r\n")
            seen = Seen(head, b"", lambda: _end(connection))
            size = int(seen.header("content-length") or 0)
            while len(data) < size:
                data = _more(connection, data)
            seen.body, data = data[:size], data[size:]
            app.seen.append(seen)
            app.arrived.set()
            reply = respond(seen)
            if reply is not None:
                connection.sendall(reply)
            if reply is not None and b"\r\nConnection: close" in reply:
                return _end(connection)
    except (OSError, EOFError):
        _end(connection)


def _more(connection: socket.socket, data: bytes) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise EOFError
    return data + chunk


class Caller:
    """A connection to the recorder, as a tunnel's agent has one."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self._data = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes) -> tuple[int, str, bytes]:
        self.send(data)
        return self.read()

    def read(self, *, head_only: bool = False) -> tuple[int, str, bytes]:
        """Status, head and body of the next answer."""
        while b"\r\n\r\n" not in self._data:
            self._data = _more(self.socket, self._data)
        raw, _, self._data = self._data.partition(b"\r\n\r\n")
        head = raw.decode("latin-1")
        status = int(head.split(" ", 2)[1])
        sizes = [int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")]
        size = 0 if head_only else next(iter(sizes), 0)
        while len(self._data) < size:
            self._data = _more(self.socket, self._data)
        body, self._data = self._data[:size], self._data[size:]
        return status, head, body

    def rest(self) -> bytes:
        """Everything until the other side closes."""
        while chunk := self.socket.recv(65536):
            self._data += chunk
        return self._data

    def close(self) -> None:
        self.socket.close()


def post(body: bytes = BODY, *, path: str = "/webhook", headers: str = "", method: str = "POST") -> bytes:
    """A request as a tunnel's agent sends it."""
    head = f"{method} {path} HTTP/1.1\r\nHost: abc.example\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode("latin-1") + body
