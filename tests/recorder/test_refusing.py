"""What never reaches the app: other paths, other secrets, too much, and requests that two servers read differently."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .apps import ACTION, Caller, post, serving
from .conftest import Rig

Record = Callable[..., Rig]
SECRET = "correct horse battery"

OTHER_PATHS = [
    "/",
    "/webhook/",
    "//webhook",
    "/webhook/../console",
    "/./webhook",
    "/console",
    "/Webhook",
    "/%77ebhook",
    "/webhook%2f..%2fconsole",
    "/webhook%3fx",
    "/webhook;x=1",
    "/webhook#x",
    "/webhookx",
    "http://127.0.0.1/webhook",
    "*",
]


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_only_the_exact_raw_path_is_forwarded(record: Record, path: str) -> None:
    with serving() as app:
        rig = record(app.url)
        method = "OPTIONS" if path == "*" else "POST"
        assert rig.ask(post(path=path, method=method))[0] == 404
        assert app.seen == []
        (exchange,) = rig.log()
        assert (exchange.outcome, exchange.status) == ("rejected", 404)


def test_an_encoded_webhook_path_is_matched_as_it_is_written(record: Record) -> None:
    with serving() as app:
        rig = record(app.url.replace("/webhook", "/web%20hook"))
        assert rig.ask(post(path="/web%20hook"))[0] == 200
        assert rig.ask(post(path="/web hook".replace(" ", "%20") + "?a=%2F"))[0] == 200
        assert rig.ask(post(path="/web+hook"))[0] == 404
        assert [seen.line.split()[1] for seen in app.seen] == [b"/web%20hook", b"/web%20hook?a=%2F"]


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "X-API-TOKEN: wrong\r\n",
        f"X-API-TOKEN: {SECRET} \x20x\r\n",
        f"X-API-TOKEN: {SECRET}\r\nX-API-TOKEN: wrong\r\n",
        f"X-API-TOKEN: {SECRET}\r\nX_API_TOKEN: wrong\r\n",
        f"X-API-TOKEN: {SECRET.upper()}\r\n",
        f"Authorization: Bearer {SECRET}\r\n",
    ],
)
def test_without_the_secret_nothing_reaches_the_app(record: Record, headers: str) -> None:
    with serving() as app:
        rig = record(app.url, secret=SECRET)
        status, _, body = rig.ask(post(headers=headers))
        assert (status, body) == (401, b"Unauthorized\n")
        assert app.seen == []
        (exchange,) = rig.log()
        assert (exchange.outcome, exchange.status) == ("rejected", 401)
        assert exchange.event is not None


def test_with_the_secret_it_does_and_the_log_does_not_tell_it(record: Record) -> None:
    with serving() as app:
        rig = record(app.url, secret=SECRET)
        status, _, _ = rig.ask(post(f'{{"text":"{SECRET}"}}'.encode(), headers=f"x-api-token: {SECRET}\r\n"))
        assert status == 200
        assert app.seen[0].header("x-api-token") == SECRET
        assert SECRET not in rig.log()[0].to_json()
        assert SECRET.encode() not in rig.store.path.read_bytes()


def test_a_refused_request_leaves_the_connection_usable(record: Record) -> None:
    with serving() as app:
        caller = record(app.url).caller()
        assert caller.ask(post(path="/other"))[0] == 404
        assert caller.ask(post())[0] == 200


@pytest.mark.parametrize("coding", ["Content-Length: 1048577\r\n", "Transfer-Encoding: chunked\r\n"])
def test_more_than_1_mib_is_refused(record: Record, coding: str) -> None:
    body = b"x" * 1048577
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if "chunked" in coding else body
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(f"POST /webhook HTTP/1.1\r\nHost: a\r\n{coding}\r\n".encode() + framed)
        status, head, _ = caller.read()
        assert (status, "Connection: close" in head) == (413, True)
        assert app.seen == []
        assert rig.log()[0].status == 413


def test_an_expecting_caller_is_refused_before_it_sends_the_body(record: Record) -> None:
    with serving() as app:
        caller = record(app.url, secret=SECRET).caller()
        head, _, _ = post(headers="Expect: 100-continue\r\n").partition(b"\r\n\r\n")
        caller.send(head + b"\r\n\r\n")
        assert caller.read()[0] == 401
        assert app.seen == []


SMUGGLED = "GET /console HTTP/1.1\r\nHost: a\r\n\r\n"
DESYNCHRONISING = {
    "length and chunks": f"Content-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "chunks and length": f"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED}",
    "same length twice": "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "list of lengths": "Content-Length: 2, 2\r\n\r\n{}",
    "signed length": "Content-Length: +2\r\n\r\n{}",
    "hexadecimal length": "Content-Length: 0x2\r\n\r\n{}",
    "huge length": f"Content-Length: {'9' * 40}\r\n\r\n{{}}",
    "space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding before chunked": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding after chunked": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": "Transfer-Encoding: chunked\n\n0\n\n",
    "bare carriage return": "X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "chunk size overflow": "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n",
    "chunk extension with line feed": "Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n",
    "null": "X: a\x00b\r\n\r\n",
    "two hosts": "Host: b\r\n\r\n",
}


@pytest.mark.parametrize("rest", DESYNCHRONISING.values(), ids=DESYNCHRONISING.keys())
def test_what_servers_read_differently_is_refused_and_ends_the_connection(record: Record, rest: str) -> None:
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(f"POST /webhook HTTP/1.1\r\nHost: a\r\n{rest}".encode())
        status, head, _ = caller.read()
        assert status in (400, 501)
        assert "Connection: close" in head
        assert caller.rest() == b""
        assert app.seen == []
        assert rig.log()[0].outcome == "rejected"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"POST /webhook HTTP/1.1\r\n\r\n", 400),
        (b"GET /webhook HTTP/0.9\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"POST /webhook HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
        (b"POST /webhook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    ],
)
def test_what_is_no_request_gets_an_answer_and_an_end(record: Record, data: bytes, status: int) -> None:
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(data)
        assert caller.read()[0] == status
        assert rig.log()[0].outcome == "rejected"
        assert app.seen == []


def test_a_websocket_handshake_for_an_http_webhook_is_refused(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        caller = rig.caller()
        caller.send(f"GET /webhook HTTP/1.1\r\nHost: a\r\n{handshake}\r\n".encode())
        assert caller.read()[0] == 400
        assert app.seen == []


def test_plain_http_for_a_websocket_webhook_is_refused(record: Record) -> None:
    rig = record("ws://127.0.0.1:9/webhook")
    status, head, _ = rig.ask(post())
    assert (status, "Upgrade: websocket" in head) == (426, True)


@pytest.mark.parametrize(
    "headers", ["X-API-TOKEN: no\r\n", "Transfer-Encoding: gzip\r\n", ""], ids=["secret", "framing", "plain"]
)
def test_the_self_test_is_answered_by_the_recorder_itself(record: Record, headers: str) -> None:
    with serving() as app:
        rig = record(app.url, secret=SECRET)
        test = rig.running.self_test
        question = f"X-Aiflow-Self-Test: {test.question}\r\n"
        status, _, body = rig.ask(post(b"", headers=question + (headers if "Transfer" not in headers else "")))
        assert (status, body) == (200, test.answer.encode())
        assert rig.ask(post(b"", path="/other", headers=question))[0] == 404
        assert rig.ask(post(b"", headers="X-Aiflow-Self-Test: guess\r\n"))[0] == 401
        assert app.seen == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_get_an_answer_and_never_another_path(
    port_and_seen: tuple[int, list[bytes]], data: st.DataObject
) -> None:
    port, seen = port_and_seen
    valid = post(headers="Transfer-Encoding: chunked\r\n").replace(b"Content-Length: 61\r\n", b"")
    head = data.draw(st.sampled_from([post(), valid, post(path="/x"), b""]))
    cut = data.draw(st.integers(0, len(head)))
    noise = data.draw(st.binary(max_size=40) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"0\r\n\r\n", b" HTTP/1.1\r\n"]))
    caller = Caller(port)
    try:
        caller.send(head[:cut] + noise + head[cut:])
        caller.socket.shutdown(1)
        caller.rest()
    finally:
        caller.close()
    again = Caller(port)
    try:
        assert again.ask(post())[0] == 200
    finally:
        again.close()
    assert {line.split()[1].partition(b"?")[0] for line in seen} == {b"/webhook"}


@pytest.fixture
def port_and_seen(record: Record) -> object:
    seen: list[bytes] = []

    def respond(request: object) -> bytes:
        seen.append(request.line)  # type: ignore[attr-defined]
        body = str(ACTION).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    with serving(respond) as app:
        yield record(app.url).port, seen
