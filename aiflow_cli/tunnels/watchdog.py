"""Keeps a tunnel up: notices that it is down, opens it again, gives up in the end."""

from __future__ import annotations

from collections.abc import Callable

from aiflow_cli.errors import TunnelError
from aiflow_cli.tunnels.base import Notify, Provider

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
"""How long a program that lives may take to come back by itself."""

GIVE_UP_SECONDS = 120.0
PROBE_SECONDS = 60.0
"""A tunnel without traffic is asked through its public URL so often: after a night's sleep all may look well."""

_PROBES = 3
_BACKOFF = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)


class Watchdog:
    """Looks after one tunnel; ``tick`` is called about once a second.

    Args:
        provider: the tunnel, open.
        port: where it leads.
        reached: asks through the public URL whether it leads to us.
        now: seconds, monotonic.
        notify: told when the tunnel goes and comes.
        give_up_seconds: how long it may be down.
    """

    def __init__(
        self,
        provider: Provider,
        port: int,
        *,
        reached: Callable[[], bool],
        now: Callable[[], float],
        notify: Notify,
        give_up_seconds: float = GIVE_UP_SECONDS,
    ) -> None:
        self._provider = provider
        self._port = port
        self._reached = reached
        self._now = now
        self._notify = notify
        self._give_up_seconds = give_up_seconds
        self._down_since: float | None = None
        self._next_try = 0.0
        self._tries = 0
        self._probed = now()
        self._failed_probes = 0

    def traffic(self) -> None:
        """Something came through: the tunnel is well."""
        self._probed = self._now()
        self._failed_probes = 0

    def tick(self) -> str | None:
        """The origin at this moment; None while the tunnel is down.

        Raises:
            TunnelError: it stays down.
        """
        origin = None if self._is_deaf() else self._provider.look()
        if origin is None:
            return self._down()
        return self._up(origin)

    def _up(self, origin: str) -> str:
        if self._down_since is not None:
            self._notify(f"the tunnel is up again after {self._now() - self._down_since:.0f} s")
            self._probed = self._now()
        self._down_since, self._tries = None, 0
        return origin

    def _down(self) -> str | None:
        now = self._now()
        if self._down_since is None:
            self._down_since = now
            self._next_try = now + (PATIENCE_SECONDS if self._provider.lives() and not self._failed_probes else 0)
            self._notify("the tunnel is down")
        if not self._provider.lives():
            self._next_try = min(self._next_try, now + _BACKOFF[min(self._tries, len(_BACKOFF) - 1)])
        if now < self._next_try:
            self._check_patience("it did not come back")
            return None
        return self._open_again()

    def _open_again(self) -> str | None:
        self._failed_probes = 0
        try:
            return self._up(self._provider.open(self._port))
        except TunnelError as error:
            self._check_patience(error.message)
            pause = _BACKOFF[min(self._tries, len(_BACKOFF) - 1)]
            self._tries += 1
            self._next_try = self._now() + pause
            self._notify(f"{error.message}; trying again in {pause:.0f} s")
            return None

    def _check_patience(self, reason: str) -> None:
        assert self._down_since is not None
        if self._now() - self._down_since > self._give_up_seconds:
            raise TunnelError(
                f"the tunnel has been down for {self._give_up_seconds:.0f} s: {reason}",
                hint="check the network, then start `aiflow tunnel` again",
            )

    def _is_deaf(self) -> bool:
        """All looks well, but nothing comes through."""
        if self._down_since is not None or self._now() - self._probed < (5.0 if self._failed_probes else PROBE_SECONDS):
            return self._failed_probes >= _PROBES
        self._probed = self._now()
        self._failed_probes = 0 if self._reached() else self._failed_probes + 1
        return self._failed_probes >= _PROBES
