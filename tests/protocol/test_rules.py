from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Failure, Reply
from aiflow_cli.protocol.rules import RULES, Delivery, judge
from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event

from .deliveries import SESSION, action, audio, delivery, found, raw, speak

TRANSFER = {"target_phone_number": "+4915112345678", "caller_id_name": "Bot", "caller_id_number": "+4922147100100"}


def event(change: dict[str, Any]) -> Delivery:
    return Delivery({**sample_event("user_speak", SESSION), **change}, Reply(status=204))


BREACHES: dict[str, list[tuple[Delivery, str, str]]] = {
    "http-status": [
        (raw(b"oops", status=500), "", "500"),
        (raw(b"", status=302), "", "302"),
    ],
    "body-too-large": [(raw(b" " * (MAX_ANSWER_BYTES + 1)), "", "4 MiB")],
    "not-an-answer": [
        (raw(b"<html>"), "$", "not JSON"),
        (raw(b'"hello"'), "$", '"hello"'),
        (delivery(speak(), 7), "$[1]", "7"),
    ],
    "unknown-action": [
        (delivery(action("speek")), "$.type", 'did you mean "speak"?'),
        (delivery(speak(), {"session_id": SESSION}), "$[1].type", "null"),
    ],
    "session-id": [
        (delivery({"type": "hangup"}), "$.session_id", "null"),
        (delivery(speak(session_id="other")), "$.session_id", '"other"'),
    ],
    "session-end-action": [(delivery(speak(), kind="session_end"), "$", '"speak"')],
    "speak-content": [
        (delivery(action("speak")), "$", "neither text nor ssml"),
        (delivery(speak(ssml="<speak/>")), "$", "both text and ssml"),
        (delivery(action("speak", text=5)), "$.text", "5"),
    ],
    "ssml": [
        (delivery(action("speak", ssml="<speak>a<br></speak>")), "$.ssml", "line 1"),
        (delivery(action("speak", ssml="<!DOCTYPE x><speak/>")), "$.ssml", "DOCTYPE"),
    ],
    "transfer-fields": [
        (
            delivery(action("transfer", target_phone_number="+49151", caller_id_number="+49")),
            "$.caller_id_name",
            "required",
        ),
        (delivery(action("transfer", **{**TRANSFER, "caller_id_name": None})), "$.caller_id_name", "null"),
    ],
    "barge-in-range": [
        (delivery(speak(barge_in={"minimum_characters": 0})), "$.barge_in.minimum_characters", "0"),
        (delivery(speak(barge_in={"minimum_characters": 101})), "$.barge_in.minimum_characters", "101"),
        (delivery(speak(barge_in={"allow_after_ms": 10_001})), "$.barge_in.allow_after_ms", "10001"),
        (delivery(speak(barge_in={"strategy": "sometimes"})), "$.barge_in.strategy", "sometimes"),
    ],
    "action-fields": [
        (delivery(speak(user_input_timeout_seconds=0)), "$.user_input_timeout_seconds", "0"),
        (delivery(speak(tts={"provider": "acme"})), "$.tts", "acme"),
        (delivery(speak(tts={"provider": "eleven_labs", "voice": {}})), "$.tts.voice", "exactly one of id and name"),
        (delivery(action("configure_transcription", languages="de-DE")), "$.languages", "de-DE"),
        (delivery(action("audio")), "$.audio", "required"),
    ],
    "audio-format": [
        (delivery(action("audio", audio="§")), "$.audio", "not base64"),
        (delivery(action("audio", audio="aGVsbG8=")), "$.audio", "not of a WAV"),
        (delivery(audio(44100)), "$.audio", "44100 Hz"),
        (delivery(audio(channels=2)), "$.audio", "2 channel"),
        (delivery(audio(bits=8)), "$.audio", "8 bit"),
    ],
    "slow-answer": [(delivery(speak(), duration_ms=1000.5), "", "budget is 1000 ms")],
    "target-e164": [
        (
            delivery(action("transfer", **{**TRANSFER, "target_phone_number": "015112345"})),
            "$.target_phone_number",
            "E.164",
        )
    ],
    "audio-8khz": [(delivery(audio(8000)), "$.audio", "8000 Hz")],
    "unknown-field": [
        (delivery(speak(barge_inn={})), "$.barge_inn", 'did you mean "barge_in"?'),
        (delivery(speak(barge_in={"strategie": "none"})), "$.barge_in.strategie", "strategie"),
    ],
    "blank-answer": [(raw(b"{}"), "$", "204"), (raw(b"null"), "$", "204"), (raw(b'""'), "$", "204")],
    "cut-off-speak": [
        (delivery(speak(), action("hangup")), "$[0]", "then hang up"),
        (delivery(speak(), action("transfer", **TRANSFER)), "$[0]", "then transfer"),
    ],
    "unknown-event": [
        (event({"type": "user_sings"}), "$.type", "user_sings"),
        (event({"mood": "good"}), "$.mood", "good"),
        (event({"session": {}}), "$.session.id", "required"),
    ],
}
"""For every rule: deliveries that break it, with the JSON path and what the message must say."""


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_broken_by_an_example(rule: str) -> None:
    assert BREACHES.get(rule), f"the rule {rule} needs an example in BREACHES of {__file__}"


@pytest.mark.parametrize(
    ("rule", "broken", "path", "said"),
    [(rule, *breach) for rule, breaches in BREACHES.items() for breach in breaches],
)
def test_a_breach_is_found_with_its_place(rule: str, broken: Delivery, path: str, said: str) -> None:
    finding = found(broken)[rule]
    assert (finding.path, finding.severity) == (path, RULES[rule].severity)
    assert said in finding.message


@pytest.mark.parametrize(
    "good",
    [
        delivery(),
        raw(b" \n", status=200),
        raw(b"", status=204),
        delivery(speak()),
        delivery(speak(barge_in={"strategy": "immediate", "minimum_characters": 1, "allow_after_ms": 10_000})),
        delivery(speak(barge_in={"minimum_characters": 100})),
        delivery(speak(user_input_timeout_seconds=0.5, vad={"anything": 1})),
        delivery(speak(tts={"provider": "azure", "language": "de-DE", "voice": "de-DE-KatjaNeural"})),
        delivery(speak(tts={"provider": "eleven_labs", "voice": "abc"})),
        delivery(speak(tts={"provider": "eleven_labs", "voice": {"name": "Rachel"}})),
        delivery(action("speak", ssml="<speak>Hi <break time='1s'/></speak>")),
        delivery(action("speak", ssml="Hi <break/> there")),
        delivery(audio()),
        delivery(action("hangup"), kind="dtmf_received"),
        delivery(action("transfer", **TRANSFER)),
        delivery(action("barge_in"), speak()),
        delivery(action("configure_transcription", provider="azure", languages=["de-DE"], custom_vocabulary=["x"])),
        delivery(action("mix_audio", whatever=[1, 2])),
        delivery(action("hangup"), speak()),
        delivery(speak(), duration_ms=1000),
    ],
)
def test_a_correct_answer_has_no_findings(good: Delivery) -> None:
    assert judge(good) == []


def test_every_documented_event_is_known() -> None:
    for kind in EVENT_TYPES:
        assert judge(Delivery(sample_event(kind, SESSION), Reply(status=204))) == []


def test_errors_come_first() -> None:
    findings = judge(delivery({"type": "hangup", "extra": 1}, duration_ms=2000))
    assert [finding.severity for finding in findings] == sorted(finding.severity for finding in findings)
    assert {finding.rule for finding in findings} == {"session-id", "slow-answer"}


def test_a_failed_delivery_has_no_answer_to_judge() -> None:
    reply = Reply(failure=Failure("timeout", "no answer"), duration_ms=5000)
    assert judge(Delivery(sample_event("user_speak", SESSION), reply)) == []


def test_the_body_of_a_failed_status_is_not_an_answer() -> None:
    assert list(found(raw(b"not json", status=404))) == ["http-status"]


def test_an_event_without_a_session_does_not_blame_the_session_id() -> None:
    event = {"type": "user_speak", "text": "hi", "session": {}}
    broken = Delivery(event, Reply(status=200, body=json.dumps(speak()).encode()))
    assert "session-id" not in found(broken)


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(body: bytes) -> None:
    for finding in judge(raw(body)):
        assert finding.rule in RULES


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["speak", "audio", "transfer", "configure_transcription", "mix_audio", "hangup"])},
        optional={
            name: _JSON
            for name in ("session_id", "text", "ssml", "audio", "tts", "barge_in", "languages", "target_phone_number")
        },
    )
)
def test_any_field_of_any_action_is_judged(answer: dict[str, Any]) -> None:
    for finding in judge(delivery(answer)):
        assert finding.path.startswith("$")
        assert "pydantic" not in finding.message
