"""Are a turn's expectations met? Pure: an ``Expect`` and a ``Turn`` in, what is not met out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from aiflow_cli.session.steps import Expect, Script, Step, WantedBargeIn, WantedVoice
from aiflow_cli.session.timing import DEFAULT_BARGE_IN
from aiflow_cli.session.turns import Turn


@dataclass(frozen=True, slots=True)
class Unmet:
    """One expectation that a turn did not meet.

    Args:
        key: as in the call file: ``speak.contains``.
        expected, got: as texts, for people.
        turn: index of the turn; 0 is the greeting.
        line: of the call file.
    """

    key: str
    expected: str
    got: str
    turn: int
    line: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"key": self.key, "expected": self.expected, "got": self.got, "turn": self.turn, "line": self.line}

    def __str__(self) -> str:
        return f"expected {self.key} {self.expected}, got {self.got}"


def expectation(script: Script, turn: Turn) -> Expect | None:
    """What the script expects of a turn."""
    return script.greeting if turn.step is None else turn.step.expect


def unmet(script: Script, turn: Turn) -> list[Unmet]:
    """What a turn of this script did not meet, the file's budget included."""
    expect = expectation(script, turn)
    found = list(judge(expect, turn)) if expect is not None else []
    if script.budget_ms is not None and (expect is None or expect.within_ms is None):
        found += _within(script.budget_ms, turn, script.line, key="budget_ms")
    return found


def unreached(script: Script, turns: Iterable[Turn]) -> list[Unmet]:
    """The steps with expectations that the call did not live to see; ``turns`` are those it had.

    None where the bot went away: that is another failure, and says more.
    """
    turns = list(turns)
    taken = {id(turn.step) for turn in turns}
    how = turns[-1].ended if turns else None
    if how == "webhook_lost":
        return []
    got = "the call was over" + (f" ({how})" if how else "")
    return [
        Unmet("step", _told(step), got, index, step.line)
        for index, step in enumerate(script.steps, 1)
        if step.expect is not None and id(step) not in taken
    ]


def judge(expect: Expect, turn: Turn) -> Iterator[Unmet]:
    """Each expectation that is not met, in the order of the call file's keys."""
    for key, expected, got in _speak(expect, turn):
        yield Unmet(f"speak.{key}", _quoted(expected), got, turn.index, expect.line)
    for key, expected, got in _end(expect, turn):
        yield Unmet(key, expected, got, turn.index, expect.line)
    if expect.within_ms is not None:
        yield from _within(expect.within_ms, turn, expect.line)
    for key, expected, got in _settings(expect, turn):
        yield Unmet(key, expected, got, turn.index, expect.line)


def _speak(expect: Expect, turn: Turn) -> Iterator[tuple[str, str, str]]:
    heard = [_spaced(text) for text in turn.spoken]
    whole = " ".join(heard)
    got = _quoted(whole) if heard else _instead(turn)
    for text in expect.contains:
        if _spaced(text) not in whole:
            yield "contains", text, got
    if expect.equals is not None and _spaced(expect.equals) not in (whole, *heard):
        yield "equals", expect.equals, got
    for pattern in expect.matches:
        if not any(pattern.search(text) for text in (whole, *heard)):
            yield "matches", pattern.pattern, got
    for text in expect.absent:
        if _spaced(text) in whole:
            yield "absent", text, got


def _end(expect: Expect, turn: Turn) -> Iterator[tuple[str, str, str]]:
    hung_up = turn.ended == "assistant_hangup"
    if expect.hangup is not None and hung_up != expect.hangup:
        yield "hangup", _word(expect.hangup), _instead(turn)
    if expect.transfer is not None:
        found = turn.transfer_to if turn.ended == "transfer" else None
        if found is None or expect.transfer not in ("", found):
            yield "transfer", f"to {expect.transfer or 'any number'}", f"to {found}" if found else _instead(turn)
    if expect.nothing is not None and expect.nothing != (not turn.actions):
        yield "nothing", _word(expect.nothing), _instead(turn)


def _within(limit: int, turn: Turn, line: int | None, *, key: str = "within_ms") -> Iterator[Unmet]:
    felt = turn.felt_ms
    if felt is not None and felt > limit:
        yield Unmet(key, f"{limit} ms", f"{felt:.0f} ms of silence", turn.index, line)


def _settings(expect: Expect, turn: Turn) -> Iterator[tuple[str, str, str]]:
    wanted: tuple[tuple[str, WantedBargeIn | WantedVoice | None], ...] = (
        ("barge_in", expect.barge_in),
        ("voice", expect.voice),
    )
    for key, want in wanted:
        if want is None:
            continue
        if not turn.utterances:
            yield key, _described(want), _instead(turn)
        for utterance in turn.utterances:
            found = _barge_in(utterance.action) if key == "barge_in" else _voice(utterance.action)
            names = [field.name for field in fields(want) if getattr(want, field.name) is not None]
            if any(getattr(want, name) != found.get(name) for name in names):
                shown = ", ".join(f"{name} {found.get(name, 'not set')}" for name in names)
                yield key, _described(want), shown


def _barge_in(action: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an action, with the defaults of the protocol where it has none."""
    given = {name: value for name, value in (action.get("barge_in") or {}).items() if value is not None}
    return {**DEFAULT_BARGE_IN._asdict(), **given}


def _voice(action: Mapping[str, Any]) -> dict[str, Any]:
    tts = dict(action.get("tts") or {})
    if isinstance(voice := tts.get("voice"), Mapping):
        tts["voice"] = voice.get("id") or voice.get("name")
    return tts


def _described(want: WantedBargeIn | WantedVoice) -> str:
    named = {field.name: getattr(want, field.name) for field in fields(want)}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)


def _instead(turn: Turn) -> str:
    """What the bot did, in a few words."""
    if turn.failed:
        return "no answer"
    if turn.ended == "assistant_hangup":
        return "a hangup"
    if turn.ended == "transfer":
        return f"a transfer to {turn.transfer_to}"
    if turn.utterances:
        return _quoted(" ".join(turn.spoken)) if turn.spoken else "audio"
    kinds = list(dict.fromkeys(action["type"] for action in turn.actions))
    return f"only {', '.join(kinds)}" if kinds else "nothing"


def _told(step: Step) -> str:
    """A step in a few words."""
    return f"{step.kind} {_quoted(step.text)}" if step.text else step.kind


def _spaced(text: str) -> str:
    """Line breaks and doubled spaces of a file are no difference to a listener."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return f'"{text}"'


def _word(value: bool) -> str:
    return "true" if value else "false"
