"""The checks' way to a webhook behind HTTP: events, and any other request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiflow_cli.conformance.probe import Call, Probe
from aiflow_cli.conformance.traffic import Request, Sent, Token
from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event
from aiflow_cli.transports.http import HttpWebhook

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "User-Agent": "aiflow"}

# A webhook that refuses a request often leaves its body unread, which spoils the next request on the same
# connection. The check keep-alive looks for that; no other check shall stumble over it.
LAST_REQUEST: Mapping[str, str] = {"Connection": "close"}


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

    def _deliver(self, event: dict[str, Any], body: bytes, patience: float | None) -> Sent:
        return self._probe.request(body, event=event, last=False)

    def close(self) -> None:
        """The connection is the probe's: HTTP does not know about calls."""


def _halves(body: bytes) -> Iterator[bytes]:
    """Two chunks, so that the cut is somewhere inside the JSON."""
    middle = len(body) // 2
    yield body[:middle]
    yield body[middle:]
