"""What differs between two recordings, and what only looks so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.recording.diff import Diff, TurnPair, compare
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.files import Entry, Header, Recording
from aiflow_cli.recording.masks import Masks

from .exchanges import URL, answered, event, failed, speak

OLD, NEW = "5f0c2d9e-0000-4000-8000-000000000001", "5f0c2d9e-0000-4000-8000-000000000002"


def recording(exchanges: Sequence[Exchange]) -> Recording:
    return Recording(Header(url=URL), tuple(Entry(exchange, number) for number, exchange in enumerate(exchanges)))


def call(session: str, *turns: tuple[str, list[dict[str, Any]]]) -> list[Exchange]:
    """A call in which the caller says a sentence a turn, and the bot does these things."""
    return [
        answered(event("session_start", session), speak("Hello!", session)),
        *(answered(event("user_speak", session, text=text), *actions) for text, actions in turns),
        answered(event("session_end", session)),
    ]


def diff(left: Sequence[Exchange], right: Sequence[Exchange], masks: Masks | None = None) -> Diff:
    return compare(recording(left), recording(right), masks)


def statuses(found: Diff) -> list[str]:
    return [turn.status for turn in found.turns]


def only(found: Diff) -> TurnPair:
    (turn,) = found.different
    return turn


def changes(found: Diff) -> list[tuple[str, str, Any, Any]]:
    return [(change.aspect, change.path, change.left, change.right) for change in only(found).changes]


def answer_change(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return changes(
        diff(
            [answered(event("user_speak", text="hi"), before)],
            [answered(event("user_speak", text="hi"), after)],
        )
    )


def test_the_same_call_again_has_no_difference() -> None:
    old = call(OLD, ("hi", [speak(f"This is call {OLD} at 2026-01-31T12:00:00Z", OLD)]))
    new = call(NEW, ("hi", [speak(f"This is call {NEW} at 2026-02-01T09:30:00Z", NEW)]))

    found = diff(old, new)

    assert statuses(found) == ["same"] * 3
    assert found.to_dict()["same"] is True


def test_latencies_are_shown_and_never_a_difference() -> None:
    found = diff(
        [answered(event("user_speak", text="hi"), speak("ho"), ms=5)],
        [answered(event("user_speak", text="hi"), speak("ho"), ms=2500)],
    )

    turn = found.to_dict()["calls"][0]["turns"][0]
    assert (turn["status"], turn["left"]["durationMs"], turn["right"]["durationMs"]) == ("same", 5, 2500)


def test_a_changed_text_is_shown_in_its_turn() -> None:
    old = call(OLD, ("a", [speak("A", OLD)]), ("b", [speak("B", OLD)]))
    new = call(NEW, ("a", [speak("A", NEW)]), ("b", [speak("Bee", NEW)]))

    found = diff(old, new)

    assert statuses(found) == ["same", "same", "changed", "same"]
    assert changes(found) == [("text", "actions[0].text", "B", "Bee")]
    assert only(found).to_dict()["left"]["event"] == {"type": "user_speak", "text": "b"}


def test_an_inserted_turn_does_not_shift_the_rest() -> None:
    sentences = [(text, [speak(text.upper(), OLD)]) for text in "abcde"]
    longer = [*sentences[:2], ("wait", [speak("WAIT", OLD)]), *sentences[2:]]

    assert statuses(diff(call(OLD, *sentences), call(OLD, *longer))).count("added") == 1
    assert statuses(diff(call(OLD, *longer), call(OLD, *sentences))).count("removed") == 1
    assert len(diff(call(OLD, *sentences), call(OLD, *longer)).different) == 1


def test_among_equal_sentences_the_one_with_another_answer_is_the_inserted_one() -> None:
    twice = call(OLD, ("hi", [speak("first", OLD)]), ("hi", [speak("second", OLD)]))
    once = call(OLD, ("hi", [speak("second", OLD)]))

    assert statuses(diff(twice, once)) == ["same", "removed", "same", "same"]


def test_other_words_of_the_caller_are_a_difference_of_the_caller() -> None:
    found = diff(call(OLD, ("yes", [])), call(OLD, ("no", [])))

    assert changes(found) == [("caller", "event.text", "yes", "no")]


def test_an_inserted_action_does_not_shift_the_rest() -> None:
    old = [answered(event("user_speak", text="hi"), speak("one"), speak("two"))]
    new = [
        answered(
            event("user_speak", text="hi"), speak("one"), {"type": "barge_in", "session_id": "call-1"}, speak("two")
        )
    ]

    assert changes(diff(old, new)) == [
        ("action", "actions[1]", None, {"to": "user_speak", "type": "barge_in"}),
    ]


def test_the_order_of_actions_counts() -> None:
    stop = {"type": "barge_in", "session_id": "call-1"}
    found = diff(
        [answered(event("user_speak", text="hi"), stop, speak("ho"))],
        [answered(event("user_speak", text="hi"), speak("ho"), stop)],
    )

    assert {change.aspect for change in only(found).changes} == {"order"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"text": "a"}, {"text": "b"}, ("text", "actions[0].text", "a", "b")),
        (
            {"tts": {"provider": "azure", "voice": "a"}},
            {"tts": {"provider": "azure", "voice": "b"}},
            ("voice", "actions[0].tts.voice", "a", "b"),
        ),
        (
            {"barge_in": {"strategy": "none"}},
            {},
            ("barge-in", "actions[0].barge_in.strategy", "none", "minimum_characters"),
        ),
        (
            {"user_input_timeout_seconds": 5},
            {"user_input_timeout_seconds": 6},
            ("setting", "actions[0].user_input_timeout_seconds", 5, 6),
        ),
        ({"vad": {}}, {}, ("setting", "actions[0].vad", {}, None)),
        ({"x": True}, {"x": 1}, ("setting", "actions[0].x", True, 1)),
        ({"x": [1, True]}, {"x": [1, 1]}, ("setting", "actions[0].x", [1, True], [1, 1])),
    ],
)
def test_every_field_of_an_action_counts(
    before: dict[str, Any], after: dict[str, Any], expected: tuple[str, str, Any, Any]
) -> None:
    base = {"type": "speak", "session_id": "call-1", "text": "hi"}

    assert answer_change(base | before, base | after) == [expected]


def test_another_type_of_action_is_one_change() -> None:
    hangup = {"type": "hangup", "session_id": "call-1"}

    assert answer_change(speak("hi"), hangup) == [
        (
            "type",
            "actions[0]",
            {"to": "user_speak", "type": "speak", "text": "hi"},
            {"to": "user_speak", "type": "hangup"},
        )
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"barge_in": {"strategy": "minimum_characters", "minimum_characters": 3, "allow_after_ms": 0}}, {}),
        ({"barge_in": {"allow_after_ms": 200, "minimum_characters": 3}}, {"barge_in": {"allow_after_ms": 200}}),
        ({"user_input_timeout_seconds": 5}, {"user_input_timeout_seconds": 5.0}),
        ({"barge_in": None}, {}),
    ],
)
def test_the_same_thing_said_otherwise_is_no_difference(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = diff(
        [answered(event("session_start"), speak("a", **before))],
        [answered(event("session_start"), speak("a", **after))],
    )

    assert not found.different


def test_a_session_id_that_is_not_the_calls_is_a_difference() -> None:
    found = diff(
        [answered(event("session_start", OLD), speak("hi", OLD))],
        [answered(event("session_start", NEW), speak("hi", "somebody-else"))],
    )

    assert changes(found) == [("setting", "actions[0].session_id", None, "somebody-else")]


def test_a_failure_in_place_of_an_answer_is_a_difference() -> None:
    sent = event("user_speak", text="hi")
    lost = {"to": "user_speak", "failure": "timeout"}
    error = {"to": "user_speak", "failure": "http-error", "status": 500}

    assert changes(diff([answered(sent)], [failed(sent)])) == [("outcome", "actions[0]", None, lost)]
    assert changes(diff([failed(sent)], [failed(sent, status=500)])) == [("outcome", "actions[0]", lost, error)]
    assert not diff([failed(sent, status=500)], [failed(sent, status=500)]).different


def test_what_is_answered_to_a_playback_belongs_to_the_turn_it_came_from() -> None:
    hangup = {"type": "hangup", "session_id": "call-1"}
    later = [
        answered(event("user_speak", text="bye"), speak("Goodbye!")),
        answered(event("assistant_speak", text="Goodbye!", duration_ms=500)),
        answered(event("assistant_speech_ended"), hangup),
    ]
    at_once = [answered(event("user_speak", text="bye"), speak("Goodbye!"), hangup)]

    assert changes(diff(later, at_once)) == [("answers", "actions[1].to", "assistant_speech_ended", "user_speak")]
    # Frames of a WebSocket are joined to events by time, so there only the turn counts.
    frames = [replace(exchange, transport="websocket") for exchange in at_once]
    assert not diff(later, frames).different


def test_masks_cover_given_patterns_and_ignored_fields() -> None:
    old = [answered(event("session_start"), speak("order 1", tts={"provider": "azure"}))]
    new = [answered(event("session_start"), speak("order 2"))]

    assert len(diff(old, new).different) == 1
    assert not diff(old, new, Masks([r"order \d"], ignored=["tts"])).different


def test_calls_are_paired_by_what_was_said_in_them() -> None:
    one, two = call("one", ("a", []), ("b", [])), call("two", ("c", []), ("d", []))
    found = diff([*one, *two], two)

    assert [(pair.left, pair.right) for pair in found.calls] == [("one", None), ("two", "two")]
    assert [turn.status for turn in found.turns] == ["removed"] * 4 + ["same"] * 4


def test_what_a_tunnel_refused_is_no_turn() -> None:
    refused = replace(answered(event("user_speak", text="let me in")), outcome="rejected")

    assert not diff([refused, *call(OLD)], call(OLD)).different


def test_events_that_are_none_and_unknown_events_are_compared_too() -> None:
    raw = replace(answered(None), raw_event="junk")
    unknown = answered(event("new_thing", level={"value": 1}))
    other = answered(event("new_thing", level={"value": 2}))

    assert changes(diff([raw, unknown], [replace(raw, raw_event="other"), unknown])) == [
        ("caller", "event.rawEvent", "junk", "other")
    ]
    assert changes(diff([raw, unknown], [raw, other])) == [("caller", "event.level.value", 1, 2)]


sentences = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"])), max_size=6)


@given(sentences, sentences)
def test_nothing_is_lost_and_swapping_the_sides_swaps_the_result(
    left: list[tuple[str, str]], right: list[tuple[str, str]]
) -> None:
    first = call(OLD, *((text, [speak(answer, OLD)]) for text, answer in left))
    second = call(NEW, *((text, [speak(answer, NEW)]) for text, answer in right))

    found, back = diff(first, second), diff(second, first)

    assert [turn.left.number for turn in found.turns if turn.left] == list(range(1, len(left) + 3))
    assert [turn.right.number for turn in found.turns if turn.right] == list(range(1, len(right) + 3))
    assert bool(found.different) == (left != right) == bool(back.different)
    assert len(statuses(found)) == len(statuses(back))
    json.dumps(found.to_dict())
