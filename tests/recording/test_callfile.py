"""A recorded call becomes a call file that reads back, and that the same bot passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.recording.callfile import call_file
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.files import Entry, Header, Recording, read_recording
from aiflow_cli.recording.masks import Masks
from aiflow_cli.session.expect import unmet
from aiflow_cli.session.script import parse
from aiflow_cli.session.steps import Expect, Script, Step, WantedBargeIn, WantedVoice
from aiflow_cli.simulator.happenings import Exchanged, TurnDone
from aiflow_cli.simulator.play import play
from aiflow_cli.transports.http import HttpWebhook
from tests.simulator.bots import Pizza, http_bot

from .exchanges import URL, answered, event, failed, speak

ID = "5f0c2d9e-0000-4000-8000-000000000001"


def recording(*exchanges: Exchange) -> Recording:
    return Recording(Header(url=URL), tuple(Entry(exchange, number) for number, exchange in enumerate(exchanges)))


def script(*exchanges: Exchange) -> Script:
    text, _ = call_file(recording(*exchanges), Masks())
    (read,) = parse(text, "calls/x.yaml")
    return read


def greeting(*actions: dict[str, Any], session: str = "call-1") -> Expect:
    expect = script(answered(event("session_start", session), *actions)).greeting
    assert expect is not None
    return expect


def played(source: Script, url: str) -> tuple[Recording, list[str]]:
    """Play a script: its recording, and what was not met."""
    entries, missed = [], []
    with HttpWebhook(url) as webhook:
        for happening in play(source, webhook):
            if isinstance(happening, Exchanged):
                entries.append(Entry(happening.exchange, happening.at_ms))
            elif isinstance(happening, TurnDone):
                missed += [str(one) for one in unmet(source, happening.turn)]
    return Recording(Header(url=url), tuple(entries)), missed


CALLS = {
    "order": "- say: margherita\n- say: goodbye",
    "keys": '- dtmf: "1#"\n- say: no, wait\n- dtmf: "##"\n- hangup',
    "silence": "- silence: 12\n- say: here I am\n- silence: 6\n- silence: 6",
    "interruption": "- say: tell me more\n- barge_in: {say: wait a moment, after_ms: 800}\n- say: human",
}


@pytest.mark.parametrize("steps", CALLS.values(), ids=CALLS)
def test_the_bot_passes_the_test_of_its_own_call_and_another_bot_does_not(steps: str) -> None:
    pizza = Pizza()

    def rude(event: dict[str, Any]) -> Any:
        answer = pizza(event)
        return (
            {**answer, "text": answer["text"] + " Go away."}
            if isinstance(answer, dict) and "text" in answer
            else answer
        )

    (original,) = parse(f"steps:\n{steps}", "original.yaml")
    with http_bot(pizza) as bot:
        recorded, _ = played(original, bot.url)
        text, notes = call_file(recorded, Masks())
        (test,) = parse(text, "calls/x.yaml")
        again, missed = played(test, bot.url)

    assert notes == []
    assert missed == []
    types = [entry.exchange.type for entry in recorded.entries]
    assert [entry.exchange.type for entry in again.entries] == types
    with http_bot(rude) as bot:
        assert played(test, bot.url)[1]


def test_who_calls_whom_is_kept() -> None:
    sent = event("session_start")
    sent["session"] |= {"direction": "outbound", "from_phone_number": "+4911", "to_phone_number": "+4922"}
    sent["session"] |= {"phone_number": "+4911"}
    found = script(answered(sent))

    assert (found.direction, found.caller, found.number) == ("outbound", "+4922", "+4911")


def test_numbers_that_are_none_are_left_out() -> None:
    sent = event("session_start")
    sent["session"] |= {"from_phone_number": "anonymous", "phone_number": None}

    assert script(answered(sent)).caller == Script().caller


def test_what_was_said_is_expected() -> None:
    assert greeting(speak("Hello  there"), speak("you")).equals == "Hello there you"
    assert greeting().nothing is True
    assert greeting({"type": "barge_in", "session_id": "call-1"}).nothing is False


def test_ids_and_times_in_it_are_a_pattern() -> None:
    (pattern,) = greeting(speak(f"Your id is {ID} ($5), ok?", ID), session=ID).matches

    assert pattern.search("Your id is 123 ($5), ok?")
    assert not pattern.search("Your id is 123 ($6), ok?")
    assert not pattern.search("Well. Your id is 123 ($5), ok?")


def test_ends_and_settings_are_expected() -> None:
    voice = {"provider": "eleven_labs", "voice": {"id": "v1"}}
    spoken = greeting(speak("Hi", tts=voice, barge_in={"strategy": "manual", "allow_after_ms": 5}))
    transfer = {"type": "transfer", "session_id": "call-1", "target_phone_number": "+4930123", "caller_id_name": "x"}

    assert spoken.voice == WantedVoice(voice="v1", provider="eleven_labs")
    assert spoken.barge_in == WantedBargeIn(strategy="manual", allow_after_ms=5)
    assert greeting({"type": "hangup", "session_id": "call-1"}).hangup is True
    assert greeting(transfer).transfer == "+4930123"
    # The speak is cut off by the end of the call in the same answer, and never heard.
    assert greeting(speak("Bye"), {"type": "hangup", "session_id": "call-1"}).equals is None


def test_settings_that_are_not_the_same_everywhere_are_not_expected() -> None:
    assert greeting(speak("a", tts={"provider": "azure"}), speak("b")).voice is None
    assert greeting(speak("a", barge_in={"strategy": "none"}), speak("b")).barge_in is None


def test_keys_in_a_row_are_one_step() -> None:
    keys = [answered(event("dtmf_received", digit=digit)) for digit in "12"]
    done = answered(event("dtmf_received", digit="#"), speak("Thank you"))
    pressed = [Entry(exchange, number * 200) for number, exchange in enumerate([*keys, done])]
    later = Entry(answered(event("dtmf_received", digit="5")), 5000)
    text, _ = call_file(Recording(Header(url=URL), (*pressed, later)), Masks())
    steps = parse(text, "x.yaml")[0].steps

    assert [(step.kind, step.text) for step in steps] == [
        ("dtmf", "12#"),
        ("dtmf", "5"),
    ]
    assert steps[0].expect is not None
    assert steps[0].expect.equals == "Thank you"


def test_what_a_call_file_cannot_say_is_told() -> None:
    _, notes = call_file(
        recording(
            answered(event("session_start")),
            answered(event("new_event")),
            failed(event("user_speak", text="hi"), status=500),
            answered(
                event("user_speak", text="out"),
                {"type": "transfer", "session_id": "call-1", "target_phone_number": "sip:me"},
            ),
        ),
        Masks(),
    )

    assert notes == [
        "turn 2: a call file cannot say the event new_event",
        "turn 3: nothing is expected, for the bot failed then (http-error)",
        "turn 4: a call file cannot say a transfer to sip:me",
    ]


def test_several_calls_are_in_one_file() -> None:
    text, _ = call_file(
        recording(answered(event("session_start", "a")), answered(event("session_start", "b"))), Masks()
    )

    assert [one.name for one in parse(text, "x.yaml")] == ["call-1", "call-2"]


def test_the_committed_sample_becomes_a_call_file() -> None:
    text, _ = call_file(read_recording(Path(__file__).parent / "samples" / "version-1.jsonl"), Masks())
    (read,) = parse(text, "x.yaml")

    assert [step.text for step in read.steps if isinstance(step, Step)] == ["Grüß Gott", ""]


texts = st.text(min_size=1, max_size=30)


@given(texts, texts, st.floats(-1, 1e9) | st.integers() | st.none())
def test_any_text_reads_back(said: str, answer: str, seconds: float | None) -> None:
    """Whatever was said, what is written is a call file that says the same."""
    read = script(
        answered(event("session_start", caller=said), speak(answer, user_input_timeout_seconds=seconds)),
        answered(event("user_input_timeout")),
        answered(
            event("user_speak", text=said), speak(answer, tts={"provider": said, "voice": said, "language": answer})
        ),
        answered(event("dtmf_received", digit=said)),
    )

    (spoken,) = (step for step in read.steps if step.kind == "say") if said.strip() else (None,)
    assert spoken is None or spoken.text == said
