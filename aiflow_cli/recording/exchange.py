"""The Exchange: one event delivered, and what came back (dashboard-api.md, "Exchange").

A plain dataclass, because reading the log must not pay for building validators. Field names are
snake_case here and camelCase in JSON; events and actions keep the names of the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from aiflow_cli.protocol.finding import Finding

if TYPE_CHECKING:
    from aiflow_cli.protocol.codec import Answer
    from aiflow_cli.protocol.reply import Reply

Source = Literal["send-event", "call", "demo", "tunnel", "replay", "check", "test"]
Transport = Literal["http", "websocket"]
Outcome = Literal["rejected", "connection-error", "timeout", "http-error", "invalid-action", "slow", "no-action", "ok"]
SOURCES: tuple[str, ...] = get_args(Source)
OUTCOMES: tuple[str, ...] = get_args(Outcome)

MAX_RAW_ANSWER = 64 * 1024
"""Characters of an answer that did not parse that are kept."""

LOCAL_FLOW = "local"
"""Id of the flow that always exists in the local store."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""json.dumps with settings makes a new one each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One event delivered and what came back.

    Args:
        id: given by the store, ascending in commit order; None before it is stored.
        flow_id: the flow it belongs to.
        session_id: ``session.id`` of the event; None where there is none.
        at: when the event was sent; RFC 3339, UTC, milliseconds.
        source: which command sent it.
        transport: ``http`` or ``websocket``.
        url: of the webhook.
        event: the event; None where it was no JSON object (then ``raw_event``) or for an unasked push.
        actions: the JSON objects of the answer, as they came.
        status: HTTP status; None on WebSocket and where nothing came back.
        duration_ms: time to the complete answer, in milliseconds; None where nothing came back.
        outcome: one word for the whole.
        problems: findings, errors first.
        raw_event: the event's text where it was not a JSON object.
        replay_of: id of the exchange that this one repeats.
        raw_answer: the body where it did not parse or was not 2xx, cut at 64 KiB.
    """

    flow_id: str
    at: str
    source: Source
    url: str
    outcome: Outcome
    transport: Transport = "http"
    id: int | None = None
    session_id: str | None = None
    event: dict[str, Any] | None = None
    actions: Sequence[dict[str, Any]] = ()
    status: int | None = None
    duration_ms: float | None = None
    problems: Sequence[Finding] = ()
    raw_event: str | None = None
    replay_of: int | None = None
    raw_answer: str | None = None

    @property
    def type(self) -> str | None:
        """The event's type."""
        kind = self.event.get("type") if self.event else None
        return kind if isinstance(kind, str) else None

    @property
    def failed(self) -> bool:
        """The caller would notice: no answer, or one with an error."""
        return self.outcome in ("rejected", "connection-error", "timeout", "http-error", "invalid-action")

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the dashboard API; ``rawEvent`` and ``rawAnswer`` only where they are set."""
        data: dict[str, Any] = {
            "id": self.id,
            "flowId": self.flow_id,
            "sessionId": self.session_id,
            "at": self.at,
            "source": self.source,
            "transport": self.transport,
            "url": self.url,
            "event": self.event,
            "actions": list(self.actions),
            "status": self.status,
            "durationMs": self.duration_ms,
            "outcome": self.outcome,
            "problems": [finding.to_dict() for finding in self.problems],
            "replayOf": self.replay_of,
        }
        if self.raw_event is not None:
            data["rawEvent"] = self.raw_event
        if self.raw_answer is not None:
            data["rawAnswer"] = self.raw_answer
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Exchange:
        """The inverse of ``to_dict``; raises KeyError or TypeError on anything else."""
        return cls(
            id=data["id"],
            flow_id=data["flowId"],
            session_id=data["sessionId"],
            at=data["at"],
            source=data["source"],
            transport=data["transport"],
            url=data["url"],
            event=data["event"],
            actions=data["actions"],
            status=data["status"],
            duration_ms=data["durationMs"],
            outcome=data["outcome"],
            problems=[Finding.from_dict(problem) for problem in data["problems"]],
            replay_of=data.get("replayOf"),
            raw_event=data.get("rawEvent"),
            raw_answer=data.get("rawAnswer"),
        )

    def to_json(self) -> str:
        return _ENCODER.encode(self.to_dict())

    def with_id(self, id: int) -> Exchange:
        return replace(self, id=id)


def observe(
    event: dict[str, Any] | None,
    reply: Reply,
    *,
    flow_id: str,
    at: str,
    source: Source,
    url: str,
    transport: Transport = "http",
    answer: Answer | None = None,
    raw_event: str | None = None,
    replay_of: int | None = None,
    findings: Sequence[Finding] = (),
) -> Exchange:
    """Judge a reply and make the Exchange of it.

    Args:
        answer: the actions where they are not in ``reply.body`` (frames of a WebSocket).
        findings: what the caller already knows to be wrong (``late-push``, ``rejected``).
    """
    from aiflow_cli.protocol.rules import Delivery, judge

    delivery = Delivery(event, reply, answer)
    problems = [*findings, *judge(delivery)]
    if reply.failure is not None:
        problems.insert(0, Finding(reply.failure.kind, "error", reply.failure.message))
    unparsed = delivery.answer.error is not None or delivery.http_failed
    return Exchange(
        flow_id=flow_id,
        session_id=delivery.session_id,
        at=at,
        source=source,
        transport=transport,
        url=url,
        event=event,
        actions=delivery.answer.raw,
        status=reply.status,
        duration_ms=None if reply.failure else round(reply.duration_ms, 3),
        outcome=_outcome(delivery.http_failed, reply, problems, delivery.answer.raw),
        problems=problems,
        raw_event=raw_event,
        replay_of=replay_of,
        raw_answer=_raw_answer(reply) if unparsed and reply.body else None,
    )


def _outcome(http_failed: bool, reply: Reply, problems: Sequence[Finding], actions: Sequence[object]) -> Outcome:
    """The first that applies, in the order of dashboard-api.md."""
    if reply.failure is not None:
        return reply.failure.kind
    if http_failed:
        return "http-error"
    if any(finding.severity == "error" for finding in problems):
        return "invalid-action"
    if any(finding.rule == "slow-answer" for finding in problems):
        return "slow"
    return "ok" if actions else "no-action"


def _raw_answer(reply: Reply) -> str:
    return reply.body[: MAX_RAW_ANSWER * 4].decode("utf-8", errors="replace")[:MAX_RAW_ANSWER]
