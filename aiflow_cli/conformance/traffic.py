"""What a check sent and what came back, in a form that can be shown and sent again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.rules import Delivery, judge
from aiflow_cli.recording.exchange import LOCAL_FLOW, Exchange, observe
from aiflow_cli.recording.redaction import REDACTED

SHORTEST_SECRET = 4
"""A shorter one would be found in any answer."""


@dataclass(frozen=True, slots=True)
class Token:
    """A value of the X-API-TOKEN header, and how a POSIX shell makes it from ``$AIFLOW_SECRET``.

    Args:
        value: what is sent; None sends no header.
        shell: the same for people; it holds no secret.
        header: the header's name.
    """

    value: str | None
    shell: str = ""
    header: str = "X-API-TOKEN"


_ORDERLY = frozenset({1000, 1002, 1003, 1007, 1008, 1009, *range(4400, 4500)})
"""Codes with which a webhook may close a WebSocket on what is no event (RFC 6455 section 7.4.1)."""

_FORBIDDEN = frozenset({401, 403, 1008, 3000, 3003, 4401, 4403})
"""Refused for want of the secret: by status, or by the close codes that stand for it."""

FRAME = "FRAME"
"""The method of a message on a WebSocket."""

NO_TOKEN = Token(None)
EMPTY_TOKEN = Token("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, or one event on a WebSocket.

    Args:
        method: of HTTP, or ``FRAME`` on a WebSocket.
        headers: beside the token.
        body: as sent.
        event: what ``body`` holds, where that is a lawful event.
        chunked: sent with ``Transfer-Encoding: chunked``.
        heeded: the rules look at its answer.
    """

    url: str
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    token: Token = NO_TOKEN
    event: dict[str, Any] | None = None
    chunked: bool = False
    heeded: bool = True

    @property
    def name(self) -> str:
        """``user_speak``, or ``GET``: for sentences."""
        if self.event is not None:
            return str(self.event.get("type"))
        return self.method if self.method not in ("POST", FRAME) else "the request"


class Sent:
    """A request of a check, and its reply.

    Args:
        check: id of the check that sent it.
        at: when; RFC 3339.
        secret: is taken out of the reply; ``told_secret`` says that it was there.
        refusal: why a WebSocket was refused or closed: a status of the handshake, or a close code.
    """

    def __init__(
        self,
        check: str,
        request: Request,
        reply: Reply,
        *,
        at: str,
        secret: str | None = None,
        refusal: int | None = None,
    ) -> None:
        self.check = check
        self.request = request
        self.reply = reply if secret is None else _without(reply, secret)
        self.told_secret = self.reply is not reply
        self.at = at
        self.refusal = refusal
        self.delivery = Delivery(request.event, self.reply)

    @property
    def accepted(self) -> bool:
        """An answer came, and its status is 2xx."""
        return self.reply.failure is None and not self.delivery.http_failed

    @property
    def crashed(self) -> bool:
        """No answer came, or one with a status of 500 or above; on a WebSocket, it was closed for an internal error."""
        if self.reply.failure is not None:
            return self.refusal not in _ORDERLY
        return (self.reply.status or 0) >= 500

    @property
    def forbidden(self) -> bool:
        """It was refused because of its secret."""
        return (self.reply.status if self.refusal is None else self.refusal) in _FORBIDDEN

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The JSON objects of the answer."""
        return self.delivery.answer.raw

    @cached_property
    def findings(self) -> list[Finding]:
        """What the rules of one exchange say."""
        return judge(self.delivery)

    def exchange(self, flow_id: str) -> Exchange:
        """The same for the exchange log."""
        lawful = self.request.event is not None
        return observe(
            self.request.event,
            self.reply,
            flow_id=flow_id or LOCAL_FLOW,
            at=self.at,
            source="check",
            url=self.request.url,
            transport="websocket" if self.request.method == FRAME else "http",
            raw_event=None if lawful else self.request.body.decode(errors="replace"),
        )

    @property
    def outcome(self) -> str:
        """``answered 500``: for sentences."""
        if self.reply.failure is not None:
            return f"not answered: {self.reply.failure.message}"
        return f"answered {self.reply.status}" if self.reply.status is not None else "answered"


def _without(reply: Reply, secret: str) -> Reply:
    """The same reply where the secret is not in it."""
    if len(secret) < SHORTEST_SECRET:
        return reply
    values = "\n".join(reply.headers.values())
    if secret.encode() not in reply.body and secret not in values:
        return reply
    return replace(
        reply,
        body=reply.body.replace(secret.encode(), REDACTED.encode()),
        frames=tuple(frame.replace(secret.encode(), REDACTED.encode()) for frame in reply.frames),
        headers={name: value.replace(secret, REDACTED) for name, value in reply.headers.items()},
    )
