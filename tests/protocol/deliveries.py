"""Deliveries to judge: an event, and the answer that a bot would have sent."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.rules import Delivery, judge
from aiflow_cli.protocol.samples import sample_event

SESSION = "7d9f2c1e-1111-4222-8333-abcdefabcdef"


def action(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "session_id": SESSION, **fields}


def speak(text: str = "Hi", **fields: Any) -> dict[str, Any]:
    return action("speak", text=text, **fields)


def delivery(*actions: Any, kind: str = "user_speak", **fields: Any) -> Delivery:
    """An answer of these actions to a correct event."""
    body = b"" if not actions else json.dumps(actions[0] if len(actions) == 1 else list(actions)).encode()
    return raw(body, kind=kind, **fields)


def raw(body: bytes, *, kind: str = "user_speak", status: int = 200, duration_ms: float = 10.0) -> Delivery:
    """An answer of these bytes to a correct event."""
    return Delivery(sample_event(kind, SESSION), Reply(status=status, body=body, duration_ms=duration_ms))


def found(delivery: Delivery) -> dict[str, Finding]:
    """Findings by rule."""
    return {finding.rule: finding for finding in judge(delivery)}


def wav(rate: int = 16000, *, channels: int = 1, bits: int = 16, ms: int = 100, code: int = 1) -> bytes:
    """A WAV file of silence."""
    frame = channels * bits // 8
    data = bytes(rate * ms // 1000 * frame)
    layout = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, bits)
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def audio(rate: int = 16000, **layout: int) -> dict[str, Any]:
    return action("audio", audio=base64.b64encode(wav(rate, **layout)).decode())
