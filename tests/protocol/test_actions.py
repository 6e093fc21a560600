from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from aiflow_cli.protocol.actions import ACTIONS, AnyAction, BargeInOptions, Speak

ANY = TypeAdapter[Any](AnyAction)


def test_the_table_and_the_union_know_the_same_types() -> None:
    union = {get_args(model.model_fields["type"].annotation)[0] for model in get_args(get_args(AnyAction)[0])}
    assert union == set(ACTIONS)


def test_the_type_chooses_the_model() -> None:
    assert isinstance(ANY.validate_python({"type": "speak", "session_id": "s", "text": "Hi"}), Speak)


def test_the_defaults_of_barge_in_are_the_documented_ones() -> None:
    options = BargeInOptions()
    assert (options.strategy, options.minimum_characters, options.allow_after_ms) == ("minimum_characters", 3, 0)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), "5"])
def test_the_input_timeout_is_a_positive_number(seconds: object) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python({"type": "speak", "session_id": "s", "text": "", "user_input_timeout_seconds": seconds})


def test_an_empty_text_is_a_text() -> None:
    assert ANY.validate_python({"type": "speak", "session_id": "s", "text": ""}).text == ""
