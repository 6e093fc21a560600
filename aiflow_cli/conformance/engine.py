"""Runs checks against a probe and yields a Result for each; who shows them is not its business."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiflow_cli.conformance.check import GROUPS, Breach, Check
from aiflow_cli.conformance.manifest import CHECKS, MANIFEST
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.conformance.report import Result
from aiflow_cli.conformance.traffic import Sent
from aiflow_cli.errors import CheckFailed, UsageError, WebhookError, closest
from aiflow_cli.protocol.finding import Severity

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
NO_SECRET = "no secret is set (AIFLOW_SECRET)"


def select(
    transport: str, *, only: Iterable[str] = (), skip: Iterable[str] = (), severity: Severity = "note"
) -> tuple[Check, ...]:
    """The checks to report.

    Args:
        only: ids of checks or groups; default all.
        skip: ids of checks or groups.
        severity: the lowest that counts.

    Raises:
        UsageError: an id that is neither, or nothing is left.
    """
    wanted = _named(only) or set(CHECKS)
    levels = _SEVERITIES[: _SEVERITIES.index(severity) + 1]
    ids = wanted - _named(skip)
    found = tuple(c for c in MANIFEST if c.id in ids and c.severity in levels and transport in c.transports)
    if not found:
        raise UsageError("no check is left to run", hint="`aiflow check --list` shows them all")
    return found


def _named(names: Iterable[str]) -> set[str]:
    ids: set[str] = set()
    for name in names:
        members = {check.id for check in MANIFEST if name in (check.id, check.group)}
        if not members:
            close = closest(name, [*CHECKS, *GROUPS])
            hint = f"did you mean {close}?" if close else "`aiflow check --list` shows them all"
            raise UsageError(f"there is no check or group {name}", hint=hint)
        ids |= members
    return ids


def run(checks: Sequence[Check], probe: Probe) -> Iterator[Result]:
    """Run the checks in the order of the manifest.

    A check that listens needs the traffic of all others: these are then run too, but not reported.

    Raises:
        WebhookError, CheckFailed: as ``reach`` does.
    """
    runner = _Runner(probe, refused=not reach(probe))
    reported = {check.id for check in checks}
    for batch in _batches(_plan(reported, probe), probe.checks_at_once):
        for result in runner.results(batch):
            if result.check.id in reported:
                yield result


def _plan(reported: set[str], probe: Probe) -> list[Check]:
    """What is reported, and what that needs."""
    here = [check for check in MANIFEST if probe.transport in check.transports]
    needs_all = any(check.listens for check in here if check.id in reported)
    return [check for check in here if check.id in reported or (needs_all and not check.listens)]


def _batches(plan: list[Check], at_once: int) -> Iterator[list[Check]]:
    """Checks that may run at the same time."""
    batch: list[Check] = []
    for check in plan:
        if batch and (at_once == 1 or check.alone or batch[-1].alone):
            yield batch
            batch = []
        batch.append(check)
    if batch:
        yield batch


def reach(probe: Probe) -> bool:
    """One event to see that somebody is there; False where the webhook refuses our secret.

    Raises:
        WebhookError: the webhook cannot be reached.
        CheckFailed: it asks for a secret where none is set.
    """
    probe.check = "secret-accepted"
    sent = probe.reach()
    if sent.reply.failure is not None and not sent.forbidden:
        raise WebhookError(sent.reply.failure.message, hint=_UNREACHED[sent.reply.failure.kind])
    if sent.forbidden and not probe.secret:
        hint = "set AIFLOW_SECRET, or run this in the project's folder, where .env has it"
        raise CheckFailed(f"the webhook expects a secret (it {_refusal(sent)})", hint=hint)
    return not sent.forbidden


def _refusal(sent: Sent) -> str:
    return f"answers {sent.reply.status}" if sent.refusal is None else f"refuses the connection with {sent.refusal}"


_UNREACHED = {
    "connection-error": "start the bot first (its README says how), or name another URL",
    "timeout": "a caller waits 1 s; --timeout waits longer",
    "rejected": "see what the webhook logs",
}


class _Runner:
    """Runs checks, and knows when there is no point in running another."""

    def __init__(self, probe: Probe, *, refused: bool) -> None:
        self._probe = probe
        self._refused = refused
        self._stopped = ""

    def results(self, batch: list[Check]) -> Iterator[Result]:
        """In the order of the batch, as soon as they are there."""
        if len(batch) == 1:
            yield self._result(batch[0])
            return
        with ThreadPoolExecutor(self._probe.checks_at_once) as pool:
            yield from pool.map(self._result, batch)

    def _result(self, check: Check) -> Result:
        if reason := self._no_point(check):
            return Result(check=check, status="not-run", reason=reason)
        self._probe.check = check.id
        started = time.perf_counter()
        breaches = tuple(check.run(self._probe))
        took = (time.perf_counter() - started) * 1000
        if breaches:
            self._after_failure(check, breaches)
        return Result(check=check, status="failed" if breaches else "passed", breaches=breaches, duration_ms=took)

    def _no_point(self, check: Check) -> str:
        if check.group == "secret" and not self._probe.secret:
            return NO_SECRET
        if self._refused and check.id != "secret-accepted":
            return "the webhook refuses the secret"
        return self._stopped

    def _after_failure(self, check: Check, breaches: Sequence[Breach]) -> None:
        """A bot that died under a check is dead for the others too."""
        self._probe.renew()
        if all(breach.steps[-1].reply.failure is None for breach in breaches):
            return
        again = self._probe.knock(self._probe.token)
        if again.reply.failure is not None and not again.forbidden:
            self._stopped = self._stopped or f"the webhook stopped answering during {check.id}"
