"""Masks for what callers and bots said and for phone numbers (``--redact``).

Every value gets a pseudonym of its own, the same one wherever it turns up, so that two masked recordings
of one project can still be compared. It is keyed: without the project's key nobody can find out a phone
number by trying all of them.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from typing import Any

from aiflow_cli.recording.exchange import Exchange

_KEPT = frozenset(
    ("type", "id", "session_id", "account_id", "direction", "digit", "reason", "timestamp")
    + ("provider", "language", "languages", "voice", "strategy")
)
"""Fields whose words say nothing about a person. Any other text is masked, also of fields not known yet."""

_NUMBERS = frozenset(
    ["phone_number", "from_phone_number", "to_phone_number", "target_phone_number", "caller_id_number"]
)
_DIGITS = re.compile(r"\+?[\d\s()/.-]{6,}")
_MASKED = re.compile(r"\[text [0-9a-f]{10}\]|<speak>\[text [0-9a-f]{10}\]</speak>")

# From the numbers that the German regulator keeps for film and fiction, (0)30 23125-000 to -999: nobody's phone rings.
_FICTION = "+493023125"


class Pseudonyms:
    """Masks exchanges.

    Args:
        key: secret bytes of the project. Recordings masked with the same key can be compared.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def exchange(self, exchange: Exchange) -> Exchange:
        """The same exchange without phone numbers and texts; types, ids, times and settings stay."""
        return replace(
            exchange,
            event=self._value(exchange.event, ""),
            actions=self._value(list(exchange.actions), ""),
            raw_event=self._optional(exchange.raw_event),
            raw_answer=self._optional(exchange.raw_answer),
            # Findings quote what they are about.
            problems=[replace(finding, message=self.text(finding.message)) for finding in exchange.problems],
        )

    def text(self, text: str) -> str:
        """``[text 5d41402abc]``; a pseudonym stays what it is."""
        return text if not text or _MASKED.fullmatch(text) else f"[text {self._digest(text)[:10]}]"

    def number(self, number: str) -> str:
        """A phone number of nobody; what is no number is masked as text."""
        if number.startswith(_FICTION) or not number:
            return number
        if not _DIGITS.fullmatch(number):
            return self.text(number)
        return _FICTION + f"{int(self._digest(number), 16) % 10**5:05d}"

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)

    def _value(self, value: Any, field: str) -> Any:
        if isinstance(value, str):
            return self._word(value, field)
        if isinstance(value, dict):
            return {name: self._value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item, field) for item in value]
        if field in _NUMBERS and value is not None:
            return self.number(str(value))
        return value

    def _word(self, text: str, field: str) -> str:
        if field in _KEPT:
            return text
        if field in _NUMBERS:
            return self.number(text)
        # SSML stays well-formed, because events that repeat it are sent again.
        if field == "ssml" and text and not _MASKED.fullmatch(text):
            return f"<speak>{self.text(text)}</speak>"
        return self.text(text)

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()
