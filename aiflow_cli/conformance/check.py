"""What a check is, and what it finds. The list of all checks is in ``manifest.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aiflow_cli.protocol.finding import Severity

if TYPE_CHECKING:
    from aiflow_cli.conformance.traffic import Sent

Transport = Literal["http", "websocket"]
BOTH: tuple[Transport, ...] = ("http", "websocket")

GROUPS: dict[str, str] = {
    "events": "Every event of the protocol is answered",
    "tolerance": "What the service may add, leave out or transcribe does no harm",
    "calls": "Calls do not get in each other's way",
    "secret": "Only the service gets in (needs a secret)",
    "requests": "What is not an event is refused, and never a crash",
    "connection": "Every lawful way to send a request works",
    "answers": "Every answer keeps the protocol's rules",
    "security": "Nothing of the inside is shown",
}
"""The groups of the score, in the order in which they run."""

FUZZING = "fuzzing"
"""The group of ``--fuzz``, which is a run of its own."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which a check failed.

    Args:
        message: one sentence that says what happened.
        steps: what was sent and came back, in order; the last one is where it went wrong.
        at_once: the steps were sent at the same moment, not one after the other.
        path: where in the answer, as JSON path; empty where it is about the whole.
        again: a command line that repeats it, where the steps alone do not.
    """

    message: str
    steps: tuple[Sent, ...]
    at_once: bool = False
    path: str = ""
    again: str = ""


Run = Callable[[Any], Iterator[Breach]]
"""Runs against a ``Probe`` and yields what is wrong: nothing where the check passes."""


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the manifest.

    Args:
        id: stable name, used by ``--only`` and in reports.
        group: one of ``GROUPS``.
        severity: ``error`` breaks calls or opens a hole, ``warning`` hurts some callers.
        paragraph: of protocol.md.
        title: what holds when the check passes.
        why: what a caller (or an attacker) would notice.
        run: finds the breaches.
        transports: where it applies.
        owns: ids of rules that this check reports itself where they are broken in its own traffic.
        listens: judges the traffic of all the others, and so needs it.
        alone: no other check may run at the same time.
    """

    id: str
    group: str
    severity: Severity
    paragraph: str
    title: str
    why: str
    run: Run
    transports: tuple[Transport, ...] = BOTH
    owns: frozenset[str] = field(default=frozenset())
    listens: bool = False
    alone: bool = False


CHECKS: dict[str, Check] = {}
"""Filled by the modules of ``checks/``; import it from ``manifest``, where it is complete."""


def check(
    id: str,
    group: str,
    severity: Severity,
    paragraph: str,
    title: str,
    why: str,
    *,
    transports: tuple[Transport, ...] = BOTH,
    owns: tuple[str, ...] = (),
    listens: bool = False,
    alone: bool = False,
) -> Callable[[Run], Run]:
    """Register a function as a check."""
    if group not in GROUPS or id in CHECKS:
        raise ValueError(f"check {id}: unknown group or id taken")

    def register(run: Run) -> Run:
        CHECKS[id] = Check(
            *(id, group, severity, paragraph, title, why, run),
            transports=transports,
            owns=frozenset(owns),
            listens=listens,
            alone=alone or listens,
        )
        return run

    return register
