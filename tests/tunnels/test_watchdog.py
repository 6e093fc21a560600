"""The watchdog: a tunnel that goes comes back, or is given up; time is passed in."""

from __future__ import annotations

import pytest

from aiflow_cli.errors import TunnelError
from aiflow_cli.tunnels.watchdog import GIVE_UP_SECONDS, PATIENCE_SECONDS, PROBE_SECONDS, Watchdog


class Tunnel:
    """A provider that does what a test says."""

    name = "test"
    agent_pid: int | None = None

    def __init__(self) -> None:
        self.origin: str | None = "https://a.example"
        self.alive = True
        self.opens: list[str | None] = []
        self.opened_at: list[float] = []
        self.now = 0.0

    def open(self, port: int) -> str:
        self.opened_at.append(self.now)
        self.origin = self.opens.pop(0) if self.opens else None
        if self.origin is None:
            raise TunnelError("no network")
        self.alive = True
        return self.origin

    def look(self) -> str | None:
        return self.origin if self.alive else None

    def lives(self) -> bool:
        return self.alive

    def close(self) -> None:
        """Nothing to close."""


class Rig:
    def __init__(self) -> None:
        self.tunnel = Tunnel()
        self.said: list[str] = []
        self.reached = True
        self.probes = 0
        self.dog = Watchdog(self.tunnel, 1, reached=self._probe, now=lambda: self.tunnel.now, notify=self.said.append)

    def _probe(self) -> bool:
        self.probes += 1
        return self.reached

    def pass_time(self, seconds: int) -> list[str | None]:
        seen = []
        for _ in range(seconds):
            self.tunnel.now += 1
            seen.append(self.dog.tick())
        return seen


def test_a_tunnel_that_is_well_is_left_alone() -> None:
    rig = Rig()
    assert set(rig.pass_time(1000)) == {"https://a.example"}
    assert (rig.said, rig.tunnel.opened_at) == ([], [])


def test_a_program_that_died_is_started_again_at_once() -> None:
    rig = Rig()
    rig.tunnel.alive = False
    rig.tunnel.opens = ["https://b.example"]
    assert "https://b.example" in rig.pass_time(3)
    assert rig.said == ["the tunnel is down", "the tunnel is up again after 0 s"]


def test_a_program_that_lives_gets_time_to_come_back_by_itself() -> None:
    rig = Rig()
    rig.tunnel.origin = None
    rig.pass_time(10)
    assert rig.tunnel.opened_at == []
    rig.tunnel.origin = "https://c.example"
    assert rig.pass_time(1) == ["https://c.example"]


def test_a_program_that_does_not_is_started_again() -> None:
    rig = Rig()
    rig.tunnel.origin = None
    rig.tunnel.opens = ["https://d.example"]
    assert "https://d.example" in rig.pass_time(int(PATIENCE_SECONDS) + 2)


def test_tries_come_ever_more_rarely_and_end() -> None:
    rig = Rig()
    rig.tunnel.alive = False
    with pytest.raises(TunnelError, match="has been down for 120 s: no network"):
        rig.pass_time(int(GIVE_UP_SECONDS) + 40)
    pauses = [after - before for before, after in zip(rig.tunnel.opened_at, rig.tunnel.opened_at[1:], strict=False)]
    assert pauses == sorted(pauses)
    assert 3 <= len(pauses) <= 12


def test_a_tunnel_that_looks_well_but_lets_nothing_through_is_opened_again() -> None:
    rig = Rig()
    rig.reached = False
    rig.tunnel.opens = ["https://e.example"]
    assert "https://e.example" in rig.pass_time(int(PROBE_SECONDS) + 20)
    assert rig.said[0] == "the tunnel is down"


def test_one_failed_probe_means_nothing() -> None:
    rig = Rig()
    rig.reached = False
    rig.pass_time(int(PROBE_SECONDS) + 1)
    rig.reached = True
    rig.pass_time(200)
    assert rig.tunnel.opened_at == []


def test_traffic_spares_the_probes() -> None:
    rig = Rig()
    for _ in range(300):
        rig.dog.traffic()
        rig.pass_time(1)
    assert rig.probes == 0
