"""What the recorder saw, as exchanges. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiflow_cli.clock import rfc3339
from aiflow_cli.protocol.codec import load_json
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Failure, Reply
from aiflow_cli.recorder.messages import Headers, Refusal
from aiflow_cli.recorder.upstream import AppAnswer
from aiflow_cli.recording.exchange import Exchange, Transport, observe

MAX_RAW_EVENT = 64 * 1024
"""Characters kept of a body that is not an event."""

CLIENT_GONE = Finding("caller-gone", "warning", "the caller's side had closed the connection before the answer came")


@dataclass(frozen=True, slots=True)
class Witness:
    """Turns what went over the wire into exchanges.

    Args:
        flow_id: the flow that the exchanges belong to.
        url: of the webhook.
    """

    flow_id: str
    url: str

    def answered(
        self,
        body: bytes,
        answer: AppAnswer,
        *,
        at: float,
        findings: Sequence[Finding] = (),
        transport: Transport = "http",
    ) -> Exchange:
        """An event that was forwarded. ``at`` is Unix time in seconds."""
        return self._observe(body, _reply(answer), at=at, findings=findings, transport=transport)

    def conversed(self, body: bytes, reply: Reply, *, at: float, findings: Sequence[Finding] = ()) -> Exchange:
        """An event frame and the frames that answered it; an empty ``body`` for a push."""
        return self._observe(body, reply, at=at, findings=findings, transport="websocket")

    def rejected(self, body: bytes, refusal: Refusal, *, at: float) -> Exchange:
        """A request that the recorder answered by itself."""
        reply = Reply(failure=Failure("rejected", refusal.message))
        return replace(self._observe(body, reply, at=at), status=refusal.status)

    def _observe(
        self,
        body: bytes,
        reply: Reply,
        *,
        at: float,
        findings: Sequence[Finding] = (),
        transport: Transport = "http",
    ) -> Exchange:
        event, raw_event = read_event_body(body)
        return observe(
            event,
            reply,
            flow_id=self.flow_id,
            at=rfc3339(at),
            source="tunnel",
            url=self.url,
            transport=transport,
            raw_event=raw_event,
            findings=findings,
        )


def read_event_body(body: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """The event, or the text of what is none; (None, None) for nothing at all."""
    if not body:
        return None, None
    try:
        event = load_json(body)
    except ValueError:
        event = None
    if isinstance(event, dict):
        return event, None
    return None, body[: MAX_RAW_EVENT * 4].decode("utf-8", errors="replace")[:MAX_RAW_EVENT]


def _reply(answer: AppAnswer) -> Reply:
    response = answer.response
    if response is None:
        return Reply(failure=answer.failure, duration_ms=answer.duration_ms)
    body = _decoded(response.headers, response.body)
    return Reply(status=response.status, body=body, duration_ms=answer.duration_ms)


def _decoded(headers: Headers, body: bytes) -> bytes:
    """The body as the service reads it: the app may compress it. What cannot be decoded stays as it is."""
    coding = next((value.strip().lower() for name, value in headers if name.lower() == b"content-encoding"), b"")
    if coding not in (b"gzip", b"x-gzip", b"deflate"):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MAX_ANSWER_BYTES + 1)
    except zlib.error:
        return body
