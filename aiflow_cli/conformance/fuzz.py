"""Plays generated calls until one breaks the bot, and shrinks that one. Needs the extra ``test`` (Hypothesis)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from aiflow_cli.conformance.check import FUZZING, Breach, Check
from aiflow_cli.conformance.drive import Played, play
from aiflow_cli.conformance.moves import Move, in_words
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.conformance.report import Result
from aiflow_cli.conformance.verdict import first_breach
from aiflow_cli.errors import UsageError

CHECK = Check(
    "fuzz",
    FUZZING,
    "error",
    "3",
    "No generated call breaks the bot",
    "Callers interrupt, storm the keys and hang up in mid-sentence; networks deliver late and twice.",
    run=lambda probe: iter(()),
)
"""Not in the manifest: it is run by ``fuzz``, and its result is made by ``result``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A call that breaks the bot.

    Args:
        moves: of the shortest such call.
        played: what it sent and got.
        breach: what is wrong.
        every_time: it breaks the bot whenever it is played.
    """

    moves: tuple[Move, ...]
    played: tuple[Played, ...]
    breach: Breach
    every_time: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What fuzzing came to.

    Args:
        calls: number of calls played, shrinking included.
        seconds: that it took.
        found: None where no call broke the bot.
    """

    seed: int
    calls: int
    seconds: float
    found: Found | None


class Broken(Exception):
    """Tells Hypothesis that this call breaks the bot."""


class Hunt:
    """Plays calls, and remembers which of them broke the bot."""

    def __init__(self, probe: Probe, *, seconds: float, on_call: Callable[[int], None]) -> None:
        self._probe = probe
        self._deadline = time.monotonic() + seconds
        self._on_call = on_call
        self._found: dict[tuple[Move, ...], Found] = {}
        self._gone = False
        self.calls = 0
        self.last: Found | None = None

    def attempt(self, moves: Sequence[Move]) -> None:
        """Raises Broken where the call breaks the bot; once time is over, only for calls that are known to."""
        known = self._found.get(tuple(moves))
        if self._gone or time.monotonic() > self._deadline:
            return self._tell(known) if known is not None else None
        self.calls += 1
        self._on_call(self.calls)
        # A long run would keep every call in memory.
        self._probe.sent.clear()
        played = tuple(play(self._probe, moves))
        breach = first_breach(played, in_words(moves))
        if breach is None:
            return
        self._probe.renew()
        found = self._found[tuple(moves)] = Found(tuple(moves), played, breach)
        self._gone = breach.steps[-1].reply.failure is not None and self._is_gone()
        self._tell(found)

    def _tell(self, found: Found) -> NoReturn:
        self.last = found
        raise Broken

    def _is_gone(self) -> bool:
        """A bot that a call took down cannot be asked for a shorter one."""
        again = self._probe.knock(self._probe.token)
        return again.reply.failure is not None and not again.forbidden


def fuzz(
    probe: Probe, *, seed: int, examples: int, seconds: float, on_call: Callable[[int], None] = lambda number: None
) -> Outcome:
    """Play up to ``examples`` calls, for up to ``seconds``.

    Raises:
        UsageError: Hypothesis is not installed.
    """
    try:
        import hypothesis
        from hypothesis.configuration import set_hypothesis_home_dir
        from hypothesis.errors import Flaky
    except ModuleNotFoundError:
        hint = "pip install 'aiflow-cli[test]'"
        raise UsageError("--fuzz needs Hypothesis, which is not installed", hint=hint) from None
    started = time.monotonic()
    hunt = Hunt(probe, seconds=seconds, on_call=on_call)
    probe.check = CHECK.id
    every_time = True
    # It would leave a folder of its own in the user's project.
    with TemporaryDirectory() as home:
        set_hypothesis_home_dir(home)
        try:
            _search(hypothesis, hunt, seed=seed, examples=examples)
        except Broken:
            pass
        except Flaky:
            every_time = False
    found = hunt.last
    if found is not None:
        found = replace(polished(found, hunt) if every_time else found, every_time=every_time)
    return Outcome(seed=seed, calls=hunt.calls, seconds=time.monotonic() - started, found=found)


def polished(found: Found, hunt: Hunt) -> Found:
    """Shrunk by what Hypothesis cannot know: keys can be pressed in one move, and each may be one too many."""
    for shorter in _shorter(found.moves):
        try:
            hunt.attempt(shorter)
        except Broken:
            assert hunt.last is not None
            return polished(hunt.last, hunt)
    return found


def _shorter(moves: tuple[Move, ...]) -> Iterator[tuple[Move, ...]]:
    for at, (one, two) in enumerate(pairwise(moves)):
        if one.kind == two.kind == "press":
            yield (*moves[:at], replace(one, text=one.text + two.text), *moves[at + 2 :])
    for at in range(len(moves)):
        yield (*moves[:at], *moves[at + 1 :])
    for at, move in enumerate(moves):
        if move.kind == "press" and len(move.text) > 1:
            for key in range(len(move.text)):
                yield (*moves[:at], replace(move, text=move.text[:key] + move.text[key + 1 :]), *moves[at + 1 :])


def result(outcome: Outcome, *, again: str) -> Result:
    """The outcome as the result of a check.

    Args:
        again: the command line that finds it again.
    """
    found = outcome.found
    if found is None:
        return Result(check=CHECK, status="passed", duration_ms=outcome.seconds * 1000)
    often = "" if found.every_time else "; it does not happen every time"
    breach = replace(found.breach, message=found.breach.message + often, again=again)
    return Result(check=CHECK, status="failed", breaches=(breach,), duration_ms=outcome.seconds * 1000)


def _search(hypothesis: Any, hunt: Hunt, *, seed: int, examples: int) -> None:
    from aiflow_cli.conformance.generate import calls

    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )

    def attempt(moves: list[Move]) -> None:
        hunt.attempt(moves)

    hypothesis.seed(seed)(settings(hypothesis.given(calls)(attempt)))()
