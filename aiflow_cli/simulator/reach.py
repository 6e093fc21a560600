"""The way to a webhook, by the scheme of its URL."""

from __future__ import annotations

from aiflow_cli.recording.exchange import Transport
from aiflow_cli.simulator.line import Webhook


def transport_of(url: str) -> Transport:
    """``websocket`` for ``ws(s)://``, else ``http``."""
    return "websocket" if url.startswith(("ws:", "wss:")) else "http"


def reach(url: str, *, secret: str | None = None, timeout: float | None = 5.0, settle: float | None = None) -> Webhook:
    """A webhook to deliver events to; the connection is made with the first one.

    Args:
        secret: sent as ``X-API-TOKEN``.
        timeout: seconds to wait for an answer (WebSocket: for the handshake); None waits for ever.
        settle: seconds of quiet after which an answer on a WebSocket is complete; 0.1 by default.
    """
    # One of the two is needed in a process, and each costs several milliseconds to import.
    if transport_of(url) == "websocket":
        from aiflow_cli.transports.websocket import SETTLE_SECONDS, WebSocketWebhook

        return WebSocketWebhook(url, secret=secret, timeout=timeout, settle=settle or SETTLE_SECONDS)
    from aiflow_cli.transports.http import HttpWebhook

    return HttpWebhook(url, secret=secret, timeout=timeout)
