"""Expectations that many checks share: each yields a Breach where it is not met."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from aiflow_cli.conformance.check import Breach
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.conformance.traffic import Sent


def accepted(sent: Sent, what: str = "") -> Iterator[Breach]:
    """The event was answered with 2xx."""
    if not sent.accepted:
        yield Breach(f"{sent.request.name} {what}".strip() + f" was {sent.outcome}", (sent,))


def as_well(probe: Probe, sent: Sent, what: str) -> Iterator[Breach]:
    """The event was answered with 2xx, as an ordinary one of its type is.

    Where the ordinary one fails too, the reason is another: ``every-event`` reports it.
    """
    breaches = list(accepted(sent, what))
    if breaches and not _fails_anyway(probe, sent.request.name):
        yield from breaches


def _fails_anyway(probe: Probe, kind: str) -> bool:
    with probe.call(start=kind != "session_start") as call:
        return told_off(call.send(kind))


def told_off(sent: Sent) -> bool:
    """Somebody was there, and did not accept the event. Nobody there is no comparison: the bot may have died before."""
    answered = sent.reply.failure is None or sent.refusal is not None
    return answered and not sent.accepted


def refused(sent: Sent, what: str) -> Iterator[Breach]:
    """The request was answered with 4xx."""
    if sent.reply.failure is not None or not 400 <= (sent.reply.status or 0) < 500:
        yield Breach(f"{what} was {sent.outcome}, not 4xx", (sent,))


def survived(sent: Sent, what: str) -> Iterator[Breach]:
    """The request was answered, and not with 5xx."""
    if sent.crashed:
        yield Breach(f"{what} was {sent.outcome}", (sent,))


def spoken(sent: Sent) -> str:
    """All that the answer holds, in lower case, to look for words in."""
    return json.dumps(sent.actions, ensure_ascii=False).lower()


def first(breaches: Iterable[Breach]) -> Iterator[Breach]:
    """The first breach alone, where the others would say the same."""
    for breach in breaches:
        yield breach
        return
