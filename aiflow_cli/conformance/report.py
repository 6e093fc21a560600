"""Results and their score. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiflow_cli.conformance.check import FUZZING, GROUPS, Breach, Check

Status = Literal["passed", "failed", "not-run"]
WEIGHTS = {"error": 5, "warning": 2, "note": 1}
"""What a check counts in the score."""

_BEST_WITH_A_GAP = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one check.

    Args:
        breaches: why it failed.
        reason: why it was not run.
        duration_ms: of the check, in milliseconds.
    """

    check: Check
    status: Status
    breaches: tuple[Breach, ...] = ()
    reason: str = ""
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group of the score: ``passed`` of ``run`` checks; ``run`` is 0 where none of them ran."""

    name: str
    passed: int
    run: int


class Report:
    """All results of a run, and the score from 0 to 100.

    The score is the share of weight that passed, rounded down. Checks that were not run count neither way,
    but 100 needs a result from every group that the transport has.

    Args:
        groups: those that the transport has.
    """

    def __init__(self, url: str, transport: str, groups: Sequence[str], results: Sequence[Result]) -> None:
        self.url = url
        self.transport = transport
        self.results = tuple(results)
        self._groups = [group for group in (*GROUPS, FUZZING) if group in groups]

    @property
    def groups(self) -> list[GroupScore]:
        return [self._group(name) for name in self._groups]

    def _group(self, name: str) -> GroupScore:
        ran = [result for result in self.results if result.check.group == name and result.status != "not-run"]
        return GroupScore(name, sum(result.status == "passed" for result in ran), len(ran))

    @property
    def missing_groups(self) -> list[str]:
        """Groups of which nothing ran."""
        return [group.name for group in self.groups if group.run == 0]

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.results if result.status == "failed"]

    @property
    def score(self) -> int:
        weights = {True: 0, False: 0}
        for result in self.results:
            if result.status != "not-run":
                weights[result.status == "passed"] += WEIGHTS[result.check.severity]
        total = weights[True] + weights[False]
        score = 100 * weights[True] // total if total else 0
        return min(score, _BEST_WITH_A_GAP) if self.missing_groups else score
