"""What every request must pass before the API sees it. Pure ASGI: BaseHTTPMiddleware would break the streams.

The server listens on loopback, but a browser on this machine shows pages of strangers: a name that resolves to
127.0.0.1 (DNS rebinding) is told by its Host header, a page that posts to us by its Origin.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from aiflow_cli.dashboard.problems import MEDIA_TYPE, TYPE_PREFIX

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MAX_BODY = 1 << 20
OUR_NAMES = ("127.0.0.1", "localhost", "[::1]")
_READING = ("GET", "HEAD", "OPTIONS")
_OPEN_TO_ALL = ("/healthz",)


class Guard:
    """Checks Host, Origin, token and size.

    Args:
        app: what is guarded.
        token: where set, requests must bring it as ``Authorization: Bearer``.
    """

    def __init__(self, app: App, *, token: str | None = None) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode() if token else None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        refusal = self._refusal(scope)
        if refusal is None and scope["method"] not in _READING:
            body = await _body(receive)
            if body is None:
                refusal = _refuse(413, "too-large", "The body is too large", f"at most {MAX_BODY} bytes are read")
            else:
                receive = _again(body, receive)
        if refusal is None:
            return await self._app(scope, receive, send)
        for message in refusal:
            await send(message)

    def _refusal(self, scope: MutableMapping[str, Any]) -> list[Message] | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = _values(headers, b"host")
        if len(hosts) != 1 or _name(hosts[0]) not in OUR_NAMES:
            return _refuse(403, "foreign-host", "The Host header names somebody else", "use http://127.0.0.1")
        if scope["method"] not in _READING and not _from_here(headers, hosts[0]):
            detail = "a page of another origin must not change anything here"
            return _refuse(403, "foreign-origin", "The request comes from a foreign page", detail)
        if self._expected is not None and scope["path"] not in _OPEN_TO_ALL:
            sent = _values(headers, b"authorization")
            if len(sent) != 1 or not hmac.compare_digest(sent[0], self._expected):
                detail = "send the token that the server was started with"
                return _refuse(401, "unauthorized", "A credential is needed", detail, (b"www-authenticate", b"Bearer"))
        return None


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def _name(host: bytes) -> str:
    """The host without its port; whatever is not quite a host stays as it is and matches nothing."""
    text = host.decode("latin-1").lower()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isascii() and port.isdigit() else text


def _from_here(headers: list[tuple[bytes, bytes]], host: bytes) -> bool:
    """No browser (no Origin), or a page of this very server."""
    origins = _values(headers, b"origin")
    if any(origin.lower() != b"http://" + host.lower() for origin in origins):
        return False
    return all(site in (b"same-origin", b"none") for site in _values(headers, b"sec-fetch-site"))


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand the body that was read to the application, then whatever else comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


def _refuse(status: int, name: str, title: str, detail: str, *headers: tuple[bytes, bytes]) -> list[Message]:
    body = json.dumps({"type": TYPE_PREFIX + name, "title": title, "status": status, "detail": detail}).encode()
    common = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    return [
        {"type": "http.response.start", "status": status, "headers": [*common, *headers]},
        {"type": "http.response.body", "body": body},
    ]
