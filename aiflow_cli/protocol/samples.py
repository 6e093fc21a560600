"""Events as the service would send them: complete, valid, ready to be changed (protocol.md sections 2 and 3).

No pydantic here: a sample is made in every short command.
"""

from __future__ import annotations

from typing import Any

EVENT_TYPES = (
    "session_start",
    "user_speech_started",
    "user_speak",
    "user_barge_in",
    "dtmf_received",
    "user_input_timeout",
    "assistant_speak",
    "assistant_speech_ended",
    "session_end",
)
"""Every documented event type, in the order of a call."""

DIGITS = "0123456789*#"

# Numbers from the ranges that the German regulator keeps for film and fiction.
FLOW_NUMBER = "+4922147100100"
CALLER_NUMBER = "+493023125100"

_FIELDS: dict[str, dict[str, Any]] = {
    "user_speak": {"text": "Hello", "barged_in": False},
    "user_barge_in": {"text": "Wait"},
    "dtmf_received": {"digit": "1"},
    "assistant_speak": {"text": "Hello! How can I help you today?", "duration_ms": 2100, "speech_started_at": 0},
    "session_end": {"reason": "hangup"},
}

OPTIONAL_FIELDS: dict[str, tuple[str, ...]] = {
    "user_speak": ("timestamp",),
    "assistant_speak": ("ssml",),
    "session_end": ("timestamp",),
}
"""Fields that the protocol lists and a sample leaves out."""


def sample_session(
    session_id: str,
    *,
    caller: str = CALLER_NUMBER,
    number: str = FLOW_NUMBER,
    direction: str = "inbound",
    account_id: str = "aiflow-local",
) -> dict[str, Any]:
    """All six fields of a session, seen from the flow ``number`` that talks to ``caller``."""
    outbound = direction == "outbound"
    return {
        "id": session_id,
        "account_id": account_id,
        "phone_number": number,
        "direction": direction,
        "from_phone_number": number if outbound else caller,
        "to_phone_number": caller if outbound else number,
    }


def sample_event(kind: str, session_id: str, *, now_ms: int = 0) -> dict[str, Any]:
    """A complete event of a documented type; ``now_ms`` is Unix milliseconds."""
    event = {"type": kind, "session": sample_session(session_id), **_FIELDS.get(kind, {})}
    if "speech_started_at" in event:
        event["speech_started_at"] = now_ms
    return event
