"""The checks' way to a webhook behind a WebSocket: a connection for each call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from aiflow_cli.conformance.probe import Call, Probe
from aiflow_cli.conformance.simultaneous import at_once
from aiflow_cli.conformance.traffic import FRAME, Request, Sent, Token
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event, sample_session
from aiflow_cli.transports.websocket import WebSocketWebhook

_SETTLE = 0.05
"""Seconds of quiet behind an answer, and in place of one. Less than a simulated call allows, since events that
are answered are waited for longer."""

_PATIENCE = 1.0
"""Seconds to wait for a frame that should come: the budget of protocol.md section 1."""

_ANSWERED = ("session_start", "user_speak", "dtmf_received")
"""What most bots answer."""


class WebSocketProbe(Probe):
    """A webhook behind ``ws(s)://``.

    Every event costs the quiet after which an answer counts as complete, so several checks run at a time.
    """

    transport = "websocket"
    event_types = EVENT_TYPES
    checks_at_once = 10

    def __init__(self, url: str, *, timeout: float | None = 5.0, settle: float = _SETTLE, **settings: Any) -> None:
        super().__init__(url, **settings)
        self._timeout = timeout
        self._settle = settle
        self._answered: set[str] = set()

    def _open(self, session: Mapping[str, Any]) -> WebSocketCall:
        return WebSocketCall(self, session, self.line(self.token))

    @contextmanager
    def connected(self) -> Iterator[WebSocketCall]:
        """A call that has begun, and that takes any message."""
        with self.call() as call:
            assert isinstance(call, WebSocketCall)
            yield call

    def line(self, token: Token) -> WebSocketWebhook:
        """A connection of its own, not yet open."""
        return WebSocketWebhook(self.url, secret=token.value, timeout=self._timeout, settle=self._settle)

    def reach(self) -> Sent:
        """Also learns which events the bot answers: only then is a late answer told from none."""
        first = self.knock(self.token)
        if first.accepted:
            answers = at_once(self, [partial(self._try, kind) for kind in _ANSWERED])
            self._answered = {sent.request.name for sent in answers if sent.actions}
        return first

    def _try(self, kind: str) -> Sent:
        with self.call(start=kind != "session_start") as call:
            return call.deliver(call.event(kind), patience=_PATIENCE)

    def patience(self, event: Mapping[str, Any]) -> float | None:
        """How long to wait for the answer to an event."""
        return _PATIENCE if event["type"] in self._answered else None

    def knock(self, token: Token) -> Sent:
        event = sample_event("session_start", self.fresh_id())
        call = WebSocketCall(self, sample_session(self.fresh_id()), self.line(token), token=token)
        try:
            return call.post(json.dumps(event), event=event if token.value == self.secret else None)
        finally:
            call.close()

    def renew(self) -> None:
        """Every call has a connection of its own already."""

    def close(self) -> None:
        """Every call has closed its own."""


class WebSocketCall(Call):
    """One call, and its connection."""

    _probe: WebSocketProbe

    def __init__(
        self, probe: WebSocketProbe, session: Mapping[str, Any], line: WebSocketWebhook, *, token: Token | None = None
    ) -> None:
        super().__init__(probe, session)
        self._line = line
        self._token = probe.token if token is None else token

    def _deliver(self, event: dict[str, Any], body: bytes, patience: float | None) -> Sent:
        return self.post(
            body.decode(), event=event, patience=self._probe.patience(event) if patience is None else patience
        )

    def post(
        self,
        message: str | bytes | Iterable[str],
        *,
        event: dict[str, Any] | None = None,
        patience: float | None = None,
    ) -> Sent:
        """Send anything: a text, a binary frame, or a text in fragments.

        Args:
            event: what the message holds, where that is a lawful event whose answer counts.
        """
        parts = message if isinstance(message, str | bytes) else tuple(message)
        body = (
            parts.encode() if isinstance(parts, str) else parts if isinstance(parts, bytes) else "".join(parts).encode()
        )
        request = Request(
            url=self._probe.url, body=body, method=FRAME, token=self._token, event=event, heeded=patience != 0
        )
        return self._probe.keep(request, lambda: self._sent(request, self._line.send(parts, patience=patience)))

    def _sent(self, request: Request, reply: Reply) -> Sent:
        refusal = self._line.refused_with if self._line.refused_with is not None else self._line.closed_with
        probe = self._probe
        return Sent(probe.check, request, reply, at=probe.now(), secret=probe.secret, refusal=refusal)

    def nudge(self) -> Sent:
        """See whether the bot is still there; its answer may be to what was sent before, so no rule looks at it."""
        event = self.event("user_speak")
        return self.post(json.dumps(event), patience=self._probe.patience(event))

    def finish(self) -> None:
        # Without waiting for quiet: the checks that look at the answer send it themselves.
        self.deliver(self.event("session_end"), patience=0)

    def close(self) -> None:
        self._line.close()
