"""Which URLs name this machine: those are asked without a proxy, and may be trusted with more than others."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """The URL names this machine. By its address: ``127.example.com`` is somebody else's."""
    from ipaddress import ip_address

    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
