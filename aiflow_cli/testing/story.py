"""A tested call as text: the transcript, with the turns that failed marked, and what was expected and what came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.render.calls import CallView
from aiflow_cli.session.expect import Unmet
from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening, TurnDone

MARK = ">"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason why a call failed.

    Args:
        what: the expectation's key, or the rule that was broken.
        details: lines below it.
        line: of the call file.
    """

    what: str
    details: tuple[str, ...] = ()
    line: int | None = None

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        details = ", ".join(" ".join(detail.split()) for detail in self.details)
        return f"{self.what}: {details}" if details else self.what

    def lines(self, file: str | None) -> Iterable[str]:
        where = f"{file}:{self.line}: " if file and self.line else ""
        yield f"{where}{self.what}"
        yield from (f"  {detail}" for detail in self.details)


def unmet_flaw(unmet: Unmet) -> Flaw:
    """Of an expectation that was not met."""
    return Flaw(unmet.key, (f"expected  {unmet.expected}", f"got       {unmet.got}"), unmet.line)


def flaws_of(exchange: Exchange) -> list[Flaw]:
    """Of an exchange that broke the protocol, or got no answer."""
    kind = exchange.type or "push"
    return [_finding_flaw(kind, finding) for finding in exchange.problems if finding.severity == "error"]


def _finding_flaw(kind: str, finding: Finding) -> Flaw:
    where = f" at {finding.path}" if finding.path else ""
    return Flaw(f"the answer to {kind} breaks {finding.rule}{where}", (finding.message,))


@dataclass(slots=True)
class _Part:
    """One turn of the transcript."""

    lines: list[str] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)


class Story:
    """Fed with what happens in a call, in order.

    Args:
        file: name of the call file, for the places of expectations.
    """

    def __init__(self, file: str | None = None) -> None:
        self._file = file
        self._view = CallView(timed=True)
        self._parts = [_Part()]

    def add(self, happening: Happening) -> None:
        """The next thing that happened. The end of a turn comes after ``blame`` of that turn."""
        part = self._parts[-1]
        part.lines += self._view.lines(happening)
        if isinstance(happening, Exchanged):
            part.flaws += flaws_of(happening.exchange)
        elif isinstance(happening, TurnDone):
            self._parts.append(_Part())
        elif isinstance(happening, Ended) and len(self._parts) > 1 and not part.flaws:
            # The last line of the call stands with its last turn.
            self._parts.pop()
            self._parts[-1].lines += part.lines

    def blame(self, flaw: Flaw) -> None:
        """Something is wrong with the turn under way."""
        self._parts[-1].flaws.append(flaw)

    @property
    def flaws(self) -> Sequence[Flaw]:
        return [flaw for part in self._parts for flaw in part.flaws]

    def lines(self, flaw_mark: str = "E") -> list[str]:
        """The whole call. Lines of a failed turn begin with ``>``, those about what is wrong with ``flaw_mark``."""
        found: list[str] = []
        for part in self._parts:
            mark = MARK if part.flaws else " "
            found += [f"{mark} {line}" for line in part.lines]
            found += [f"{flaw_mark}   {line}" for flaw in part.flaws for line in flaw.lines(self._file)]
        return found
