"""Real bots on loopback for tests: a function from event to answer behind HTTP or WebSocket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

Event = dict[str, Any]
Answer = dict[str, Any] | list[dict[str, Any]] | int | bytes | None
"""An action or several; a status; a raw body; nothing."""

DROP = -1
"""As an answer: close the connection without one."""


@dataclass
class Bot:
    """A running bot: where it is, and what it was told."""

    url: str = ""
    events: list[Event] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    close_codes: list[int | None] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


def act(event: Event, kind: str, **fields: Any) -> dict[str, Any]:
    """An action that answers this event."""
    return {"type": kind, "session_id": event["session"]["id"], **fields}


def speak(event: Event, text: str, **fields: Any) -> dict[str, Any]:
    return act(event, "speak", text=text, **fields)


@contextmanager
def http_bot(answer: Callable[[Event], Answer]) -> Iterator[Bot]:
    bot = Bot()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bot.events.append(event)
            bot.headers.append({name.lower(): value for name, value in self.headers.items()})
            said = answer(event)
            if said == DROP:
                self.close_connection = True
                return
            status = said if isinstance(said, int) else 204 if said is None else 200
            body = said if isinstance(said, bytes) else b"" if status != 200 else json.dumps(said).encode()
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        bot.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
        try:
            yield bot
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def websocket_bot(talk: Callable[[Event, ServerConnection], None], *, secret: str | None = None) -> Iterator[Bot]:
    """``talk`` is called with each event, and sends whatever frames it likes."""
    bot = Bot()

    def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        bot.headers.append({name.lower(): value for name, value in connection.request.headers.raw_items()})
        if secret is not None and connection.request.headers.get("X-API-TOKEN") != secret:
            connection.close(1008, "wrong secret")
            return
        try:
            for frame in connection:
                event = json.loads(frame)
                bot.events.append(event)
                talk(event, connection)
        except ConnectionClosed:
            pass
        bot.close_codes.append(connection.close_code)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        bot.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/webhook"
        try:
            yield bot
        finally:
            server.shutdown()
            thread.join()


def until(condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
    """Wait for a condition, bounded."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


class Pizza:
    """A bot with timeouts, keys, barge-in, a transfer and an end: what the tests of whole calls talk to."""

    def __init__(self) -> None:
        self._leaving: set[str] = set()

    def __call__(self, event: Event) -> Answer:
        match event:
            case {"type": "session_start"}:
                self._leaving.discard(event["session"]["id"])
                return speak(event, "Welcome to the pizza line. What can I bring you?", user_input_timeout_seconds=5)
            case {"type": "user_input_timeout"}:
                return speak(event, "Are you still there?", user_input_timeout_seconds=5)
            case {"type": "dtmf_received", "digit": "#"}:
                return [act(event, "barge_in"), speak(event, "Starting over.")]
            case {"type": "user_speak"}:
                return self._answer(event, event["text"])
            case {"type": "assistant_speech_ended"} if event["session"]["id"] in self._leaving:
                return act(event, "hangup")
        return None

    def _answer(self, event: Event, text: str) -> Answer:
        if text == "goodbye":
            self._leaving.add(event["session"]["id"])
            return speak(event, "Thank you, goodbye!", barge_in={"strategy": "none"})
        if text == "human":
            fields = {"caller_id_name": "Pizza", "caller_id_number": "+4922147100100"}
            return act(event, "transfer", target_phone_number="+493023125999", **fields)
        return speak(event, f"{'Sorry. ' if event['barged_in'] else ''}You said: {text}. Anything else with that?")
