"""What happens in a simulated call, as it happens. Renderers, the store, recordings and tests consume these.

``at_ms`` is the call time: virtual milliseconds since the call connected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.session.effects import CutBy, EndReason
from aiflow_cli.session.steps import StepKind
from aiflow_cli.session.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The caller begins to do something: words, a digit, a silence, hanging up.

    Args:
        text: the words or the digit.
        ms: how long words or silence last.
        over: the words are spoken while the bot speaks.
    """

    at_ms: int
    kind: StepKind
    text: str = ""
    ms: int = 0
    over: bool = False

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"type": "said", "callTimeMs": self.at_ms, "kind": self.kind}
        if self.text:
            data["digit" if self.kind == "dtmf" else "text"] = self.text
        if self.kind != "dtmf":
            data["durationMs"] = self.ms
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """An event was delivered and answered (or not). ``event`` is None for a push."""

    at_ms: int
    exchange: Exchange

    def to_dict(self) -> dict[str, Any]:
        return {"type": "exchange", "callTimeMs": self.at_ms, "exchange": self.exchange.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """The bot begins to be heard.

    Args:
        text: plain text, also of SSML; empty for audio.
        silence_ms: set on the first sound of a turn: since the caller's words ended.
        felt_ms: the same with the measured time of the answers; what is held against the budget.
    """

    at_ms: int
    text: str
    duration_ms: int
    silence_ms: int | None = None
    felt_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The bot stops being heard: at its end, or cut off.

    Args:
        at_ms: when it stopped; it began at ``began_ms``.
        heard: the words that were out.
        silence_ms, felt_ms: as in ``Speaking``.
        cut_by: None where it was heard to the end.
    """

    at_ms: int
    began_ms: int
    text: str
    duration_ms: int
    heard: str
    cut_by: CutBy | None = None
    silence_ms: int | None = None
    felt_ms: float | None = None

    @property
    def heard_ms(self) -> int:
        return self.at_ms - self.began_ms

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": "heard",
            "callTimeMs": self.at_ms,
            "beganMs": self.began_ms,
            "text": self.text,
            "durationMs": self.duration_ms,
            "heardMs": self.heard_ms,
            "heard": self.heard,
            "cutBy": self.cut_by,
            "silenceMs": self.silence_ms,
            "feltMs": None if self.felt_ms is None else round(self.felt_ms, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something that somebody who reads the call should know: words that were not heard, an action not carried out."""

    at_ms: int
    message: str

    def to_dict(self) -> dict[str, Any]:
        return {"type": "note", "callTimeMs": self.at_ms, "message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Nobody speaks, and the caller waits to be told what comes next (``PromptedCaller``).

    Args:
        turn: as it is now; a push (WebSocket) can still add to it.
    """

    at_ms: int
    turn: Turn | None

    def to_dict(self) -> dict[str, Any]:
        return {"type": "pause", "callTimeMs": self.at_ms}


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDone:
    """A turn is complete: the next step begins, or the call is over."""

    at_ms: int
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The call is over, and ``session_end`` was delivered (or could not be).

    Args:
        at_ms: when it ended.
        reason: as in ``session_end``.
        target: where it was transferred to.
        events: number of events delivered.
        unanswered: number of events that got no answer at all.
        lost: the webhook went away during the call; why.
    """

    at_ms: int
    reason: EndReason
    target: str | None = None
    events: int = 0
    unanswered: int = 0
    lost: str | None = None

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"type": "end", "callTimeMs": self.at_ms, "reason": self.reason}
        if self.target is not None:
            data["target"] = self.target
        data |= {"events": self.events, "unanswered": self.unanswered}
        if self.lost is not None:
            data["lost"] = self.lost
        return data


Happening = Said | Exchanged | Speaking | Heard | Noted | Paused | TurnDone | Ended
