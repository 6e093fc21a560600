from __future__ import annotations

import pytest

from aiflow_cli.clock import SystemClock, parse_time, rfc3339
from aiflow_cli.errors import UsageError

NOW = 1_767_225_600.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000.1234, "2023-11-14T22:13:20.123Z"),
        (NOW, "2026-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_written_in_utc_with_milliseconds(seconds: float, text: str) -> None:
    assert rfc3339(seconds) == text


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("30s", "2025-12-31T23:59:30.000Z"),
        ("10m", "2025-12-31T23:50:00.000Z"),
        (" 1.5h ", "2025-12-31T22:30:00.000Z"),
        ("7d", "2025-12-25T00:00:00.000Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00+01:00", "2026-01-31T11:00:00.000Z"),
        ("2026-01-31T12:00:00", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
    ],
)
def test_a_point_in_time_by_distance_or_by_date(text: str, point: str) -> None:
    assert parse_time(text, NOW, flag="--since") == point


@pytest.mark.parametrize("text", ["", "yesterday", "10", "10w", "2026-13-01", "99999999999999d"])
def test_what_is_no_time_names_the_flag(text: str) -> None:
    with pytest.raises(UsageError, match=f"--since {text} is not a time"):
        parse_time(text, NOW, flag="--since")


def test_the_real_clock_goes_forwards() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() - before >= 0.001
    assert clock.now() > NOW - 365 * 86400
