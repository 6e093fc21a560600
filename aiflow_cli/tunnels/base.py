"""What every way to a public URL has in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from aiflow_cli.errors import TunnelError

Notify = Callable[[str], None]
"""Told in a sentence what happens; never a secret."""

ORIGIN = re.compile(r"https?://[^\s/\"'<>|]+")


class Provider(Protocol):
    """A program or service that leads a public URL to a port of this machine.

    ``name`` is what users call it. ``agent_pid`` is the process that has to be ended when we were killed;
    None where there is none.
    """

    name: str
    agent_pid: int | None

    def open(self, port: int) -> str:
        """Lead a public URL to ``127.0.0.1:port``; returns its origin (``https://x.example``).

        Raises:
            TunnelError: it cannot be opened; the message says why, the hint what to do.
        """

    def look(self) -> str | None:
        """The origin at this moment; None while the tunnel is down. Quick, and never raises."""

    def lives(self) -> bool:
        """It is open, or may come back by itself."""

    def close(self) -> None:
        """End the tunnel and its process. May be called twice, and before ``open``."""


def origin_of(url: str) -> str:
    """A public URL cut to scheme and host: the webhook's own path belongs behind it.

    Raises:
        TunnelError: it is no http(s) URL.
    """
    match = ORIGIN.match(url.strip())
    if match is None:
        raise TunnelError(f"{url} is no public URL", hint="it looks like https://x.example, without a path")
    return match.group()
