"""An event of a recorded call as an event of a call that happens now: other ids, other times, all consistent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_TIMES = frozenset(("timestamp", "speech_started_at"))
"""The fields of events that hold a point in time (protocol.md section 3)."""

_SHORTEST_ID = 8
"""A shorter id could be part of an ordinary word, so it is replaced only where it is the whole value."""

_FIRST_SECOND, _FIRST_MILLISECOND, _LAST = 10**9, 10**11, 10**13
"""Numbers outside are no Unix times of our days; from the middle one on they are milliseconds."""


class Rewriter:
    """Replaces ids and moves times.

    Args:
        ids: session id as recorded -> session id of the new call.
        shift_ms: from the recorded call to the new one, in milliseconds.
    """

    def __init__(self, ids: Mapping[str, str], *, shift_ms: float) -> None:
        self._ids = ids
        self._shift = timedelta(milliseconds=shift_ms)

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(value, name) for name, value in event.items()}

    def text(self, text: str) -> str:
        """A text with the new ids in it."""
        for old, new in self._ids.items():
            if text == old:
                return new
            if len(old) >= _SHORTEST_ID:
                text = text.replace(old, new)
        return text

    def _value(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return self.event(value)
        if isinstance(value, list):
            return [self._value(item, name) for item in value]
        if name in _TIMES:
            return self._time(value)
        return self.text(value) if isinstance(value, str) else value

    def _time(self, value: Any) -> Any:
        """Unix seconds, Unix milliseconds or ISO 8601, in the form it came; anything else stays."""
        if isinstance(value, str):
            return self._iso(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _FIRST_SECOND <= value < _LAST:
            return value
        unit = timedelta(milliseconds=1) if value >= _FIRST_MILLISECOND else timedelta(seconds=1)
        moved = value + self._shift / unit
        return round(moved) if isinstance(value, int) else moved

    def _iso(self, text: str) -> str:
        try:
            moved = datetime.fromisoformat(text) + self._shift
        except (ValueError, OverflowError):
            return self.text(text)
        written = moved.isoformat(timespec="milliseconds" if "." in text else "seconds")
        return written.replace("+00:00", "Z") if text.endswith("Z") else written
