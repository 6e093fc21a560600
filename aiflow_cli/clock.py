"""The time of day, passed in rather than asked for, so that tests can fix it."""

from __future__ import annotations

import re
import time
from typing import Protocol

from aiflow_cli.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; for measuring durations."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The real clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def rfc3339(unix_seconds: float) -> str:
    """``1700000000.1234`` -> ``2023-11-14T22:13:20.123Z`` (UTC, milliseconds)."""
    millis = int(unix_seconds * 1000)
    seconds, rest = divmod(millis, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}Z"


def parse_time(text: str, now: float, *, flag: str) -> str:
    """A point in time as the store writes it: ``10m`` (ago) or RFC 3339, with or without a zone (then UTC).

    Raises:
        UsageError: it is neither; the message names ``flag``.
    """
    from datetime import UTC, datetime

    try:
        if match := _AGO.fullmatch(text.strip()):
            return rfc3339(now - float(match[1]) * _UNITS[match[2]])
        point = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError, OSError):
        # Also for an age that no calendar reaches.
        hint = "write 30s, 10m, 2h, 7d, or a time like 2026-01-31T12:00:00Z"
        raise UsageError(f"{flag} {text} is not a time", hint=hint) from None
    return rfc3339((point if point.tzinfo else point.replace(tzinfo=UTC)).timestamp())
