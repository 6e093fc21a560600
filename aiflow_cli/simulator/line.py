"""What a call needs of a way to reach a bot, and what a bot may do unasked on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from aiflow_cli.protocol.reply import Reply
from aiflow_cli.recording.exchange import Transport


class Webhook(Protocol):
    """A way to reach a bot: ``HttpWebhook`` or ``WebSocketWebhook``."""

    kind: Transport
    url: str

    def deliver(self, event: Mapping[str, Any]) -> Reply:
        """Send one event; never raises for what the webhook does."""

    def post(self, body: bytes) -> Reply:
        """The same for any bytes."""

    def close(self) -> None:
        """Let go of the connection."""


@runtime_checkable
class Pushing(Protocol):
    """A webhook that may send actions unasked."""

    settle: float
    closed: str | None

    def pushed(self, wait: float = 0.0) -> tuple[bytes, ...]:
        """Frames that came unasked, waiting so many seconds for the first."""


class Line:
    """The frames that a webhook pushes, as something to wait for."""

    def __init__(self, webhook: Pushing) -> None:
        self._webhook = webhook
        self._frames: tuple[bytes, ...] = ()
        self._told = False

    def wait(self, seconds: float) -> bool:
        if not self._frames:
            self._frames = self._webhook.pushed(seconds)
        return bool(self._frames) or (self._webhook.closed is not None and not self._told)

    def take_end(self) -> str | None:
        """Why there will be no more frames, once."""
        if self._webhook.closed is None or self._told:
            return None
        self._told = True
        return self._webhook.closed

    def take(self) -> tuple[bytes, ...]:
        frames, self._frames = self._frames, ()
        return frames
