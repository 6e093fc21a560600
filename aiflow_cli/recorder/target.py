"""Where the recorder forwards to: the user's webhook, taken apart once."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiflow_cli.loopback import is_loopback_host

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """The webhook of the user's app.

    Args:
        url: as the user gave it.
        hosts: names or addresses to try, in order.
        port: TCP port.
        authority: value of the Host header that the app gets.
        path: raw path, exactly as it must be asked for.
        query: of the URL, without ``?``; empty where there is none.
        tls: https or wss.
        websocket: ws or wss.
    """

    url: str
    hosts: tuple[str, ...]
    port: int
    authority: bytes
    path: bytes
    query: bytes
    tls: bool
    websocket: bool

    @classmethod
    def parse(cls, url: str) -> Target:
        """From a URL that ``config.webhook.check_url`` has accepted."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        return cls(
            url=url,
            hosts=_hosts(host),
            port=parts.port or _PORTS[parts.scheme],
            authority=parts.netloc.rpartition("@")[2].encode("idna" if not host.isascii() else "ascii"),
            path=(parts.path or "/").encode(),
            query=parts.query.encode(),
            tls=parts.scheme in ("https", "wss"),
            websocket=parts.scheme in ("ws", "wss"),
        )

    @property
    def is_loopback(self) -> bool:
        """The app is on this machine, so that nobody can stand between it and us."""
        return all(map(is_loopback_host, self.hosts))

    @property
    def path_and_query(self) -> str:
        """What follows the public URL's host when the webhook is registered."""
        return (self.path + (b"?" + self.query if self.query else b"")).decode()

    def public_url(self, origin: str) -> str:
        """The webhook's URL behind a tunnel: ``https://x.example`` -> ``wss://x.example/webhook``."""
        scheme, _, rest = origin.rstrip("/").partition("://")
        if self.websocket:
            scheme = {"https": "wss", "http": "ws"}.get(scheme, scheme)
        return f"{scheme}://{rest}{self.path_and_query}"


def _hosts(host: str) -> tuple[str, ...]:
    """``localhost`` means both families: development servers bind to one of them, and which one differs."""
    return ("127.0.0.1", "::1") if host.lower() == "localhost" else (host,)
