"""Short ways to say what happened in a call."""

from __future__ import annotations

import json
from typing import Any

from aiflow_cli.protocol.reply import Failure, Reply
from aiflow_cli.protocol.samples import sample_session
from aiflow_cli.recording.exchange import Exchange, Transport, observe

URL = "http://127.0.0.1:3000/webhook"


def event(kind: str, session: str = "call-1", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "session": sample_session(session), **fields}


def speak(text: str, session: str = "call-1", **fields: Any) -> dict[str, Any]:
    return {"type": "speak", "session_id": session, "text": text, **fields}


def answered(
    sent: dict[str, Any] | None,
    *actions: dict[str, Any],
    ms: float = 5.0,
    at: str = "2026-01-31T12:00:00.000Z",
    transport: Transport = "http",
) -> Exchange:
    """The event was answered with these actions, after so many milliseconds."""
    body = json.dumps(list(actions)).encode() if actions else b""
    reply = Reply(status=200 if actions else 204, body=body, duration_ms=ms)
    return observe(sent, reply, flow_id="local", at=at, source="call", url=URL, transport=transport)


def failed(sent: dict[str, Any], *, status: int | None = None, at: str = "2026-01-31T12:00:00.000Z") -> Exchange:
    """The event was answered with an HTTP error, or not at all."""
    reply = Reply(status=status, body=b"oops", duration_ms=3.0)
    if status is None:
        reply = Reply(failure=Failure("timeout", "no complete answer within 5 s"))
    return observe(sent, reply, flow_id="local", at=at, source="call", url=URL)
