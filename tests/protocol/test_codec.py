from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.protocol.codec import ProtocolError, load_json, read_answer, read_event, shown, unknown_fields
from aiflow_cli.protocol.events import UnknownEvent, UserSpeak
from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event

SPEAK = {"type": "speak", "session_id": "s", "text": "Hi"}


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_sample_is_read_without_a_note(kind: str) -> None:
    event, problems = read_event(sample_event(kind, "s"))
    assert (event.type, event.session.id, problems) == (kind, "s", ())


def test_a_session_of_its_id_alone_is_enough() -> None:
    event, _ = read_event({"type": "session_start", "session": {"id": "s"}})
    assert event.session.id == "s"


def test_older_deliveries_name_the_text_transcript() -> None:
    event, problems = read_event({"type": "user_speak", "session": {"id": "s"}, "transcript": "hello"})
    assert isinstance(event, UserSpeak)
    assert (event.text, problems) == ("hello", ())


def test_an_unknown_type_is_kept() -> None:
    event, _ = read_event({"type": "user_sings", "session": {"id": "s"}, "song": "x"})
    assert isinstance(event, UnknownEvent)
    assert event.model_extra == {"song": "x"}


def test_an_unknown_field_is_kept_and_reported_with_its_path() -> None:
    event, problems = read_event({"type": "session_end", "session": {"id": "s", "mood": "good"}, "cost": 3})
    assert event.model_extra == {"cost": 3}
    assert {problem.path for problem in problems} == {"$.cost", "$.session.mood"}


@pytest.mark.parametrize(
    ("event", "path", "said"),
    [
        ([], "$", "not []"),
        ({"session": {"id": "s"}}, "$.type", "type is required"),
        ({"type": "session_start"}, "$.session", "session is required"),
        ({"type": "session_start", "session": {}}, "$.session.id", "id is required"),
        ({"type": "session_start", "session": {"id": ""}}, "$.session.id", '""'),
        ({"type": "session_start", "session": {"id": 7}}, "$.session.id", "7"),
        ({"type": "dtmf_received", "session": {"id": "s"}, "digit": "12"}, "$.digit", '"12"'),
        ({"type": "user_speak", "session": {"id": "s"}, "text": "a", "barged_in": "yes"}, "$.barged_in", '"yes"'),
    ],
)
def test_an_event_that_cannot_be_read_names_path_and_value(event: object, path: str, said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_event(event)
    assert caught.value.path == path
    assert said in str(caught.value)


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
def test_an_empty_body_is_an_answer_of_nothing(body: bytes) -> None:
    answer = read_answer(body)
    assert (answer.raw, answer.error, answer.blank) == ([], None, False)


def test_one_action_and_an_array_of_actions() -> None:
    assert read_answer(json.dumps(SPEAK).encode()).raw == [SPEAK]
    answer = read_answer(json.dumps([{"type": "barge_in", "session_id": "s"}, SPEAK]).encode())
    assert [read.path for read in answer.actions] == ["$[0]", "$[1]"]
    assert all(read.action is not None for read in answer.actions)


def test_an_empty_array_is_an_answer_of_nothing() -> None:
    answer = read_answer(b"[]")
    assert (answer.raw, answer.error, answer.blank) == ([], None, False)


@pytest.mark.parametrize("body", [b"{}", b"null", b'""'])
def test_blank_json_is_told_from_nothing(body: bytes) -> None:
    assert read_answer(body).blank


def test_a_byte_order_mark_is_skipped() -> None:
    assert read_answer(b"\xef\xbb\xbf" + json.dumps(SPEAK).encode()).raw == [SPEAK]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff\xfe", "not UTF-8 (byte 0)"),
        (b'{"a": 1,}', "line 1, column"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b'["\\ud800"]', "lone surrogate"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[1e999]", '"1e999" is out of range'),
        (b"[-" + b"9" * 400 + b".0]", "is out of range"),
        (b"[" * 101 + b"]" * 101, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_told_in_a_sentence(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match="^[^\n]+$") as caught:
        load_json(text)
    assert said in str(caught.value)


def test_a_surrogate_pair_is_a_character() -> None:
    assert load_json(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer(body: bytes) -> None:
    answer = read_answer(body)
    assert answer.error is None or answer.error_path.startswith("$")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_is_an_event_or_a_protocol_error(value: object) -> None:
    try:
        read_event(value)
    except ProtocolError as error:
        assert error.path.startswith("$")


def test_unknown_fields_of_an_action_are_told_but_not_of_mix_audio() -> None:
    known = read_answer(json.dumps({**SPEAK, "speed": 2}).encode()).actions[0]
    assert [problem.path for problem in unknown_fields(known)] == ["$.speed"]
    free = read_answer(b'{"type": "mix_audio", "session_id": "s", "speed": 2}').actions[0]
    assert list(unknown_fields(free)) == []


def test_shown_values_are_cut() -> None:
    assert shown("x" * 500).endswith("…")
    assert len(shown("x" * 500)) == 60
    assert shown({"ü": 1}) == '{"ü": 1}'


def test_depth_is_bounded_and_breadth_is_not() -> None:
    deepest = "[" * 100 + "]" * 100
    assert load_json(deepest) == json.loads(deepest)
    assert len(load_json(f"[{','.join(['{}'] * 500)}]")) == 500
    assert load_json('"' + "[" * 500 + '"') == "[" * 500
