"""Places in the log: ids and RFC 3339 times, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.dashboard.positions import MAX_ID, read_position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", (0, None)),
        (str(MAX_ID), (MAX_ID, None)),
        ("2026-01-31T12:00:00Z", (None, "2026-01-31T12:00:00.000Z")),
        ("2026-01-31t12:00:00.5z", (None, "2026-01-31T12:00:00.500Z")),
        ("2026-01-31 12:00:00.123456789+01:30", (None, "2026-01-31T10:30:00.123Z")),
        ("2016-12-31T23:59:60Z", (None, "2016-12-31T23:59:59.999Z")),
    ],
)
def test_both_are_read(text: str, expected: tuple[int | None, str | None]) -> None:
    assert read_position(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1.5", "²", str(MAX_ID + 1), "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T00:00:00Z", "10m"],
)
def test_nothing_else_is(text: str) -> None:
    with pytest.raises(ValueError):
        read_position(text)


zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(9000, 1, 1), timezones=zones))
def test_any_time_is_the_same_moment(moment: datetime) -> None:
    _, read = read_position(moment.isoformat())
    assert read is not None
    assert abs(datetime.fromisoformat(read) - moment.astimezone(UTC)) <= timedelta(milliseconds=1)


@given(st.text())
def test_any_text_is_a_position_or_a_value_error(text: str) -> None:
    try:
        id, time = read_position(text)
    except ValueError:
        return
    assert (id is None) != (time is None)
