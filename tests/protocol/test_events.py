from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from aiflow_cli.protocol.events import EVENTS, AnyEvent, Digit, SessionStart
from aiflow_cli.protocol.samples import DIGITS, EVENT_TYPES


def test_the_table_the_union_and_the_samples_know_the_same_types() -> None:
    union = {model.model_fields["type"].annotation for model in get_args(get_args(AnyEvent)[0])}
    assert tuple(EVENTS) == EVENT_TYPES
    assert {get_args(literal)[0] for literal in union} == set(EVENT_TYPES)


def test_the_digits_are_the_keys_of_a_telephone() -> None:
    assert "".join(get_args(Digit)) == DIGITS


def test_events_cannot_be_changed() -> None:
    event = SessionStart.model_validate({"type": "session_start", "session": {"id": "s"}})
    with pytest.raises(ValidationError):
        event.type = "session_end"  # type: ignore[misc, assignment]
