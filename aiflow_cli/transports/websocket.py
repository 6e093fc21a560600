"""Deliver events over a WebSocket, as the service does: one connection per call (protocol.md section 1).

Nothing on the wire says that an answer is complete. ``deliver`` takes every frame until the line has been
quiet for ``settle`` seconds; what comes later is a push, which ``pushed`` hands out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any, Literal

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from aiflow_cli.loopback import is_loopback
from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Failure, Reply
from aiflow_cli.transports.causes import is_unknown_host
from aiflow_cli.transports.http import SECRET_HEADER, sendable

SETTLE_SECONDS = 0.1
_MOST_FRAMES = 1000
"""Frames that are taken as one answer: a bot that never stops talking must not stop the call."""


class WebSocketWebhook:
    """A webhook behind a ``ws(s)://`` URL. Connects at the first delivery; ``close`` ends the call's connection.

    Args:
        url: of the webhook.
        secret: sent as ``X-API-TOKEN`` in the handshake; None sends no such header.
        timeout: seconds for the handshake; None waits for ever.
        settle: seconds of quiet after which an answer counts as complete.
    """

    kind: Literal["http", "websocket"] = "websocket"

    def __init__(
        self, url: str, *, secret: str | None = None, timeout: float | None = 5.0, settle: float = SETTLE_SECONDS
    ) -> None:
        self.url = url
        self.settle = settle
        self._timeout = timeout
        # As UTF-8, like over HTTP: the library writes a header's characters as Latin-1.
        self._headers = {SECRET_HEADER: sendable(secret).encode().decode("latin-1")} if secret is not None else {}
        self._stack = ExitStack()
        self._connection: ClientConnection | None = None
        self._pushed: list[bytes] = []
        self.closed: str | None = None
        """Why the connection ended, once ``pushed`` found it closed by the bot."""
        self._refused: str | None = None
        self.refused_with: int | None = None
        """HTTP status of a handshake that was refused."""
        self.closed_with: int | None = None
        """Code with which the webhook closed the connection; 1006 where it did so without a word."""

    def deliver(self, event: Mapping[str, Any]) -> Reply:
        """Send one event and collect the frames that follow. Never raises for what the webhook does."""
        return self.post(json.dumps(event, ensure_ascii=False).encode())

    def post(self, body: bytes) -> Reply:
        """Send one text frame as it is, and collect the frames that follow."""
        return self.send(body, text=True)

    def send(
        self, message: str | bytes | Iterable[str], *, text: bool | None = None, patience: float | None = None
    ) -> Reply:
        """Send any message and collect the frames that follow.

        Args:
            message: bytes go as a binary frame, several texts as the fragments of one.
            text: send bytes as a text frame after all.
            patience: seconds to wait for the first frame; ``settle`` if not given.
        """
        started = time.perf_counter()
        if self._refused is not None:
            return Reply(failure=Failure("connection-error", self._refused))
        try:
            connection = self._connected()
            connection.send(message, text=text)
            return self._collect(connection, started, self.settle if patience is None else patience)
        except (WebSocketException, OSError, ValueError) as error:
            elapsed = (time.perf_counter() - started) * 1000
            reason = self._reason(error)
            self._note_codes(error)
            if self._connection is None:
                # One connection per call: a call whose handshake failed stays without one.
                self._refused = reason
            return Reply(duration_ms=elapsed, failure=Failure("connection-error", reason))

    def pushed(self, wait: float = 0.0) -> tuple[bytes, ...]:
        """Frames that came unasked, waiting up to ``wait`` seconds for the first; none once the line is ``closed``."""
        if self.closed is not None:
            time.sleep(wait)
        elif self._connection is not None and not self._pushed:
            try:
                self._pushed.append(_as_bytes(self._connection.recv(timeout=max(wait, 0))))
            except TimeoutError:
                pass
            except ConnectionClosed as error:
                self.closed = self._reason(error)
        frames, self._pushed = tuple(self._pushed), []
        return frames

    def close(self) -> None:
        """Close the connection normally (code 1000)."""
        self._connection, self._refused, self.closed, self._pushed = None, None, None, []
        self._stack.close()

    def __enter__(self) -> WebSocketWebhook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(self) -> ClientConnection:
        if self._connection is None:
            opening = connect(
                self.url,
                additional_headers=self._headers,
                user_agent_header="aiflow",
                open_timeout=self._timeout,
                close_timeout=1,
                # A bot that stands still in a debugger must not lose its call.
                ping_interval=None,
                compression=None,
                max_size=MAX_ANSWER_BYTES,
                proxy=None if is_loopback(self.url) else True,
            )
            # The library wants a context manager; the connection outlives this block and is closed by close().
            self._connection = self._stack.enter_context(opening)
        return self._connection

    def _collect(self, connection: ClientConnection, started: float, patience: float) -> Reply:
        frames: list[bytes] = []
        last = started
        try:
            while len(frames) < _MOST_FRAMES:
                frames.append(_as_bytes(connection.recv(timeout=self.settle if frames else patience)))
                last = time.perf_counter()
        except TimeoutError:
            pass
        except ConnectionClosed:
            # What came before the close counts; without it the delivery failed.
            if not frames:
                raise
        body = b"\n".join(frames)
        return Reply(body=body, frames=tuple(frames), duration_ms=(last - started) * 1000)

    def _note_codes(self, error: Exception) -> None:
        if isinstance(error, InvalidStatus):
            self.refused_with = error.response.status_code
        elif isinstance(error, ConnectionClosed):
            self.closed_with = error.rcvd.code if error.rcvd is not None else 1006

    def _reason(self, error: Exception) -> str:
        if isinstance(error, ConnectionClosed):
            return f"the bot closed the connection ({_close_words(error)})"
        if isinstance(error, InvalidStatus):
            return f"{self.url} refused the handshake with status {error.response.status_code}"
        if isinstance(error, ConnectionRefusedError):
            return f"nothing listens at {self.url} (connection refused)"
        if is_unknown_host(error):
            return f"{self.url} did not answer: no address is known for its host (DNS)"
        if isinstance(error, TimeoutError):
            return f"{self.url} did not complete the handshake in time"
        if isinstance(error, InvalidURI | InvalidHandshake):
            return f"{self.url} is no WebSocket: {error}"
        return f"{self.url} did not answer: {str(error).strip() or type(error).__name__}"


def _close_words(error: ConnectionClosed) -> str:
    """``code 1011, internal error``; 1006 where it closed without a word."""
    received = error.rcvd
    if received is None:
        return "code 1006, no close frame"
    return f"code {received.code}{', ' + received.reason if received.reason else ''}"


def _as_bytes(message: str | bytes) -> bytes:
    return message.encode(errors="surrogatepass") if isinstance(message, str) else message
