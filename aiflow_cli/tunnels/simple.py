"""The two ways that start no program: the URL that is there already, and no tunnel at all."""

from __future__ import annotations

from aiflow_cli.tunnels.base import origin_of


class PublicUrl:
    """A URL of the user's own that leads to the recorder's port already (a reverse proxy, a port forward).

    Args:
        url: its origin; a path is cut off.
    """

    name = "public-url"
    agent_pid: int | None = None

    def __init__(self, url: str) -> None:
        self._origin = origin_of(url)

    def open(self, port: int) -> str:
        return self._origin

    def look(self) -> str | None:
        return self._origin

    def lives(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing was opened."""


class Loopback:
    """The recorder itself, for a dashboard on this machine."""

    name = "loopback"
    agent_pid: int | None = None

    def __init__(self) -> None:
        self._origin: str | None = None

    def open(self, port: int) -> str:
        self._origin = f"http://127.0.0.1:{port}"
        return self._origin

    def look(self) -> str | None:
        return self._origin

    def lives(self) -> bool:
        return True

    def close(self) -> None:
        self._origin = None
