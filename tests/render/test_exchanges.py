from __future__ import annotations

from typing import Any

import pytest

from aiflow_cli.console import paint
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.samples import sample_event
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.render import exchanges as render


def exchange(*actions: dict[str, Any], kind: str = "user_speak", **fields: Any) -> Exchange:
    given: dict[str, Any] = {
        "id": 7,
        "flow_id": "local",
        "session_id": "s",
        "at": "2026-01-01T12:34:56.789Z",
        "source": "send-event",
        "url": "http://127.0.0.1:3000/webhook",
        "event": sample_event(kind, "s"),
        "actions": list(actions),
        "status": 200,
        "duration_ms": 4.26,
        "outcome": "ok",
        **fields,
    }
    return Exchange(**given)


SPEAK = {"type": "speak", "session_id": "s", "text": "You said: Hello"}


def test_an_answer_is_told_from_the_callers_side_first() -> None:
    assert render.answer(exchange(SPEAK)).splitlines()[:4] == [
        'user_speak "Hello" -> http://127.0.0.1:3000/webhook',
        "200 OK in 4.3 ms (budget 1000 ms)",
        "",
        "the caller hears: You said: Hello",
    ]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (SPEAK, "the caller hears: You said: Hello"),
        ({"type": "speak", "ssml": "<speak>Hi</speak>"}, "the caller hears: <speak>Hi</speak>"),
        ({"type": "audio", "audio": "AAAA"}, "the caller hears: (audio)"),
        ({"type": "hangup"}, "the bot hangs up"),
        ({"type": "transfer", "target_phone_number": "+49151"}, "the call is transferred to +49151"),
        ({"type": "barge_in"}, "the playback stops"),
        ({"type": "speek"}, "nothing happens: 'speek' is not an action"),
        ({}, "nothing happens: None is not an action"),
    ],
)
def test_what_the_caller_notices_of_each_action(action: dict[str, Any], said: str) -> None:
    assert render.heard(exchange(action)) == [said]


def test_nothing_and_no_answer_are_told_apart() -> None:
    assert render.heard(exchange()) == ["the caller hears nothing new"]
    silent = exchange(status=None, duration_ms=None, outcome="timeout")
    assert render.heard(silent) == ["the caller hears nothing: no answer came"]
    assert render.status_line(silent) == "timeout"


def test_a_line_of_the_log() -> None:
    assert render.line(exchange(SPEAK)) == ('12:34:56.789 #7 user_speak "Hello" -> speak "You said: Hello"  200 4.3 ms')
    problem = Finding("session-id", "error", "wrong id", "$.session_id")
    assert render.line(exchange(SPEAK, outcome="invalid-action", problems=[problem])).endswith(
        "  invalid-action: wrong id"
    )


def test_findings_are_listed_with_their_place() -> None:
    problem = Finding("session-id", "error", "wrong id", "$.session_id")
    text = render.answer(exchange(SPEAK, problems=[problem]))
    assert text.endswith("error session-id at $.session_id: wrong id")


def test_a_body_that_is_no_answer_is_quoted() -> None:
    assert "  | <html>" in render.answer(exchange(raw_answer="<html>", outcome="invalid-action"))


def test_a_long_text_is_cut_in_a_line_and_whole_in_an_answer() -> None:
    long = {**SPEAK, "text": "word " * 100}
    assert len(render.line(exchange(long))) < 200
    assert "word " * 99 in render.answer(exchange(long))


def test_colour_is_the_consoles_business() -> None:
    assert "\x1b[32;1m200 OK\x1b[0m" in render.status_line(exchange(SPEAK), paint)
    assert "\x1b[31;1m500" in render.status_line(exchange(status=500, outcome="http-error"), paint)
    assert "\x1b" not in render.answer(exchange(SPEAK))


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([3.0], {"min": 3.0, "median": 3.0, "p95": 3.0, "max": 3.0}),
        ([4.0, 1.0, 3.0, 2.0], {"min": 1.0, "median": 2.5, "p95": 4.0, "max": 4.0}),
        ([float(n) for n in range(1, 101)], {"min": 1.0, "median": 50.5, "p95": 95.0, "max": 100.0}),
    ],
)
def test_latencies_are_summed_up(durations: list[float], expected: dict[str, float]) -> None:
    assert render.summary(durations) == expected


def test_milliseconds_have_a_decimal_where_it_matters() -> None:
    assert (render.milliseconds(0.84), render.milliseconds(12.4)) == ("0.8 ms", "12 ms")
