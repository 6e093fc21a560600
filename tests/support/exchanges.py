"""Exchanges to fill a log with."""

from __future__ import annotations

from typing import Any

from aiflow_cli.protocol.samples import sample_event
from aiflow_cli.recording.exchange import Exchange


def an_exchange(number: int = 0, *, kind: str = "user_speak", session: str = "call-1", **fields: Any) -> Exchange:
    """An exchange that says its number; any field of ``Exchange`` may be given."""
    event = sample_event(kind, session)
    if kind == "user_speak":
        event["text"] = f"number {number}"
    defaults: dict[str, Any] = {
        "flow_id": "local",
        "session_id": session,
        "at": f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
        "source": "test",
        "url": "http://127.0.0.1:3000/webhook",
        "event": event,
        "actions": [],
        "problems": [],
        "status": 204,
        "duration_ms": 1.5,
        "outcome": "no-action",
    }
    return Exchange(**{**defaults, **fields})


def numbers(exchanges: list[Exchange]) -> list[int]:
    """What ``an_exchange`` counted."""
    return [int((exchange.event or {})["text"].removeprefix("number ")) for exchange in exchanges]
