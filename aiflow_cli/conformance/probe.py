"""The checks' way to the webhook: calls, events and raw requests; everything sent is kept."""

from __future__ import annotations

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.conformance.traffic import NO_TOKEN, Request, Sent, Token
from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event, sample_session
from aiflow_cli.transports.http import SECRET_HEADER, HttpWebhook

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "User-Agent": "aiflow"}

# A webhook that refuses a request often leaves its body unread, which spoils the next request on the same
# connection. The check keep-alive looks for that; no other check shall stumble over it.
LAST_REQUEST: Mapping[str, str] = {"Connection": "close"}


class Probe(ABC):
    """One webhook under test.

    Args:
        url: of the webhook.
        secret: its shared secret, if it has one.
        on_sent: told of everything that was sent, in order (``--record``).
    """

    transport: Literal["http", "websocket"]
    event_types: tuple[str, ...]

    def __init__(
        self, url: str, *, secret: str | None, clock: Clock, on_sent: Callable[[Sent], None] | None = None
    ) -> None:
        self.url = url
        self.secret = secret
        self.token = Token(secret, "$AIFLOW_SECRET") if secret else NO_TOKEN
        self.sent: list[Sent] = []
        self.check = ""
        self._clock = clock
        self._on_sent = on_sent

    @contextmanager
    def call(self, session: Mapping[str, Any] | None = None, *, start: bool = True, end: bool = True) -> Iterator[Call]:
        """A call from ``session_start`` to ``session_end``.

        Args:
            session: of every event; default: all six fields and a fresh id.
            start: send ``session_start`` first.
            end: send ``session_end`` last, unless the check did.
        """
        call = self._open(session or sample_session(self.fresh_id()))
        try:
            if start:
                call.send("session_start")
            yield call
            if end and not call.ended:
                call.send("session_end")
        finally:
            call.close()

    @abstractmethod
    def knock(self, token: Token) -> Sent:
        """Begin a call with this token instead of the right one."""

    def fresh_id(self) -> str:
        """A session id that the webhook has never seen."""
        return str(uuid.uuid4())

    @abstractmethod
    def _open(self, session: Mapping[str, Any]) -> Call: ...

    def keep(self, request: Request, deliver: Callable[[], Sent]) -> Sent:
        """Send by ``deliver`` and keep the result. Safe to call from several threads."""
        sent = deliver()
        self.sent.append(sent)
        if self._on_sent is not None:
            self._on_sent(sent)
        return sent

    def now(self) -> str:
        return rfc3339(self._clock.now())

    def now_ms(self) -> int:
        return round(self._clock.now() * 1000)

    @abstractmethod
    def renew(self) -> None:
        """Drop every connection, so that the trouble of one check is not that of the next."""

    @abstractmethod
    def close(self) -> None:
        """Drop every connection for good."""


class Call(ABC):
    """One call of a check. Its events carry ``session``."""

    def __init__(self, probe: Probe, session: Mapping[str, Any]) -> None:
        self.session = dict(session)
        self.ended = False
        self._probe = probe

    @property
    def id(self) -> str:
        return str(self.session["id"])

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A complete event of this call; a field of value ``...`` is left out."""
        event = sample_event(kind, self.id, now_ms=self._probe.now_ms())
        event |= {"session": self.session, **fields}
        return {name: value for name, value in event.items() if value is not ...}

    def send(self, kind: str, **fields: Any) -> Sent:
        """Deliver an event of a documented type."""
        return self.deliver(self.event(kind, **fields))

    def say(self, text: str) -> Sent:
        """Deliver what the caller said."""
        return self.send("user_speak", text=text)

    def deliver(self, event: Mapping[str, Any], *, escaped: bool = False) -> Sent:
        """Deliver any event; ``escaped`` writes it in ASCII, with ``\\u`` escapes."""
        self.ended = self.ended or event.get("type") == "session_end"
        return self._deliver(dict(event), json.dumps(event, ensure_ascii=escaped).encode())

    @abstractmethod
    def _deliver(self, event: dict[str, Any], body: bytes) -> Sent: ...

    @abstractmethod
    def close(self) -> None:
        """Nothing more is sent."""


class HttpProbe(Probe):
    """A webhook behind ``http(s)://``."""

    transport = "http"
    # user_speech_started is delivered on WebSocket only (protocol.md section 1).
    event_types = tuple(kind for kind in EVENT_TYPES if kind != "user_speech_started")

    def __init__(self, url: str, *, timeout: float | None = 5.0, **settings: Any) -> None:
        super().__init__(url, **settings)
        self._timeout = timeout
        self._webhook = HttpWebhook(url, timeout=timeout)

    def _open(self, session: Mapping[str, Any]) -> Call:
        return _HttpCall(self, session)

    def knock(self, token: Token) -> Sent:
        event = sample_event("session_start", self.fresh_id())
        # Without its event: an answer to the wrong secret is none, and its actions are not judged.
        known = event if token.value == self.secret else None
        return self.request(json.dumps(event).encode(), token=token, event=known)

    def request(
        self,
        body: bytes = b"",
        *,
        method: str = "POST",
        headers: Mapping[str, str] = JSON_HEADERS,
        token: Token | None = None,
        event: dict[str, Any] | None = None,
        chunked: bool = False,
        last: bool = True,
    ) -> Sent:
        """Send anything.

        Args:
            headers: all of them but the token.
            token: instead of the right one.
            event: what the body holds, where that is a lawful event whose answer counts.
            last: ask the webhook to close the connection behind it.
        """
        request = Request(
            url=self.url,
            body=body,
            method=method,
            headers=headers,
            token=self.token if token is None else token,
            event=event,
            chunked=chunked,
        )
        return self.keep(request, lambda: self._send(request, last=last))

    def _send(self, request: Request, *, last: bool) -> Sent:
        headers = {**request.headers, **(LAST_REQUEST if last else {})}
        if request.token.value is not None:
            headers[request.token.header] = request.token.value
        at = self.now()
        content: bytes | Iterable[bytes] = _halves(request.body) if request.chunked else request.body
        reply = self._webhook.request(content, method=request.method, headers=headers)
        return Sent(self.check, request, reply, at=at, secret=self.secret)

    def get(self, url: str) -> Sent:
        """GET another URL of the same server, without the secret."""
        request = Request(url=url, method="GET", headers={"User-Agent": "aiflow"})
        with HttpWebhook(url, timeout=self._timeout) as other:
            reply = other.request(b"", method="GET", headers=request.headers)
        return self.keep(request, lambda: Sent(self.check, request, reply, at=self.now(), secret=self.secret))

    def renew(self) -> None:
        self._webhook.close()
        self._webhook = HttpWebhook(self.url, timeout=self._timeout)

    def close(self) -> None:
        self._webhook.close()


class _HttpCall(Call):
    _probe: HttpProbe

    def _deliver(self, event: dict[str, Any], body: bytes) -> Sent:
        return self._probe.request(body, event=event, last=False)

    def close(self) -> None:
        """The connection is the probe's: HTTP does not know about calls."""


def _halves(body: bytes) -> Iterator[bytes]:
    """Two chunks, so that the cut is somewhere inside the JSON."""
    middle = len(body) // 2
    yield body[:middle]
    yield body[middle:]


__all__ = ["JSON_HEADERS", "LAST_REQUEST", "SECRET_HEADER", "Call", "HttpProbe", "Probe"]
