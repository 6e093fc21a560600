from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from aiflow_cli.protocol.actions import ACTIONS
from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event
from aiflow_cli.protocol.schema import answer_schema, event_schema

from .deliveries import action, audio, speak

EVENTS = jsonschema.Draft202012Validator(event_schema())
ANSWERS = jsonschema.Draft202012Validator(answer_schema())


@pytest.mark.parametrize("schema", [event_schema(), answer_schema()])
def test_a_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_that_we_send_fits(kind: str) -> None:
    assert EVENTS.is_valid(sample_event(kind, "s"))
    assert EVENTS.is_valid({**sample_event(kind, "s"), "new_field": 1})


def test_what_is_no_event_does_not() -> None:
    assert not EVENTS.is_valid({"type": "user_speak", "session": {"id": "s"}})
    assert not EVENTS.is_valid({"type": "dtmf_received", "session": {"id": "s"}, "digit": "12"})
    assert not EVENTS.is_valid({"type": "session_start", "session": {}})


@pytest.mark.parametrize(
    "answer",
    [
        speak(),
        action("speak", ssml="<speak/>"),
        [action("barge_in"), speak()],
        [],
        audio(),
        action("hangup"),
        action("transfer", target_phone_number="+49", caller_id_name="a", caller_id_number="b"),
        action("configure_transcription", languages=["de-DE"]),
        action("mix_audio", anything=1),
        speak(tts={"provider": "eleven_labs", "voice": {"id": "x"}}, barge_in={"strategy": "none"}),
    ],
)
def test_a_correct_answer_fits(answer: object) -> None:
    ANSWERS.validate(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "hello",
        action("speak"),
        speak(ssml="<speak/>"),
        action("speek", text="a"),
        {"type": "hangup"},
        action("transfer", target_phone_number="+49"),
        speak(barge_in={"minimum_characters": 0}),
        speak(user_input_timeout_seconds=0),
        speak(tts={"provider": "eleven_labs", "voice": {"id": "x", "name": "y"}}),
        [speak(), 7],
    ],
)
def test_a_wrong_answer_does_not(answer: object) -> None:
    assert not ANSWERS.is_valid(answer)


def test_every_action_is_in_it() -> None:
    schema = answer_schema()
    assert set(schema["$defs"]["Action"]["discriminator"]["mapping"]) == set(ACTIONS)
