"""Is a played call in order? Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aiflow_cli.conformance.check import Breach
from aiflow_cli.conformance.drive import Played
from aiflow_cli.conformance.leaks import find_leak


def first_breach(played: Sequence[Played], told: str) -> Breach | None:
    """The first delivery that the bot got wrong; its steps are the call up to there.

    An event that came when it should must be answered rightly. One that came twice, late or broken may be
    refused, but must not crash the bot, and no answer may show its inside.

    Args:
        told: the moves in words, for the message.
    """
    for number, one in enumerate(played, 1):
        problem = _problem(one)
        if problem is not None:
            steps = tuple(before.sent for before in played[:number])
            return Breach(f"{problem} ({told})", steps)
    return None


def _problem(one: Played) -> str | None:
    sent = one.sent
    name = sent.request.name
    if leak := find_leak(sent.reply.body):
        return f"the answer to {name} holds {leak}"
    if sent.told_secret:
        return f"the answer to {name} holds the secret"
    if sent.crashed or (one.lawful and not sent.accepted):
        return f"{name} was {sent.outcome}"
    if one.lawful:
        errors = [finding for finding in sent.findings if finding.severity == "error"]
        return f"{name}: {errors[0].message}" if errors else None
    return None
