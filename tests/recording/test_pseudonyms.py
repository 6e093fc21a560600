"""Masked recordings name nobody, say nothing, and can still be compared."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.protocol.rules import E164
from aiflow_cli.protocol.ssml import parse
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.pseudonyms import Pseudonyms

from .exchanges import answered, event, speak

PSEUDONYMS = Pseudonyms(b"key")


def masked(*exchanges: Exchange) -> str:
    return "".join(PSEUDONYMS.exchange(exchange).to_json() for exchange in exchanges)


def test_what_was_said_is_gone_from_every_place() -> None:
    said = "my secret"
    sent = event("user_speak", text=said, transcript=said, future={"deep": [said]})
    transfer = {
        "type": "transfer",
        "session_id": "call-1",
        "target_phone_number": "+491701234567",
        "caller_id_name": said,
        "caller_id_number": "+491701234567",
    }
    exchange = answered(sent, speak(said, said=said), {"type": "speak", "ssml": said, "audio": said}, transfer)
    exchange = replace(exchange, raw_event=said, raw_answer=said)

    text = masked(exchange)

    assert said not in text
    assert "+491701234567" not in text


def test_settings_ids_and_times_stay() -> None:
    voice = {"provider": "azure", "language": "de-DE", "voice": "katja"}
    exchange = answered(event("dtmf_received", digit="5"), speak("Hello", tts=voice, barge_in={"strategy": "none"}))

    action = PSEUDONYMS.exchange(exchange).actions[0]

    assert action == {**exchange.actions[0], "text": PSEUDONYMS.text("Hello")}
    assert PSEUDONYMS.exchange(exchange).session_id == "call-1"


def test_the_same_value_has_the_same_pseudonym_and_another_has_another() -> None:
    assert PSEUDONYMS.text("hello") == Pseudonyms(b"key").text("hello")
    assert PSEUDONYMS.text("hello") != PSEUDONYMS.text("hello ")
    assert PSEUDONYMS.number("+4930123456") != PSEUDONYMS.number("+4930123457")


def test_another_key_gives_other_pseudonyms() -> None:
    assert PSEUDONYMS.text("hello") != Pseudonyms(b"other").text("hello")
    assert PSEUDONYMS.number("+4930123456") != Pseudonyms(b"other").number("+4930123456")


def test_numbers_stay_numbers_of_nobody() -> None:
    assert E164.fullmatch(PSEUDONYMS.number("+491701234567"))
    assert PSEUDONYMS.number("+491701234567").startswith("+493023125")


def test_a_number_that_is_not_text_is_masked_too() -> None:
    sent = event("session_start")
    sent["session"]["from_phone_number"] = 491701234567

    assert "491701234567" not in masked(answered(sent))


def test_a_number_field_with_a_name_in_it_is_masked_as_text() -> None:
    assert PSEUDONYMS.number("sip:ada@example.org") == PSEUDONYMS.text("sip:ada@example.org")


def test_ssml_stays_well_formed() -> None:
    sent = event("assistant_speak", ssml="<speak>Hello <break time='1s'/></speak>")

    ssml = (PSEUDONYMS.exchange(answered(sent)).event or {})["ssml"]

    assert parse(ssml).text.startswith("[text ")


@given(st.text(), st.sampled_from(["text", "ssml", "from_phone_number", "anything"]))
def test_masking_twice_changes_nothing(text: str, field: str) -> None:
    once = PSEUDONYMS.exchange(answered(event("user_speak", **{field: text})))

    assert PSEUDONYMS.exchange(once) == once
