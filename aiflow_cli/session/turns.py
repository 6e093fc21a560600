"""A turn: what one step of the caller led to, up to the next step. What expectations are judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiflow_cli.session.effects import EndReason
from aiflow_cli.session.steps import Step


@dataclass(slots=True)
class Utterance:
    """Something the caller heard of the bot, at least its beginning.

    Args:
        text: plain text, also of SSML; empty for audio.
        action: the action as it came.
        began_ms: call time of its first sound.
        heard: the words that were out, if it was cut off.
    """

    text: str
    action: dict[str, Any]
    began_ms: int
    duration_ms: int
    cut_by: str | None = None
    heard: str | None = None


@dataclass(slots=True, kw_only=True)
class Turn:
    """One step and everything up to the next.

    Args:
        index: 0 is the greeting, before the first step.
        step: None for the greeting.
        began_ms: call time of the step.
        words_end_ms: call time at which the caller's words are over; None where the caller says nothing.
        utterances: what began to sound in this turn.
        actions: the actions carried out in this turn, as they came.
        silence_ms: virtual time from the end of the caller's words, or of a playback that was still under way then, to
            the first sound of the answer; None without one.
        measured_ms: how long the answers up to the first sound really took, in milliseconds.
        waited_ms: what ``--answer-time`` put into ``silence_ms`` in their place.
        failed: an event of this turn got no answer at all.
    """

    index: int
    step: Step | None
    began_ms: int
    words_end_ms: int | None = None
    utterances: list[Utterance] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    silence_ms: int | None = None
    measured_ms: float = 0.0
    waited_ms: int = 0
    ended: EndReason | None = None
    transfer_to: str | None = None
    failed: bool = False

    @property
    def felt_ms(self) -> float | None:
        """The silence that a caller would feel: the simulated one, with real answers instead of simulated ones."""
        if self.silence_ms is None:
            return None
        return max(self.silence_ms - self.waited_ms, 0) + self.measured_ms

    @property
    def spoken(self) -> Sequence[str]:
        """What was said to the caller, in order."""
        return [utterance.text for utterance in self.utterances if utterance.text]
