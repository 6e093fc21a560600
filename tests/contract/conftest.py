"""Every test here runs twice: on the dashboard in process, and over HTTP against a real uvicorn on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.dashboard.client import HttpDashboard
from aiflow_cli.dashboard.contract import Dashboard
from aiflow_cli.dashboard.local import LocalDashboard
from aiflow_cli.dashboard.serving import DashboardServer, listen
from aiflow_cli.simulator.orders import play_order
from aiflow_cli.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The log behind the dashboard."""
    with Store(tmp_path / "log.db") as store:
        yield store


@pytest.fixture(params=["in process", "over HTTP"])
def board(request: pytest.FixtureRequest, store: Store) -> Iterator[Dashboard]:
    """The dashboard; a test cannot tell which one it got."""
    clock = SystemClock()
    with ExitStack() as stack:
        if request.param == "in process":
            yield stack.enter_context(LocalDashboard(store, clock=clock, player=play_order))
            return
        listener = stack.enter_context(listen(0))
        server = DashboardServer(store, clock=clock, player=play_order)
        url = stack.enter_context(server.running(listener))
        yield stack.enter_context(HttpDashboard(url, clock=clock, environ={}))
