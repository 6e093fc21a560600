"""Expectations against turns."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aiflow_cli.session.expect import judge, unmet, unreached
from aiflow_cli.session.steps import Expect, Script, Step, WantedBargeIn, WantedVoice
from aiflow_cli.session.turns import Turn, Utterance

VOICE = {"provider": "azure", "language": "de-DE", "voice": "de-DE-KatjaNeural"}


def turn(*texts: str, silence_ms: int | None = 0, measured_ms: float = 12, **fields: Any) -> Turn:
    """A turn in which the bot said these texts; ``fields`` of the speaks, or of the turn where it has them."""
    own = {name: fields.pop(name) for name in ("ended", "transfer_to", "failed", "waited_ms") if name in fields}
    actions = [{"type": "speak", "session_id": "1", "text": text, **fields} for text in texts]
    return Turn(
        index=1,
        step=Step(kind="say", text="hello"),
        began_ms=0,
        words_end_ms=100,
        utterances=[Utterance(text, action, 100, 500) for text, action in zip(texts, actions, strict=True)],
        actions=actions,
        silence_ms=silence_ms if texts else None,
        measured_ms=measured_ms,
        **own,
    )


@pytest.mark.parametrize(
    ("expect", "of"),
    [
        (Expect(contains=("Hello", "world")), turn("Hello  big\nworld")),
        (Expect(equals="Hello world"), turn("Hello", "world")),
        (Expect(equals="world"), turn("Hello", "world")),
        (Expect(matches=(re.compile("^w.rld$"),)), turn("Hello", "world")),
        (Expect(absent=("sorry",)), turn("Hello")),
        (Expect(absent=("sorry",)), turn()),
        (Expect(hangup=True), turn(ended="assistant_hangup")),
        (Expect(hangup=False), turn("Hello")),
        (Expect(hangup=False), turn("Hello", ended="caller_hangup")),
        (Expect(transfer="+4930"), turn(ended="transfer", transfer_to="+4930")),
        (Expect(transfer=""), turn(ended="transfer", transfer_to="+4930")),
        (Expect(nothing=True), turn()),
        (Expect(nothing=False), turn("Hello")),
        (Expect(within_ms=12), turn("Hello")),
        (Expect(within_ms=12), turn("Hello", silence_ms=700, waited_ms=700)),
        (Expect(within_ms=1), turn()),
        (Expect(barge_in=WantedBargeIn(strategy="minimum_characters", minimum_characters=3)), turn("Hello")),
        (Expect(barge_in=WantedBargeIn(strategy="none")), turn("Hello", barge_in={"strategy": "none"})),
        (Expect(voice=WantedVoice(voice="de-DE-KatjaNeural", language="de-DE")), turn("Hello", tts=VOICE)),
        (Expect(voice=WantedVoice(voice="abc")), turn("Hi", tts={"provider": "eleven_labs", "voice": {"id": "abc"}})),
    ],
)
def test_met(expect: Expect, of: Turn) -> None:
    assert list(judge(expect, of)) == []


@pytest.mark.parametrize(
    ("expect", "of", "said"),
    [
        (Expect(contains=("Hello", "moon")), turn("Hello world"), 'speak.contains "moon", got "Hello world"'),
        (Expect(contains=("Hello",)), turn(), 'speak.contains "Hello", got nothing'),
        (Expect(contains=("Hello",)), turn(ended="assistant_hangup"), 'speak.contains "Hello", got a hangup'),
        (Expect(contains=("Hello",)), turn(failed=True), 'speak.contains "Hello", got no answer'),
        (Expect(equals="Hello"), turn("Hello!"), 'speak.equals "Hello", got "Hello!"'),
        (Expect(matches=(re.compile("^x"),)), turn("Hello"), 'speak.matches "^x", got "Hello"'),
        (Expect(absent=("ell",)), turn("Hello"), 'speak.absent "ell", got "Hello"'),
        (Expect(hangup=True), turn("Hello"), 'hangup true, got "Hello"'),
        (Expect(hangup=True), turn(ended="caller_hangup"), "hangup true, got nothing"),
        (Expect(hangup=False), turn(ended="assistant_hangup"), "hangup false, got a hangup"),
        (Expect(transfer="+4930"), turn("Hello"), 'transfer to +4930, got "Hello"'),
        (Expect(transfer="+49"), turn(ended="transfer", transfer_to="+50"), "transfer to +49, got to +50"),
        (Expect(nothing=True), turn("Hello"), 'nothing true, got "Hello"'),
        (Expect(nothing=False), turn(), "nothing false, got nothing"),
        (Expect(within_ms=11), turn("Hello"), "within_ms 11 ms, got 12 ms of silence"),
        (Expect(within_ms=700), turn("Hi", silence_ms=700), "within_ms 700 ms, got 712 ms of silence"),
        (
            Expect(barge_in=WantedBargeIn(strategy="none")),
            turn("Hello"),
            "barge_in strategy none, got strategy minimum_",
        ),
        (Expect(barge_in=WantedBargeIn(strategy="none")), turn(), "barge_in strategy none, got nothing"),
        (Expect(voice=WantedVoice(voice="x")), turn("Hello"), "voice voice x, got voice not set"),
    ],
)
def test_unmet(expect: Expect, of: Turn, said: str) -> None:
    (one,) = judge(expect, of)
    assert str(one).startswith(f"expected {said}")


def test_the_budget_of_a_file_holds_for_turns_without_their_own() -> None:
    script = Script(budget_ms=10, line=3)
    (one,) = unmet(script, turn("Hello"))
    assert (one.key, one.line, one.turn) == ("budget_ms", 3, 1)
    generous = turn("Hello")
    generous.step = Step(kind="say", text="x", expect=Expect(within_ms=50))
    assert unmet(script, generous) == []


def test_the_greeting_is_judged_by_the_scripts_own_expectation() -> None:
    greeting = turn("Hello")
    greeting.step = None
    (one,) = unmet(Script(greeting=Expect(contains=("Welcome",), line=2)), greeting)
    assert one.to_dict() == {
        "key": "speak.contains",
        "expected": '"Welcome"',
        "got": '"Hello"',
        "turn": 1,
        "line": 2,
    }


def test_steps_with_expectations_that_the_call_did_not_reach() -> None:
    bye, more, last = (Step(kind="say", text=text, expect=Expect(hangup=True), line=4) for text in ("bye", "x", "x"))
    script = Script(steps=(bye, Step(kind="dtmf", text="1"), more, last))
    ended = turn(ended="assistant_hangup")
    ended.step = bye
    found = unreached(script, [ended])
    assert [(one.key, one.expected, one.turn, one.line) for one in found] == [
        ("step", 'say "x"', 3, 4),
        ("step", 'say "x"', 4, 4),
    ], "the one without expectations is nothing to miss"
    assert found[0].got == "the call was over (assistant_hangup)"
    ended.ended = "webhook_lost"
    assert unreached(script, [ended]) == []
