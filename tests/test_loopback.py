from __future__ import annotations

import pytest

from aiflow_cli.loopback import is_loopback


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/webhook", "http://127.0.0.1", "ws://127.9.9.9:1", "https://[::1]:8443/"]
)
def test_this_machine(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    ["http://127.example.com", "http://10.0.0.1", "https://localhost.example.com", "http://[::2]", "http://[::1", ""],
)
def test_somebody_elses(url: str) -> None:
    assert not is_loopback(url)
