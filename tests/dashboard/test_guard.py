"""Strangers are refused: foreign Host headers (DNS rebinding), foreign pages, missing tokens, bodies without end."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from aiflow_cli.dashboard.guard import MAX_BODY
from aiflow_cli.store.store import Store
from tests.dashboard.conftest import Served, serve

NEW_FLOW = {"name": "Bot", "webhookUrl": "http://127.0.0.1:3000/webhook"}


def raw(served: Served, text: str) -> str:
    """Send bytes as they are; the answer, once the server has closed."""
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as connection:
        connection.sendall(text.encode("latin-1"))
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost:80", "[::1]", "[::1]:4600", "127.0.0.1:65535"])
def test_our_own_names_are_welcome(served: Served, host: str) -> None:
    assert served.get("/v3/ai-flows", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4600",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1:4600@evil.example",
        "127.0.0.1:",
        "127.0.0.1:x",
        "0.0.0.0",
        "169.254.169.254",
        "[::1]evil",
        "127.0.0.1, evil.example",
    ],
)
def test_foreign_hosts_are_refused(served: Served, host: str) -> None:
    for method, path in [("GET", "/v3/events/stream"), ("GET", "/healthz"), ("POST", "/v3/ai-flows")]:
        answer = served.request(method, path, headers={"Host": host}, json=NEW_FLOW if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:aiflow:problem:foreign-host")
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(served.get("/v3/ai-flows").json()) == 1


def test_no_host_and_two_hosts_are_refused(served: Served) -> None:
    assert raw(served, "GET /v3/events HTTP/1.0\r\n\r\n").split()[1] == "403"
    two = "GET /v3/events HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert raw(served, two).split()[1] in ("400", "403")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_foreign_pages_change_nothing(served: Served, headers: dict[str, str]) -> None:
    before = served.get("/v3/ai-flows").json()
    local = "/v3/ai-flows/local"
    for method, path in [("POST", "/v3/ai-flows"), ("PATCH", local), ("DELETE", local), ("PUT", "/v3/events")]:
        answer = served.request(method, path, headers=headers, json=NEW_FLOW)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:aiflow:problem:foreign-origin")
    assert served.get("/v3/ai-flows").json() == before


def test_a_foreign_page_may_ask_but_its_browser_will_not_tell_it(served: Served) -> None:
    answer = served.get("/v3/ai-flows", headers={"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert "access-control-allow-origin" not in answer.headers


def test_our_own_page_may_change_things(served: Served) -> None:
    headers = {"Origin": served.url, "Sec-Fetch-Site": "same-origin"}
    assert served.request("POST", "/v3/ai-flows", headers=headers, json=NEW_FLOW).status_code == 201


class TestToken:
    @pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic dG9rZW4=", "right", "Bearer right2", "Bearer"])
    def test_without_it_nothing_is_told(self, store: Store, header: str | None) -> None:
        with serve(store, token="right") as served:
            headers = {"Authorization": header} if header is not None else {}
            answer = served.get("/v3/ai-flows", headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert served.get("/v3/events/stream", headers=headers).status_code == 401
            assert served.get("/openapi.json", headers=headers).status_code == 401

    def test_with_it_everything_works_and_health_needs_none(self, store: Store) -> None:
        with serve(store, token="right") as served:
            assert served.get("/v3/ai-flows", headers={"Authorization": "Bearer right"}).status_code == 200
            assert served.get("/healthz").status_code == 200


class TestSize:
    def test_a_body_has_an_end(self, served: Served) -> None:
        answer = served.request("POST", "/v3/ai-flows", content=b" " * (MAX_BODY + 1))
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:aiflow:problem:too-large")

    def test_in_pieces_too(self, served: Served) -> None:
        pieces: Any = (b" " * 65536 for _ in range(MAX_BODY // 65536 + 1))
        assert served.request("POST", "/v3/ai-flows", content=pieces).status_code == 413

    def test_in_small_pieces_it_arrives(self, served: Served) -> None:
        pieces: Any = (bytes([byte]) for byte in b'{"name": "Bot", "webhookUrl": "http://127.0.0.1/"}')
        headers = {"Content-Type": "application/json"}
        assert served.request("POST", "/v3/ai-flows", content=pieces, headers=headers).status_code == 201
