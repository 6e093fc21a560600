"""What the local dashboard sends itself: a call that was placed, an exchange that is repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.dashboard.problems import Invalid
from aiflow_cli.protocol.reply import Failure, Reply
from aiflow_cli.protocol.samples import sample_session
from aiflow_cli.recording.exchange import Exchange, Source, observe
from aiflow_cli.recording.redaction import REDACTED, Redactor
from aiflow_cli.store.flows import FlowRow
from aiflow_cli.store.store import Store

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


def play_short_call(order: CallOrder, record: Record, closing: threading.Event, clock: Clock) -> None:
    """Answer, say hello, say goodbye, hang up: strictly one event at a time."""
    for event in _script(order):
        if closing.is_set():
            return
        at = rfc3339(clock.now())
        reply = _deliver(order.url, event, secret=order.secret)
        record(_observed(event, reply, flow_id=order.flow_id, at=at, source="call", url=order.url))


def _script(order: CallOrder) -> Iterator[dict[str, Any]]:
    session = sample_session(
        order.session_id, caller=order.to_number, number=order.number, direction="outbound", account_id="aiflow-local"
    )
    yield {"type": "session_start", "session": session}
    yield {"type": "user_speak", "session": session, "text": "Hello", "barged_in": False}
    yield {"type": "user_speak", "session": session, "text": "Goodbye", "barged_in": False}
    yield {"type": "session_end", "session": session, "reason": "hangup"}


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
    reply = _deliver(target, original.event, secret=secret)
    exchange = _observed(
        original.event, reply, flow_id=original.flow_id, at=at, source="replay", url=target, of=original
    )
    return record_into(store, secret=secret)(exchange)


def _recorded_url(original: Exchange, flow: FlowRow | None) -> str:
    if REDACTED not in original.url:
        return original.url
    if flow is None:
        raise Invalid({"webhookUrl": "is missing: the recorded URL held a credential that was not recorded"})
    return flow.webhook_url


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]


def _deliver(url: str, event: dict[str, Any], *, secret: str | None) -> Reply:
    from aiflow_cli.transports.http import HttpWebhook

    if not url.startswith(("http://", "https://")):
        return Reply(failure=Failure("connection-error", f"{url}: the dashboard sends events by HTTP only"))
    with HttpWebhook(url, secret=secret) as webhook:
        return webhook.deliver(event)


def _observed(
    event: dict[str, Any], reply: Reply, *, flow_id: str, at: str, source: Source, url: str, of: Exchange | None = None
) -> Exchange:
    repeated = of.id if of is not None else None
    return observe(event, reply, flow_id=flow_id, at=at, source=source, url=url, replay_of=repeated)
