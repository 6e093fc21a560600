"""When the caller does what, without a webhook: the bot's side is played by hand."""

from __future__ import annotations

from collections.abc import Iterable

from aiflow_cli.protocol.actions import Action
from aiflow_cli.protocol.codec import read_actions
from aiflow_cli.session.session import CallSession
from aiflow_cli.session.steps import Step
from aiflow_cli.simulator.caller import LiveCaller, ScriptedCaller

from ..session.dialogue import IDENTITY, speak


def connected(*texts: str) -> CallSession:
    """A call whose greeting is these texts, with every event answered."""
    session = CallSession(IDENTITY)
    session.connect()
    answer(session, [one.action for one in read_actions([speak(text) for text in texts]).actions if one.action])
    return session


def answer(session: CallSession, actions: Iterable[Action] = ()) -> None:
    session.answer(list(actions))
    while session.in_flight:
        session.answer(())


def test_a_caller_waits_until_nobody_speaks() -> None:
    session = connected("fifteen letters")
    caller = ScriptedCaller([Step(kind="say", text="hi")])
    assert caller.next_at(session) is None
    session.advance(1000)
    assert caller.next_at(session) is None, "the end of the playback is not answered yet"
    answer(session)
    assert caller.next_at(session) == 1300


def test_steps_from_a_pipe_are_taken_when_they_are_needed() -> None:
    taken: list[str] = []

    def lines() -> Iterable[Step]:
        for text in ("one", "two"):
            taken.append(text)
            yield Step(kind="say", text=text)

    session = CallSession(IDENTITY)
    session.connect()
    caller = ScriptedCaller(lines(), patient=True)
    assert caller.next_at(session) is None
    assert taken == [], "the greeting is awaited first"
    answer(session)
    assert caller.next_at(session) == 300
    assert taken == ["one"]


def test_what_is_typed_is_said_at_once_even_over_the_bot() -> None:
    session = connected("a long sentence that goes on and on")
    caller = LiveCaller()
    assert caller.next_at(session) is None
    session.advance(500)
    caller.type(Step(kind="say", text="stop"))
    assert caller.next_at(session) == 500
    move = caller.move(session)
    assert move is not None
    assert move.words_ms == 0
    assert caller.next_at(session) is None


def test_a_typed_interruption_waits_for_a_playback() -> None:
    session = connected()
    caller = LiveCaller()
    caller.type(Step(kind="barge_in", text="wait", ms=200))
    assert caller.next_at(session) is None
    session.push([one.action for one in read_actions([speak("a long sentence")]).actions if one.action])
    assert caller.next_at(session) == 200


def test_words_that_are_typed_after_a_waiting_interruption_are_said() -> None:
    session = connected()
    caller = LiveCaller()
    caller.type(Step(kind="barge_in", text="wait"))
    caller.type(Step(kind="say", text="tell me more"))
    assert caller.next_at(session) == 0
    move = caller.move(session)
    assert move is not None
    assert move.text == "tell me more"
    assert caller.next_at(session) is None, "the interruption still waits"


def test_typed_keys_are_pressed_one_by_one() -> None:
    session = connected()
    caller = LiveCaller()
    caller.type(Step(kind="dtmf", text="12"))
    digits = []
    while caller.next_at(session) is not None:
        move = caller.move(session)
        assert move is not None
        digits.append(move.text)
    assert digits == ["1", "2"]


def test_silence_and_hanging_up_can_be_typed() -> None:
    session = connected()
    caller = LiveCaller()
    caller.type(Step(kind="silence", ms=1000))
    assert caller.next_at(session) == 0
    assert caller.move(session) is None
    caller.type(Step(kind="hangup"))
    move = caller.move(session)
    assert move is not None
    move.act(session)
    assert session.over
