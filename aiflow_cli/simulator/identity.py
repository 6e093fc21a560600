"""Who calls whom, and when: fresh for every call, or fixed by a seed.

A fixed session id would hand a bot that keeps state the same call twice, so it takes ``--seed`` to get one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from aiflow_cli.clock import rfc3339
from aiflow_cli.protocol.samples import sample_session
from aiflow_cli.session.steps import Script

SEEDED_EPOCH_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z: when every seeded call connects."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Of one call.

    Args:
        session: the ``session`` object of every event.
        epoch_ms: Unix milliseconds of the moment the call connects.
        now: Unix seconds, for the time stamp of an exchange; None where the seed fixes it.
    """

    session: dict[str, Any]
    epoch_ms: int
    now: Callable[[], float] | None

    def at(self, call_time_ms: int) -> str:
        """When an exchange happened, for the log: RFC 3339."""
        return rfc3339((self.epoch_ms + call_time_ms) / 1000 if self.now is None else self.now())


def identify(
    script: Script, *, now: Callable[[], float], seed: int | None = None, session_id: str | None = None
) -> Identity:
    """A call of this script.

    Args:
        now: Unix seconds.
        seed: ids and times are the same each time.
        session_id: given from outside.
    """
    if seed is None:
        id, epoch_ms = str(uuid4()), round(now() * 1000)
    else:
        id, epoch_ms = str(UUID(int=random.Random(seed).getrandbits(128), version=4)), SEEDED_EPOCH_MS
    session = sample_session(session_id or id, caller=script.caller, number=script.number, direction=script.direction)
    return Identity(session, epoch_ms, now if seed is None else None)
