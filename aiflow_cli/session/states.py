"""One call as a table: who has the floor, what can happen, and which event the application gets for it.

Everything that affects the state of a call lives in ``TABLE``: ``CallSession`` never sets a state and
never picks an event type by itself, it only says what happened (``Trigger``) and looks up the ``Move``.
The diagram in the docs is written from the same table (``diagram``), so it cannot drift.

Source: protocol.md sections 3 and 4.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

State = Literal["new", "listening", "waiting", "speaking", "hearing", "overlap", "over"]
Trigger = Literal[
    "connect", "play", "played", "cut", "arm", "timeout", "speech", "speech_ends", "interrupt", "digit", "leave"
]

# Plain strings rather than an Enum: an Enum member's hash is a Python call, paid twice on every move.
NEW: Final = "new"
LISTENING: Final = "listening"
WAITING: Final = "waiting"
SPEAKING: Final = "speaking"
HEARING: Final = "hearing"
OVERLAP: Final = "overlap"
OVER: Final = "over"

MEANING: Final[dict[State, str]] = {
    NEW: "the call is not connected yet",
    LISTENING: "nobody speaks",
    WAITING: "nobody speaks, and the input timeout is running",
    SPEAKING: "the assistant speaks",
    HEARING: "the caller speaks",
    OVERLAP: "both speak: the caller talks over a playback that goes on",
    OVER: "the call has ended",
}

TRIGGERS: Final[dict[Trigger, str]] = {
    "connect": "the call is connected",
    "play": "a playback begins",
    "played": "the playback reached its end",
    "cut": "a barge_in action stops the playback",
    "arm": "the silence after the last playback has a time limit",
    "timeout": "that limit passed in silence",
    "speech": "the caller begins to speak",
    "speech_ends": "the caller's words are over",
    "interrupt": "the caller's words satisfy the playback's barge-in settings",
    "digit": "the caller presses a key",
    "leave": "hangup, transfer, or the caller hangs up",
}


class Move(NamedTuple):
    """Where a trigger leads, and the event type that is delivered for it (None: no event)."""

    target: State
    delivers: str | None


TABLE: Final[dict[State, dict[Trigger, Move]]] = {
    NEW: {
        "connect": Move(LISTENING, "session_start"),
    },
    LISTENING: {
        "play": Move(SPEAKING, "assistant_speak"),
        "arm": Move(WAITING, None),
        "speech": Move(HEARING, None),
        "digit": Move(LISTENING, "dtmf_received"),
        "leave": Move(OVER, "session_end"),
    },
    WAITING: {
        "play": Move(SPEAKING, "assistant_speak"),
        "timeout": Move(LISTENING, "user_input_timeout"),
        "speech": Move(HEARING, None),
        "digit": Move(LISTENING, "dtmf_received"),
        "leave": Move(OVER, "session_end"),
    },
    SPEAKING: {
        "played": Move(LISTENING, "assistant_speech_ended"),
        "cut": Move(LISTENING, "assistant_speech_ended"),
        "speech": Move(OVERLAP, None),
        "digit": Move(SPEAKING, "dtmf_received"),
        "leave": Move(OVER, "session_end"),
    },
    HEARING: {
        "play": Move(OVERLAP, "assistant_speak"),
        "speech_ends": Move(LISTENING, "user_speak"),
        "digit": Move(HEARING, "dtmf_received"),
        "leave": Move(OVER, "session_end"),
    },
    OVERLAP: {
        "played": Move(HEARING, "assistant_speech_ended"),
        "cut": Move(HEARING, "assistant_speech_ended"),
        "interrupt": Move(HEARING, "assistant_speech_ended"),
        # Words that did not interrupt are not transcribed: no user_speak during a playback (protocol.md section 3).
        "speech_ends": Move(SPEAKING, None),
        "digit": Move(OVERLAP, "dtmf_received"),
        "leave": Move(OVER, "session_end"),
    },
    OVER: {},
}


class IllegalMove(RuntimeError):
    """Something was asked of a call that its state does not allow; a fault of the driver, never of the webhook."""

    def __init__(self, state: State, trigger: Trigger) -> None:
        super().__init__(f"{trigger} is not possible while {MEANING[state]}")


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {NEW}"]
    for state, moves in TABLE.items():
        for trigger, move in moves.items():
            event = f" / {move.delivers}" if move.delivers else ""
            lines.append(f"    {state} --> {move.target}: {trigger}{event}")
    lines.append(f"    {OVER} --> [*]")
    return "\n".join(lines)


def tables() -> str:
    """What the states and triggers of the diagram mean, as Markdown tables."""
    states = [f"| `{state}` | {meaning} |" for state, meaning in MEANING.items()]
    triggers = [f"| `{trigger}` | {meaning} |" for trigger, meaning in TRIGGERS.items()]
    head = ["| state | meaning |", "|---|---|", *states, "", "| trigger | meaning |", "|---|---|", *triggers]
    return "\n".join(head)
