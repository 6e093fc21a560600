"""Glue: a call that the local dashboard is asked to place is played by the simulator."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiflow_cli.clock import Clock
    from aiflow_cli.dashboard.calls import CallOrder, Record

WORDS = ("Hello", "Can you hear me?", "Goodbye")
"""What the callee says, for nobody else is there to say it."""


def simulated_call(order: CallOrder, record: Record, closing: Event, clock: Clock) -> None:
    """Play the call in virtual time; a ``dashboard.calls.Player``."""
    from aiflow_cli.dashboard.calls import reach
    from aiflow_cli.protocol.samples import sample_session
    from aiflow_cli.session.steps import saying
    from aiflow_cli.simulator.call import Call, Options
    from aiflow_cli.simulator.caller import ScriptedCaller
    from aiflow_cli.simulator.happenings import Exchanged
    from aiflow_cli.simulator.identity import Identity

    session = sample_session(order.session_id, caller=order.to_number, number=order.number, direction="outbound")
    identity = Identity(session, round(clock.now() * 1000), clock.now)
    options = Options(source="call", flow_id=order.flow_id)
    with reach(order.url, secret=order.secret) as webhook:
        call = Call(webhook, ScriptedCaller(saying(WORDS).steps), identity, options=options)
        for happening in call.run():
            if isinstance(happening, Exchanged):
                record(happening.exchange)
            if closing.is_set():
                break
        for happening in call.abort():
            if isinstance(happening, Exchanged):
                record(happening.exchange)
