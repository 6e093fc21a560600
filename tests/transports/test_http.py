from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aiflow_cli.errors import ConfigError
from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES
from aiflow_cli.protocol.samples import sample_event
from aiflow_cli.transports.http import HttpWebhook
from tests.support.bot import Bot, Response

EVENT = sample_event("user_speak", "s")


def test_the_event_arrives_as_the_service_sends_it(bot: Bot) -> None:
    event = {**EVENT, "text": "grüße \N{GRINNING FACE}"}
    with HttpWebhook(bot.url) as webhook:
        reply = webhook.deliver(event)
    request = bot.requests[0]
    assert request.event == event
    assert request.headers["content-type"] == "application/json"
    assert "x-api-token" not in request.headers
    assert (reply.status, reply.failure) == (200, None)
    assert json.loads(reply.body)["text"] == "You said: grüße \N{GRINNING FACE}"
    assert reply.duration_ms > 0


def test_the_secret_goes_in_its_header(bot: Bot) -> None:
    with HttpWebhook(bot.url, secret="hunter2") as webhook:
        webhook.deliver(EVENT)
    assert bot.requests[0].headers["x-api-token"] == "hunter2"


def test_one_connection_serves_many_events(bot: Bot) -> None:
    with HttpWebhook(bot.url) as webhook:
        statuses = [webhook.deliver(EVENT).status for _ in range(5)]
    assert statuses == [200] * 5
    assert len(bot.requests) == 5


@pytest.mark.parametrize("status", [200, 204, 302, 401, 500, 599])
def test_any_status_is_a_reply_and_no_redirect_is_followed(bot: Bot, status: int) -> None:
    bot.answer = lambda _: Response(status, b"" if status == 204 else b"body", {"Location": bot.url})
    with HttpWebhook(bot.url) as webhook:
        reply = webhook.deliver(EVENT)
    assert (reply.status, reply.failure) == (status, None)
    assert len(bot.requests) == 1


def test_header_names_are_lower_case(bot: Bot) -> None:
    bot.answer = lambda _: Response(200, b"{}", {"X-Trace-ID": "7"})
    with HttpWebhook(bot.url) as webhook:
        assert webhook.deliver(EVENT).headers["x-trace-id"] == "7"


def test_a_body_is_cut_one_byte_after_the_limit(bot: Bot) -> None:
    bot.answer = lambda _: Response(200, b"x" * (MAX_ANSWER_BYTES + 100_000))
    with HttpWebhook(bot.url) as webhook:
        assert len(webhook.deliver(EVENT).body) == MAX_ANSWER_BYTES + 1


def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/webhook"
        with HttpWebhook(url) as webhook:
            failure = webhook.deliver(EVENT).failure
    assert failure is not None
    assert failure.kind == "connection-error"
    assert failure.message == f"nothing listens at {url} (connection refused)"


@pytest.mark.parametrize("body_only", [False, True])
def test_a_late_answer_is_a_timeout(bot: Bot, body_only: bool) -> None:
    never = threading.Event()
    late = Response(200, b"{}", hold_body=never) if body_only else Response(200, b"{}", hold=never)
    bot.answer = lambda _: late
    with HttpWebhook(bot.url, timeout=0.2) as webhook:
        failure = webhook.deliver(EVENT).failure
    never.set()
    assert failure is not None
    assert (failure.kind, failure.message) == ("timeout", "no complete answer within 0.2 s")


@contextmanager
def raw_server(*sent: bytes) -> Iterator[str]:
    """Answers any request with these bytes and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                for part in sent:
                    connection.sendall(part)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/webhook"
        thread.join(timeout=10)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
        b"\xff\xfe\x00" * 10,
    ],
)
def test_bytes_that_are_not_http_are_a_connection_error(sent: bytes) -> None:
    with raw_server(sent) as url, HttpWebhook(url) as webhook:
        failure = webhook.deliver(EVENT).failure
    assert failure is not None
    assert failure.kind == "connection-error"
    assert failure.message.startswith(f"{url} did not answer: ")


@pytest.mark.parametrize("url", ["http://[::1]:1/webhook", "http://127.0.0.1:1/\x7f", "http://[nonsense/"])
def test_an_address_that_leads_nowhere_is_a_connection_error(url: str) -> None:
    with HttpWebhook(url) as webhook:
        failure = webhook.deliver(EVENT).failure
    assert failure is not None
    assert failure.kind == "connection-error"


def test_a_proxy_is_not_asked_for_the_own_machine(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with HttpWebhook(bot.url) as webhook:
        assert webhook.deliver(EVENT).status == 200


def test_raw_bytes_and_headers_can_be_sent(bot: Bot) -> None:
    bot.answer = lambda _: Response(204)
    with HttpWebhook(bot.url) as webhook:
        webhook.post(b"\x00not json", headers={"Content-Type": "text/plain"})
    assert bot.requests[0].body == b"\x00not json"
    assert bot.requests[0].headers["content-type"] == "text/plain"


def test_httpx_comes_without_its_command_line() -> None:
    code = """
import sys
import aiflow_cli.transports.http
assert not {"click", "rich", "pygments"} & set(sys.modules), sorted(sys.modules)
import click, rich
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("secret", ["abc\r", "a\nb", "\0", "\x7f", "\udcff"])
def test_a_secret_that_no_header_can_carry_is_refused_at_once(secret: str) -> None:
    with pytest.raises(ConfigError, match="the secret holds"):
        HttpWebhook("http://127.0.0.1:9/", secret=secret)
