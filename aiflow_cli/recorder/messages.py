"""Requests and responses between the two sides of the recorder, and their heads as bytes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus

Headers = list[tuple[bytes, bytes]]
"""Raw names and values in the order of arrival."""

_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding "
    b"upgrade".split()
)
"""Headers between two neighbours (RFC 9110 section 7.6.1, and those that Go's ReverseProxy adds)."""

NOT_FORWARDED = _HOP_BY_HOP | {b"host", b"content-length", b"expect", b"x-forwarded-host", b"forwarded"}
"""Frameworks refuse, or build links from, a host they do not know: they see the target's alone."""

_NOT_PASSED_ON = _HOP_BY_HOP | {b"content-length"}


@dataclass(slots=True)
class Request:
    """What came in from the tunnel.

    Args:
        method: raw, for example ``POST``.
        target: raw request target, never normalised.
        version: ``1.1`` or ``1.0``.
        headers: raw.
        body: complete.
        keep_alive: the connection may carry another request.
        upgrade: the caller asks for another protocol.
        defect: why it is no request that can be served.
    """

    method: bytes = b""
    target: bytes = b""
    version: str = "1.1"
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    keep_alive: bool = True
    upgrade: bool = False
    defect: Refusal | None = None
    _index: dict[bytes, list[bytes]] | None = None

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header, once all headers are there.

        ``X_Api_Token`` counts as ``X-API-TOKEN``: CGI-like servers merge the two.
        """
        if self._index is None:
            self._index = {}
            for key, value in self.headers:
                self._index.setdefault(folded(key), []).append(value)
        return self._index.get(name, [])

    @property
    def path(self) -> bytes:
        """The raw path, without the query."""
        return self.target.partition(b"?")[0]

    @property
    def is_websocket(self) -> bool:
        """It is a WebSocket handshake."""
        return self.upgrade and any(value.strip().lower() == b"websocket" for value in self.values(b"upgrade"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The recorder answers by itself.

    Args:
        status: HTTP status.
        message: one sentence, for the log; never shown to the caller in detail.
        headers: further response headers.
    """

    status: int
    message: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back.

    Args:
        status: HTTP status.
        reason: reason phrase, raw.
        headers: raw, hop-by-hop ones included.
        body: complete.
        close: end the connection afterwards.
        hop: headers of our own for the caller's hop.
    """

    status: int
    reason: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    close: bool = False
    hop: Headers = field(default_factory=list)


@lru_cache(maxsize=1024)
def folded(name: bytes) -> bytes:
    """A header name as applications compare it."""
    return name.lower().replace(b"_", b"-")


def forwarded(request: Request, authority: bytes) -> bytes:
    """The request as the app gets it: same method, raw target, end-to-end headers and body."""
    dropped = NOT_FORWARDED | _named_by_connection(request.headers)
    lines = [request.method + b" " + request.target + b" HTTP/1.1", b"Host: " + authority]
    lines += [name + b": " + value for name, value in request.headers if folded(name) not in dropped]
    if request.body or request.method in (b"POST", b"PUT", b"PATCH"):
        lines.append(b"Content-Length: %d" % len(request.body))
    lines.append(b"\r\n")
    return b"\r\n".join(lines) + request.body


def without_upgrade(request: Request) -> bytes:
    """The head of a request as it would be without its offer of another protocol."""
    lines = [request.method + b" " + request.target + b" HTTP/" + request.version.encode()]
    lines += [name + b": " + value for name, value in request.headers if name.lower() != b"upgrade"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def passed_on(response: Response, request: Request) -> bytes:
    """The response as the caller gets it: same status, end-to-end headers and body."""
    dropped = _NOT_PASSED_ON | _named_by_connection(response.headers)
    reason = response.reason or phrase(response.status)
    lines = [b"HTTP/1.1 %d %b" % (response.status, reason)]
    lines += [name + b": " + value for name, value in response.headers if name.lower() not in dropped]
    lines += [name + b": " + value for name, value in response.hop]
    bodiless = request.method == b"HEAD" or response.status in (204, 304)
    if not bodiless:
        lines.append(b"Content-Length: %d" % len(response.body))
    elif request.method == b"HEAD":
        lines += [b"Content-Length: " + value for name, value in response.headers if name.lower() == b"content-length"]
    if response.close or not request.keep_alive:
        lines.append(b"Connection: close")
    elif request.version == "1.0":
        lines.append(b"Connection: keep-alive")
    lines.append(b"\r\n")
    head = b"\r\n".join(lines)
    return head if bodiless else head + response.body


def refused(refusal: Refusal) -> Response:
    """Our own answer, as plain text that tells a stranger nothing."""
    body = phrase(refusal.status) + b"\n"
    return Response(refusal.status, headers=[(b"Content-Type", b"text/plain")], body=body, hop=list(refusal.headers))


def phrase(status: int) -> bytes:
    """The standard reason phrase; empty for a status that has none."""
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def _named_by_connection(headers: Headers) -> set[bytes]:
    """The headers that ``Connection`` declares to be for this hop alone."""
    named: set[bytes] = set()
    for name, value in headers:
        if name.lower() == b"connection":
            named.update(token.strip().lower().replace(b"_", b"-") for token in value.split(b","))
    return named
