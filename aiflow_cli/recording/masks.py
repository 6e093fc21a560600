"""What may differ between two recordings of the same call without being a difference: ids, times, patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aiflow_cli.errors import ConfigError

_BUILT_IN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    # Unix seconds or milliseconds of the years 2017 to 2033; a phone number has a + before it.
    (re.compile(r"(?<![+\w])1[5-9]\d{8}(?:\d{3})?(?!\w)"), "<time>"),
)


class Masks:
    """Replaces what is allowed to differ.

    Args:
        patterns: regular expressions; each match counts as the same text.
        ignored: fields of actions that are not compared: ``tts`` takes ``tts.voice`` with it.
        built_in: UUIDs, date-times and Unix times are masked too.

    Raises:
        ConfigError: a pattern is no regular expression.
    """

    def __init__(self, patterns: Iterable[str] = (), *, ignored: Iterable[str] = (), built_in: bool = True) -> None:
        given = [(_compiled(pattern), "<masked>") for pattern in patterns]
        self._patterns = [*given, *(_BUILT_IN if built_in else ())]
        self._ignored = tuple(ignored)

    def ignores(self, field: str) -> bool:
        """``field`` (``tts.voice``) is not compared."""
        return any(field == name or field.startswith(f"{name}.") for name in self._ignored)

    def text(self, text: str) -> str:
        for pattern, instead in self._patterns:
            text = pattern.sub(instead, text)
        return text

    def value(self, value: Any) -> Any:
        """Any JSON value with its texts masked; a number that is a time becomes ``<time>``."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {name: self.value(item) for name, item in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and value >= 10**9:
            masked = self.text(str(value))
            return value if masked == str(value) else masked
        return value


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        hint = r"for example: --mask 'order \d+'"
        raise ConfigError(f"the mask {pattern} is no regular expression: {error}", hint=hint) from None
