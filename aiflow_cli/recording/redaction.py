"""Secrets never reach a log or a recording (design: "Secrets")."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.recording.exchange import Exchange

REDACTED = "[redacted]"

_SHORTEST = 4
"""Shorter secrets would blot out ordinary words."""

_USERINFO = re.compile(r"(?<=://)[^/?#@\s]+@")


class Redactor:
    """Replaces known secrets wherever they turn up, and credentials inside URLs.

    Args:
        secrets: the values to look for; empty and very short ones are left out.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        found = {form for secret in secrets if secret and len(secret) >= _SHORTEST for form in _forms(secret)}
        # Longest first, so that a secret that contains another one goes as a whole.
        self._pattern = re.compile("|".join(re.escape(s) for s in sorted(found, key=len, reverse=True)))
        self._active = bool(found)

    def text(self, text: str) -> str:
        """A text without secrets."""
        clean = self._pattern.sub(REDACTED, text) if self._active else text
        return _USERINFO.sub(f"{REDACTED}@", clean) if "@" in clean else clean

    def value(self, value: Any) -> Any:
        """Any JSON value without secrets."""
        if isinstance(value, str):
            return self._pattern.sub(REDACTED, value) if self._active else value
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange without secrets, in every field that the webhook or the user can fill."""
        if not self._active:
            return replace(exchange, url=self.text(exchange.url)) if "@" in exchange.url else exchange
        return replace(
            exchange,
            url=self.text(exchange.url),
            session_id=self.value(exchange.session_id),
            event=self.value(exchange.event),
            actions=self.value(list(exchange.actions)),
            raw_event=self.value(exchange.raw_event),
            raw_answer=self.value(exchange.raw_answer),
            problems=[self._finding(finding) for finding in exchange.problems],
        )

    def _finding(self, finding: Finding) -> Finding:
        return replace(finding, message=self.text(finding.message))


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, and as it stands in JSON text and in a URL."""
    from urllib.parse import quote

    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="", errors="surrogateescape")
