"""What a caller, a network and an attacker do in a call, as data: as a call file and as a sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiflow_cli.recording.callfile import Value, yaml_text

MoveKind = Literal["say", "interrupt", "press", "wait", "hang_up", "vanish", "again", "swap", "hostile"]

SESSION = "00000000-0000-4000-8000-000000000000"
"""Stands for the id of the call in the bodies of hostile moves."""

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a call.

    Args:
        kind: ``say`` waits until the bot is done, ``interrupt`` does not; ``press`` presses keys at once, a
            storm if there are many; ``wait`` is silence; ``hang_up`` ends the call, ``vanish`` says something
            and ends it while the answer is under way; ``again`` delivers the last event a second time;
            ``swap`` holds the next event back until the one after it; ``hostile`` sends what is no event.
        text: the words, or the keys.
        ms: of ``wait``, or from the beginning of the playback to the words of ``interrupt``.
        body: of ``hostile``.
    """

    kind: MoveKind
    text: str = ""
    ms: int = 0
    body: bytes = b""

    def __str__(self) -> str:
        match self.kind:
            case "say":
                return f"say {_shown(self.text)}"
            case "interrupt":
                return f"say {_shown(self.text)} {self.ms} ms into the playback"
            case "press":
                return f"press {self.text}"
            case "wait":
                return f"be silent for {self.ms} ms"
            case "hang_up":
                return "hang up"
            case "vanish":
                return f"say {_shown(self.text)} and hang up before the answer"
            case "again":
                return "deliver the last event again"
            case "swap":
                return "deliver the next event after the one behind it"
            case "hostile":
                return f"send {_shown(self.body)}"


def _shown(value: str | bytes) -> str:
    long = len(value) > _SHOWN
    return (
        f"{value[:_SHOWN]!r}... ({len(value)} {'characters' if isinstance(value, str) else 'bytes'})"
        if long
        else repr(value)
    )


def in_words(moves: Sequence[Move]) -> str:
    """The whole call as one line."""
    return "; ".join(["call", *map(str, moves)])


def call_file(moves: Sequence[Move], *, about: str) -> str:
    """The moves as a call file for ``aiflow call`` and ``aiflow test``.

    What only a network or an attacker does is left out: the recording has it.
    """
    steps = [step for move in moves if (step := _step(move)) is not None]
    left_out = [str(move) for move in moves if _step(move) is None]
    notes = [about, *(f"not in this file: {one}" for one in left_out)]
    return "".join(f"# {_comment(note)}\n" for note in notes) + yaml_text({"steps": steps or ["hangup"]})


def _step(move: Move) -> Value | None:
    match move.kind:
        case "say" | "vanish" if move.text.strip():
            return {"say": move.text}
        case "interrupt" if move.text.strip():
            return {"barge_in": {"say": move.text, "after_ms": move.ms}}
        case "press":
            return {"dtmf": move.text}
        case "wait":
            return {"silence": move.ms / 1000}
        case "hang_up":
            return "hangup"
    return None


def _comment(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
