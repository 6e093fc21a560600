from __future__ import annotations

import pytest

from aiflow_cli.errors import UsageError
from aiflow_cli.protocol.edit import set_path
from aiflow_cli.protocol.samples import sample_event

SPOKEN = sample_event("user_speak", "s")


def test_a_field_is_changed_in_a_copy() -> None:
    changed = set_path(SPOKEN, "session.account_id=42")
    assert changed["session"]["account_id"] == "42"
    assert SPOKEN["session"]["account_id"] == "aiflow-local"


@pytest.mark.parametrize(
    ("kind", "assignment", "value"),
    [
        ("user_speak", "text=12", "12"),
        ("user_speak", 'text="quoted"', "quoted"),
        ("user_speak", "text=a=b", "a=b"),
        ("user_speak", "text=", ""),
        ("user_speak", "barged_in=true", True),
        ("assistant_speak", "duration_ms=12", 12),
        ("user_speak", "timestamp=2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("assistant_speak", "ssml=<speak/>", "<speak/>"),
    ],
)
def test_a_value_keeps_the_type_that_the_field_has(kind: str, assignment: str, value: object) -> None:
    changed = set_path(sample_event(kind, "s"), assignment)
    assert changed[assignment.partition("=")[0]] == value


@pytest.mark.parametrize(
    ("assignment", "hint"),
    [("session.acount_id=1", "did you mean session.account_id?"), ("txt=1", "did you mean text?")],
)
def test_a_path_that_is_not_there_names_the_near_miss(assignment: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        set_path(SPOKEN, assignment)
    assert caught.value.hint == hint


def test_a_path_like_nothing_lists_what_there_is() -> None:
    with pytest.raises(UsageError) as caught:
        set_path(SPOKEN, "qqqq=1")
    assert "session.from_phone_number" in str(caught.value.hint)


def test_an_assignment_needs_a_value() -> None:
    with pytest.raises(UsageError, match="has no value"):
        set_path(SPOKEN, "text")
