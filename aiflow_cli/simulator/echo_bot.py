"""The bot that is built in: the Quick Start's complete example (protocol.md section 6), on a free loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def answer(event: dict[str, Any]) -> dict[str, Any] | None:
    """Greets, echoes, and hangs up on "bye"; None where there is nothing to do.

    Raises:
        KeyError, TypeError, ValueError: it is no event.
    """
    session_id = event["session"]["id"]
    if not (isinstance(session_id, str) and session_id and isinstance(event["type"], str)):
        raise ValueError("an event has a type and a session with an id")
    match event:
        case {"type": "session_start"}:
            return _speak(session_id, "Hello! How can I help you today?")
        case {"type": "user_speak", "text": str(text)} | {"type": "user_speak", "transcript": str(text)}:
            return _heard(session_id, text)
        case {"type": "dtmf_received", "digit": str(digit)}:
            return _speak(session_id, f"You pressed {digit}.")
    return None


def _heard(session_id: str, text: str) -> dict[str, Any] | None:
    if "bye" in text.lower():
        return {"type": "hangup", "session_id": session_id}
    return _speak(session_id, f"You said: {text}") if text.strip() else None


def _speak(session_id: str, text: str) -> dict[str, Any]:
    return {"type": "speak", "session_id": session_id, "text": text}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body leave in one segment; in two, the second would wait 40 ms for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        try:
            action = answer(json.loads(self._body()))
        except (ValueError, TypeError, KeyError, RecursionError):
            return self._reply(400, {"error": "this is not an event"})
        self._reply(204 if action is None else 200, action)

    def do_GET(self) -> None:
        self._reply(405, {"error": "events come by POST"})

    def do_HEAD(self) -> None:
        self.send_response(405)
        self.end_headers()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            """Trailers: nobody needs them."""
        return b"".join(chunks)

    def _reply(self, status: int, value: dict[str, Any] | None) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the transcript tells the story."""


@contextmanager
def echo_bot() -> Iterator[str]:
    """Run the bot; yields its webhook URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/webhook"
        finally:
            server.shutdown()
            thread.join()
