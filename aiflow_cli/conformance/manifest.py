"""The list of all checks, in the order in which they run, and the page of the docs that is made of it."""

from __future__ import annotations

from aiflow_cli.conformance.check import CHECKS, GROUPS, Check
from aiflow_cli.conformance.checks import (  # noqa: F401 - each registers its checks
    answers,
    calls,
    connection,
    events,
    requests,
    secret,
    security,
    tolerance,
)

_ORDER = {group: number for number, group in enumerate(GROUPS)}
MANIFEST: tuple[Check, ...] = tuple(sorted(CHECKS.values(), key=lambda check: _ORDER[check.group]))
"""Every check; those that listen to all the traffic come after those that make it."""

__all__ = ["CHECKS", "GROUPS", "MANIFEST", "Check"]
