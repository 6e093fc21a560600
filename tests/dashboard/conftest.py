"""A server that really listens, and plain HTTP to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.dashboard.serving import DashboardServer, listen
from aiflow_cli.simulator.orders import play_order
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange


class Served:
    """A running server and its log."""

    def __init__(self, url: str, store: Store, client: httpx.Client) -> None:
        self.url = url
        self.store = store
        self._client = client

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._client.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def fill(self, count: int) -> None:
        """Write numbered exchanges, from 1 on."""
        self.store.append_all(an_exchange(number) for number in range(1, count + 1))

    def stream(self, path: str, **options: Any) -> AbstractContextManager[httpx.Response]:
        return self._client.stream("GET", self.url + path, **options)


Serve = Callable[..., AbstractContextManager[Served]]


@contextmanager
def serve(store: Store, **settings: Any) -> Iterator[Served]:
    """Run a server over a store."""
    with ExitStack() as stack:
        listener = stack.enter_context(listen(0))
        server = DashboardServer(store, clock=SystemClock(), player=play_order, **settings)
        url = stack.enter_context(server.running(listener))
        yield Served(url, store, stack.enter_context(httpx.Client(timeout=30)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "log.db") as store:
        yield store


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    """A server with default settings."""
    with serve(store) as served:
        yield served
