"""Ids and times of a recorded event move to another call together."""

from __future__ import annotations

from typing import Any

import pytest

from aiflow_cli.recording.rewrite import Rewriter

OLD, NEW = "5f0c2d9e-0000-4000-8000-000000000001", "5f0c2d9e-0000-4000-8000-000000000002"
HOUR = 3_600_000.0


def rewritten(event: dict[str, Any], *, old: str = OLD, shift_ms: float = HOUR) -> dict[str, Any]:
    return Rewriter({old: NEW}, shift_ms=shift_ms).event(event)


def test_an_id_is_replaced_wherever_it_is() -> None:
    event = {"session": {"id": OLD}, "meta": [{"ref": f"call/{OLD}/1"}], "text": "hi"}

    assert rewritten(event) == {"session": {"id": NEW}, "meta": [{"ref": f"call/{NEW}/1"}], "text": "hi"}


def test_a_short_id_is_replaced_only_where_it_is_the_whole_value() -> None:
    assert rewritten({"session": {"id": "1"}, "text": "press 1"}, old="1") == {
        "session": {"id": NEW},
        "text": "press 1",
    }


@pytest.mark.parametrize(
    ("time", "moved"),
    [
        (1769860800000, 1769864400000),
        (1769860800, 1769864400),
        (1769860800.5, 1769864400.5),
        ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z"),
        ("2026-01-31T12:00:00.250Z", "2026-01-31T13:00:00.250Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T13:00:00+02:00"),
        ("2026-01-31T12:00:00", "2026-01-31T13:00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        (0, 0),
        (2100, 2100),
        (10**300, 10**300),
        (True, True),
        (None, None),
        ("soon", "soon"),
    ],
)
@pytest.mark.parametrize("field", ["timestamp", "speech_started_at"])
def test_times_move_in_the_form_they_have(field: str, time: object, moved: object) -> None:
    assert rewritten({field: time}) == {field: moved}


def test_numbers_of_other_fields_stay() -> None:
    assert rewritten({"duration_ms": 1769860800000}) == {"duration_ms": 1769860800000}


def test_the_event_itself_is_left_alone() -> None:
    event = {"session": {"id": OLD}}
    rewritten(event)

    assert event == {"session": {"id": OLD}}
