"""What a ``CallSession`` asks for and reports. ``at`` is the call time in milliseconds.

Not frozen: a frozen dataclass costs three times as much to build, and these are built for every event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from aiflow_cli.protocol.actions import Action
    from aiflow_cli.session.timing import BargeIn

EndReason = Literal["caller_hangup", "assistant_hangup", "transfer", "webhook_lost"]
"""``reason`` of ``session_end``. The vendor documents no values; these are ours."""

CutBy = Literal["caller", "barge_in", "hangup", "transfer", "end"]


@dataclass(slots=True)
class Playback:
    """A speak or audio action in the queue.

    Args:
        text: what a listener hears, for people: plain text also of SSML; empty for audio.
        action: the action as it was parsed.
        fields: ``text`` or ``ssml`` as the event repeats them.
        duration_ms: of the whole playback.
        timeout_ms: of the silence after it; None where no timeout was asked for.
    """

    text: str
    fields: dict[str, str]
    duration_ms: int
    barge_in: BargeIn
    timeout_ms: int | None
    action: Action


@dataclass(slots=True)
class Deliver:
    """Deliver this event, then say what came back: ``CallSession.answer``. One is under way at a time."""

    at: int
    event: dict[str, Any]


@dataclass(slots=True)
class Playing:
    """A playback began: this is the first sound after a silence."""

    at: int
    playback: Playback


@dataclass(slots=True)
class Heard:
    """A playback is over. ``cut_by`` is None where it was heard to the end."""

    at: int
    playback: Playback
    began: int
    cut_by: CutBy | None


@dataclass(slots=True)
class Dropped:
    """A playback was taken out of the queue before it began."""

    at: int
    playback: Playback
    cut_by: CutBy


@dataclass(slots=True)
class Unheard:
    """The caller's words were spoken over a playback that they could not interrupt: no event is delivered."""

    at: int
    text: str
    why: str


@dataclass(slots=True)
class Refused:
    """An action was not carried out."""

    at: int
    action: Action
    why: str


@dataclass(slots=True)
class Over:
    """The call is over. The last ``Deliver``, of ``session_end``, may still be to come."""

    at: int
    reason: EndReason
    target: str | None = None


Effect = Deliver | Playing | Heard | Dropped | Unheard | Refused | Over
