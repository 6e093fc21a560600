"""Calls that somebody else orders: the local dashboard's ``POST .../call`` (dashboard-api.md)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from aiflow_cli.clock import Clock
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.session.steps import Script, Step
from aiflow_cli.simulator.call import Options
from aiflow_cli.simulator.happenings import Exchanged
from aiflow_cli.simulator.play import scripted
from aiflow_cli.transports.reach import reach

STEPS = (Step(kind="say", text="Hello"), Step(kind="say", text="Goodbye"))
"""What the person who is called says: enough to hear a greeting, an answer and an end."""


class Order(Protocol):
    """Who is called by which flow; the dashboard's ``CallOrder``."""

    @property
    def flow_id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def secret(self) -> str | None: ...
    @property
    def number(self) -> str: ...
    @property
    def to_number(self) -> str: ...
    @property
    def session_id(self) -> str: ...


def play_order(order: Order, record: Callable[[Exchange], object], closing: threading.Event, clock: Clock) -> None:
    """Play a call to its end; once ``closing`` is set the caller hangs up. Every exchange is handed to ``record``."""
    script = Script(steps=STEPS, direction="outbound", caller=order.to_number, number=order.number)
    webhook = reach(order.url, secret=order.secret)
    options = Options(flow_id=order.flow_id)
    call = scripted(script, webhook, options=options, clock=clock, session_id=order.session_id)
    try:
        for happening in call.run():
            if isinstance(happening, Exchanged):
                record(happening.exchange)
            if closing.is_set():
                break
        for happening in call.abort():
            if isinstance(happening, Exchanged):
                record(happening.exchange)
    finally:
        webhook.close()
