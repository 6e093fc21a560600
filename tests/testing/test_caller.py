"""``aiflow_call`` in a test's hands, against a real bot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from aiflow_cli.testing.caller import AiflowCall
from aiflow_cli.testing.player import CallFailed
from aiflow_cli.testing.subject import Subject

from ..simulator.bots import Event, act, http_bot, speak
from ..support.bot import running_bot
from .worlds import world

BARGE_IN = {"strategy": "minimum_characters", "minimum_characters": 5}
VOICE = {"provider": "eleven_labs", "voice": {"id": "rachel"}}


def answer(event: Event) -> Any:
    match event:
        case {"type": "session_start"}:
            return speak(event, f"Welcome, {event['session']['from_phone_number']}!", user_input_timeout_seconds=5)
        case {"type": "user_input_timeout"}:
            return speak(event, "Are you still there?")
        case {"type": "dtmf_received", "digit": digit}:
            return speak(event, f"You pressed {digit}.")
        case {"type": "user_speak", "text": "bye"}:
            return act(event, "hangup")
        case {"type": "user_speak", "text": "agent"}:
            return act(
                event,
                "transfer",
                target_phone_number="+4930123456",
                caller_id_name="Bot",
                caller_id_number="+49301",
            )
        case {"type": "user_speak", "text": "nothing"}:
            return None
        case {"type": "user_speak", "text": "settings"}:
            return speak(event, "Listen.", barge_in=BARGE_IN, tts=VOICE)
        case {"type": "user_speak", "text": "strange"}:
            return {**speak(event, "Hm."), "session_id": "of another call"}
        case {"type": "user_speak", "text": text}:
            return speak(event, f"You said: {text}")
    return None


@pytest.fixture
def subject(tmp_path: Path) -> Iterator[Subject]:
    with http_bot(answer) as bot:
        subject = Subject(world(tmp_path, url=bot.url))
        yield subject
        subject.close()


@pytest.fixture
def call(subject: Subject) -> Iterator[AiflowCall]:
    call = AiflowCall(subject)
    yield call
    with suppress(CallFailed):
        call.finish()


def failure(expectation: Any) -> str:
    """The message of an expectation that must fail."""
    with pytest.raises(CallFailed) as failed:
        expectation()
    return str(failed.value)


def test_a_whole_call(call: AiflowCall) -> None:
    call.expect_speak("Welcome").expect_within(1000)
    call.say("hello").expect_speak(equals="You said: hello").expect_speak(matches="said: hel+o$", absent=["bye", "no"])
    call.dtmf("1#").expect_speak("pressed 1.", "pressed #.")
    call.say("nothing").expect_nothing()
    call.say("settings").expect_voice("rachel").expect_voice(provider="eleven_labs")
    call.expect_barge_in("minimum_characters", minimum_characters=5, allow_after_ms=0)
    call.say("bye").expect_hangup()
    assert call.is_over
    call.finish()


def test_a_transfer(call: AiflowCall) -> None:
    call.say("agent").expect_transfer().expect_transfer("+4930123456")
    assert "to +4930123456" in failure(lambda: call.expect_transfer("+491"))


def test_a_silent_caller_is_asked(call: AiflowCall) -> None:
    call.silence(6).expect_speak("still there")


def test_words_interrupt_the_answer_to_the_step_before(call: AiflowCall) -> None:
    call.say("a rather long sentence that is repeated").barge_in("wait please", after_ms=500)
    call.expect_speak("You said: wait please")
    before, now = call.turns[-2:]
    assert before.utterances[0].cut_by == "caller"
    assert (call.turn, call.heard) == (now, "You said: wait please")
    assert [action["type"] for action in call.actions] == ["speak"]


def test_the_caller_speaks_before_the_input_timeout(call: AiflowCall) -> None:
    call.expect_speak("Welcome")
    call.say("hello")
    assert "still there" not in call.transcript


def test_who_calls_is_said_first(call: AiflowCall) -> None:
    call.dial(caller="+4915112345678", direction="inbound").expect_speak("Welcome, +4915112345678")
    with pytest.raises(RuntimeError, match="before the first step"):
        call.dial(caller="+491")


def test_a_failure_shows_the_call_and_marks_the_turn(call: AiflowCall) -> None:
    call.say("hello").expect_speak("hello")
    message = failure(lambda: call.say("one").expect_speak("You said: two"))
    assert message.startswith('speak.contains: expected "You said: two", got "You said: one"\n')
    lines = message.splitlines()
    assert [line[0] for line in lines[2:]] == [" ", " ", " ", ">", ">", "!", "!", "!"]
    assert lines[5].endswith("caller  one")
    assert lines[-2:] == ['!     expected  "You said: two"', '!     got       "You said: one"']


@pytest.mark.parametrize(
    ("say", "expect", "told"),
    [
        ("hello", lambda call: call.expect_hangup(), 'hangup: expected true, got "You said: hello"'),
        ("hello", lambda call: call.expect_nothing(), 'nothing: expected true, got "You said: hello"'),
        ("nothing", lambda call: call.expect_speak(), "got nothing"),
        ("bye", lambda call: call.expect_speak("Goodbye"), "got a hangup"),
        ("hello", lambda call: call.expect_speak(absent="hello"), "speak.absent"),
        ("hello", lambda call: call.expect_speak(equals="hello"), "speak.equals"),
        ("settings", lambda call: call.expect_barge_in("none"), "strategy minimum_characters"),
        ("settings", lambda call: call.expect_voice("other"), "voice rachel"),
        ("hello", lambda call: call.expect_within(0), "ms of silence"),
    ],
)
def test_what_is_not_as_expected_fails(call: AiflowCall, say: str, expect: Any, told: str) -> None:
    call.say(say)
    assert told in failure(lambda: expect(call)).splitlines()[0]


def test_a_step_after_the_end_is_a_failure(call: AiflowCall) -> None:
    call.say("bye").say("one more thing")
    message = failure(lambda: call.expect_nothing())
    assert message.startswith("the call was over before: say one more thing")
    call.say("and another")
    assert "the call was over before: say and another" in failure(call.finish)


def test_a_broken_rule_fails_at_the_next_expectation_and_is_told_once(call: AiflowCall) -> None:
    call.say("strange")
    assert "session-id" in failure(lambda: call.expect_within(1000))
    call.finish()


def test_a_broken_rule_that_nobody_asked_about_fails_at_the_end(call: AiflowCall) -> None:
    call.say("strange")
    assert "session-id" in failure(call.finish)


def test_what_was_noted_is_played_at_the_end_and_the_bot_hears_of_it(tmp_path: Path) -> None:
    with http_bot(answer) as bot:
        call = AiflowCall(Subject(world(tmp_path, url=bot.url)))
        call.say("hello")
        assert bot.types == [], "a step is only noted"
        call.finish()
    assert bot.types[0] == "session_start" and bot.types[-1] == "session_end"
    assert "user_speak" in bot.types


def test_a_bot_that_is_gone_fails_the_call(tmp_path: Path) -> None:
    with running_bot() as bot:
        url = bot.url
    # One elsewhere, that is never started here: nobody can be reached at this address.
    call = AiflowCall(Subject(world(tmp_path, url=url.replace("127.0.0.1", "0.0.0.0"))))
    assert "connection-error" in failure(lambda: call.expect_speak("Welcome"))
    call.finish()


@pytest.mark.parametrize("digits", ["", "12a"])
def test_only_keys_of_a_telephone_can_be_pressed(call: AiflowCall, digits: str) -> None:
    with pytest.raises(ValueError, match="keys of a telephone"):
        call.dtmf(digits)


def test_a_silence_has_a_length(call: AiflowCall) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        call.silence(0)
