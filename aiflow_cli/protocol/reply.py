"""What came back from a webhook, before anyone looked inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Largest answer that is read: about 90 s of reference audio. The vendor documents no limit; this one is ours."""

FailureKind = Literal["connection-error", "timeout", "rejected"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer.

    Args:
        kind: the outcome it becomes in the exchange log.
        message: one sentence with the cause.
    """

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The raw answer to one delivered event.

    Args:
        status: HTTP status; None on WebSocket and where nothing came back.
        body: the bytes of the body, at most ``MAX_ANSWER_BYTES + 1`` of them.
        frames: the text frames, on WebSocket; ``body`` is then all of them, a line each.
        duration_ms: from the first byte sent to the last byte received, in milliseconds.
        headers: response headers, lower-case names.
        failure: why nothing came back, if so.
    """

    status: int | None = None
    body: bytes = b""
    frames: tuple[bytes, ...] = ()
    duration_ms: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
