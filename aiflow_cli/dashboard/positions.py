"""``after`` and ``before``: a place in the log, as an exchange id or as an RFC 3339 time."""

from __future__ import annotations

import re
from datetime import datetime

from aiflow_cli.clock import rfc3339

MAX_ID = 2**63 - 1
_TIME = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)

SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": MAX_ID},
        {"type": "string", "format": "date-time"},
    ]
}
"""The same for the OpenAPI document."""


def read_position(text: str) -> tuple[int | None, str | None]:
    """An id or a time as the store writes it, one of the two; raises ValueError."""
    if text.isascii() and text.isdigit():
        if int(text) > MAX_ID:
            raise ValueError("is above every id")
        return int(text), None
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("must be an exchange id or an RFC 3339 time")
    date, minute, second, fraction, zone = match.groups()
    # Python knows no leap second; the last millisecond before it is the closest there is.
    clock = f"{minute}:{second}{(fraction or '')[:7]}" if second != "60" else f"{minute}:59.999"
    try:
        return None, rfc3339(datetime.fromisoformat(f"{date}T{clock}{zone.upper()}").timestamp())
    except (ValueError, OverflowError) as error:
        raise ValueError(f"is not a point in time: {error}") from None
