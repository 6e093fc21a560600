"""A scripted call as data: who calls, what the caller does step by step, and what is expected of the bot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aiflow_cli.protocol.samples import CALLER_NUMBER, FLOW_NUMBER

StepKind = Literal["say", "dtmf", "silence", "barge_in", "hangup"]
Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBargeIn:
    """Barge-in settings that a speak must carry; None is not looked at."""

    strategy: str | None = None
    minimum_characters: int | None = None
    allow_after_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVoice:
    """Text-to-speech settings that a speak must carry; None is not looked at."""

    voice: str | None = None
    provider: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What is expected of one turn. Everything that is given must hold; empty or None is not looked at.

    Args:
        contains: each of these texts is somewhere in what the caller hears in the turn.
        equals: the caller hears exactly this: one speak, or all of the turn in one.
        matches: each of these patterns is found in what the caller hears.
        absent: none of these texts is.
        hangup: the bot hangs up in this turn (True), or it does not (False).
        transfer: the bot transfers the call to this number; "" for any number.
        nothing: the bot does nothing at all (True), or something (False).
        within_ms: longest silence until the first sound, in milliseconds, measured answers included.
        barge_in: settings of every speak of the turn.
        voice: text-to-speech of every speak of the turn.
        line: of the call file.
    """

    contains: tuple[str, ...] = ()
    equals: str | None = None
    matches: tuple[re.Pattern[str], ...] = ()
    absent: tuple[str, ...] = ()
    hangup: bool | None = None
    transfer: str | None = None
    nothing: bool | None = None
    within_ms: int | None = None
    barge_in: WantedBargeIn | None = None
    voice: WantedVoice | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the caller does, always relative to what the bot does.

    Args:
        kind: ``say`` and ``dtmf`` wait until nobody speaks; ``silence`` lasts ``ms`` from then; ``barge_in``
            speaks ``ms`` after the playback began; ``hangup`` waits like ``say``.
        text: the words, or the digits.
        ms: length of the silence, or ``after_ms``.
        expect: of the turn that the step begins.
        line: of the call file.
    """

    kind: StepKind
    text: str = ""
    ms: int = 0
    expect: Expect | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call.

    Args:
        name: unique inside its file.
        caller: E.164 number of the other end.
        number: E.164 number of the flow.
        greeting: expected of the turn before the first step.
        budget_ms: ``within_ms`` of every turn that does not say its own.
        file, line: where it was read.
    """

    steps: tuple[Step, ...] = ()
    name: str = "call"
    caller: str = CALLER_NUMBER
    number: str = FLOW_NUMBER
    direction: Direction = "inbound"
    greeting: Expect | None = None
    budget_ms: int | None = None
    tags: tuple[str, ...] = ()
    file: str | None = None
    line: int | None = None


def saying(sentences: Iterable[str], **fields: str) -> Script:
    """A call in which the caller says these sentences one after the other, and hangs up."""
    return Script(steps=tuple(Step(kind="say", text=sentence) for sentence in sentences), **fields)  # type: ignore[arg-type]
