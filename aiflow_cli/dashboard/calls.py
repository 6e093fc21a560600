"""What the local dashboard sends itself: a call that was placed, an exchange that is repeated."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.dashboard.problems import Invalid
from aiflow_cli.recording.exchange import Exchange, observe
from aiflow_cli.recording.redaction import REDACTED, Redactor
from aiflow_cli.store.flows import FlowRow
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from aiflow_cli.transports.reach import reach

Record = Callable[[Exchange], Exchange]
"""Stores an exchange without its secrets and gives it back with its id."""


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A call that a flow is to place.

    Args:
        url: of the flow's webhook.
        secret: sent as ``X-API-TOKEN``.
        number: the flow's, that calls.
        to_number: who is called.
        session_id: of the call.
    """

    flow_id: str
    url: str
    secret: str | None
    number: str
    to_number: str
    session_id: str


Player = Callable[[CallOrder, Record, threading.Event, Clock], None]
"""Plays an order to its end, or until the event is set. Runs in a thread of its own."""


def record_into(store: Store, *, secret: str | None) -> Record:
    """A ``Record`` that also takes the flow's own secret out."""
    redactor = Redactor([secret])
    return lambda exchange: store.append(redactor.exchange(exchange))


def record_unless_a_tunnel_does(store: Store, *, secret: str | None) -> Record:
    """A ``Record`` for a call that the dashboard places itself.

    The flow's URL may be a tunnel that writes to the same log: it has stored an exchange before it answers, so what is
    there first tells. Two of each would show, save and replay the call with everything said twice.
    """
    append = record_into(store, secret=secret)

    def record(exchange: Exchange) -> Exchange:
        first = store.first(Query(session_id=exchange.session_id), 1)
        return exchange if first and first[0].source == "tunnel" else append(exchange)

    return record


def no_player(order: CallOrder, record: Record, closing: threading.Event, clock: Clock) -> None:
    """Where nobody said how calls are played (``aiflow logs`` never places one)."""
    raise NotImplementedError("this dashboard was opened without a player")


def replay(store: Store, original: Exchange, flow: FlowRow | None, *, url: str | None, clock: Clock) -> Exchange:
    """Send the event of an exchange again and store what comes back.

    Args:
        flow: whose secret goes along, but only to the host it belongs to.
        url: where to; by default where the original went.

    Raises:
        Invalid: there is nothing to send, or nowhere to send it.
    """
    if original.event is None:
        raise Invalid({"exchangeId": "is not an event that could be sent again"})
    target = url or _recorded_url(original, flow)
    known = [original.url, *([flow.webhook_url] if flow is not None else [])]
    secret = flow.api_token if flow is not None and _origin(target) in map(_origin, known) else None
    at = rfc3339(clock.now())
    with reach(target, secret=secret) as webhook:
        reply = webhook.deliver(original.event)
    exchange = observe(
        original.event,
        reply,
        flow_id=original.flow_id,
        at=at,
        source="replay",
        url=target,
        transport=webhook.kind,
        replay_of=original.id,
    )
    return record_into(store, secret=secret)(exchange)


def _recorded_url(original: Exchange, flow: FlowRow | None) -> str:
    if REDACTED not in original.url:
        return original.url
    if flow is None:
        raise Invalid({"webhookUrl": "is missing: the recorded URL held a credential that was not recorded"})
    return flow.webhook_url


def _origin(url: str) -> str:
    """Scheme, host and port; as text, because a recorded URL need not be one that parses."""
    match = re.match(r"([a-z]+://)(?:[^/?#]*@)?([^/?#]*)", url)
    return "".join(match.groups()) if match else ""
