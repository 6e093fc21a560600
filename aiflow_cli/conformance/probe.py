"""The checks' way to the webhook: calls, events and raw requests; everything sent is kept."""

from __future__ import annotations

import json
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.conformance.traffic import NO_TOKEN, Request, Sent, Token
from aiflow_cli.protocol.samples import sample_event, sample_session


class Probe(ABC):
    """One webhook under test.

    Args:
        url: of the webhook.
        secret: its shared secret, if it has one.
        on_sent: told of everything that was sent, in order (``--record``).
    """

    transport: Literal["http", "websocket"]
    event_types: tuple[str, ...]
    checks_at_once: int = 1
    """How many checks may run at the same time."""

    def __init__(
        self, url: str, *, secret: str | None, clock: Clock, on_sent: Callable[[Sent], None] | None = None
    ) -> None:
        self.url = url
        self.secret = secret
        self.token = Token(secret, "$AIFLOW_SECRET") if secret else NO_TOKEN
        self.sent: list[Sent] = []
        self._checks = threading.local()
        self._clock = clock
        self._on_sent = on_sent

    @property
    def check(self) -> str:
        """Id of the check that this thread runs."""
        return getattr(self._checks, "id", "")

    @check.setter
    def check(self, id: str) -> None:
        self._checks.id = id

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
                call.start()
            yield call
            if end and not call.ended:
                call.finish()
        finally:
            call.close()

    @abstractmethod
    def knock(self, token: Token) -> Sent:
        """Begin a call with this token instead of the right one."""

    def reach(self) -> Sent:
        """See that somebody is there. The first thing that is sent."""
        return self.knock(self.token)

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

    def say(self, text: str, *, patience: float | None = None) -> Sent:
        """Deliver what the caller said."""
        return self.deliver(self.event("user_speak", text=text), patience=patience)

    def deliver(self, event: Mapping[str, Any], *, escaped: bool = False, patience: float | None = None) -> Sent:
        """Deliver any event.

        Args:
            escaped: write it in ASCII, with ``\\u`` escapes.
            patience: seconds to wait for a first frame (WebSocket: nothing says that there is none).
        """
        self.ended = self.ended or event.get("type") == "session_end"
        return self._deliver(dict(event), json.dumps(event, ensure_ascii=escaped).encode(), patience)

    def start(self) -> Sent:
        """The call is connected."""
        return self.send("session_start")

    def finish(self) -> None:
        """The call is over; nobody looks at the answer."""
        self.send("session_end")

    @abstractmethod
    def _deliver(self, event: dict[str, Any], body: bytes, patience: float | None) -> Sent: ...

    @abstractmethod
    def close(self) -> None:
        """Nothing more is sent."""
