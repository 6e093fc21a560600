"""Checking a webhook's URL before anything is sent to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiflow_cli.errors import UsageError

HTTP = ("http", "https")
WEBSOCKET = ("ws", "wss")


def check_url(url: str, *, schemes: tuple[str, ...] = HTTP + WEBSOCKET) -> str:
    """The URL, if a webhook can be there.

    Raises:
        UsageError: no scheme, another scheme, no host, a bad port, characters that no URL holds.
    """
    if not url.isprintable() or " " in url:
        raise UsageError(f"{url!r} is not a URL: it holds a space or a control character", hint="check the quotes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url} is not a URL: {error}", hint="write it as http://127.0.0.1:3000/webhook") from None
    if parts.scheme not in HTTP + WEBSOCKET:
        raise UsageError(f"{url} is not a webhook URL: it has no http:// or ws://", hint=_with_scheme(url))
    if not parts.hostname or port == 0:
        raise UsageError(f"{url} is not a webhook URL: it names no host", hint="http://127.0.0.1:3000/webhook")
    if parts.scheme not in schemes:
        wanted = " or ".join(schemes)
        raise UsageError(f"{url}: only {wanted} here", hint="`aiflow call` speaks HTTP and WebSocket")
    return url


def _with_scheme(url: str) -> str:
    """What was probably meant; a port alone is one of this machine."""
    host, path = (f"127.0.0.1{url}", "" if "/" in url else "/webhook") if url.startswith(":") else (url, "")
    if not url or "://" in url:
        return "write it as http://127.0.0.1:3000/webhook"
    return f"did you mean http://{host}{path}?"
