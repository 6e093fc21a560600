"""A finding: one thing a rule has to say about an exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule has to say.

    Args:
        rule: id of the rule, as in the rules page of the docs.
        severity: an ``error`` breaks the call, a ``warning`` is likely a mistake, a ``note`` is worth knowing.
        message: one sentence that names the value.
        path: where in the answer, as JSON path (``$[0].text``); empty where it is about the whole.
    """

    rule: str
    severity: Severity
    message: str
    path: str = ""

    def to_dict(self) -> dict[str, str]:
        return {"rule": self.rule, "severity": self.severity, "message": self.message, "path": self.path}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        return cls(data["rule"], data["severity"], data["message"], data.get("path", ""))
