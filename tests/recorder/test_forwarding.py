"""What reaches the app, and what comes back: nothing changed but the hop's own headers."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable

import pytest

from .apps import ACTION, BODY, EVENT, Seen, answer, echo, post, serving
from .conftest import Rig, wait_for

Record = Callable[..., Rig]


def test_an_event_reaches_the_app_and_its_answer_the_caller(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        status, head, body = rig.ask(post())
        assert (status, json.loads(body)) == (200, ACTION)
        assert "Content-Type: application/json" in head
        assert (app.seen[0].line, app.seen[0].body) == (b"POST /webhook HTTP/1.1", BODY)
        (exchange,) = rig.log()
        assert exchange.event == EVENT
        assert (exchange.source, exchange.outcome, exchange.status) == ("tunnel", "ok", 200)
        assert exchange.actions == [ACTION]
        assert exchange.url == app.url


def test_the_exchange_is_on_disk_when_its_answer_arrives(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        for count in range(1, 200):
            caller.ask(post())
            assert rig.store.newest_id() == count


def test_rules_judge_what_was_recorded(record: Record) -> None:
    wrong = json.dumps({"type": "speek", "session_id": "another"}).encode()
    with serving(lambda _: answer(wrong)) as app:
        rig = record(app.url)
        rig.ask(post())
        (exchange,) = rig.log()
        assert exchange.outcome == "invalid-action"
        assert {finding.rule for finding in exchange.problems} >= {"unknown-action", "session-id"}


@pytest.mark.parametrize(
    "body",
    [b'{ "b":1,  "a" : "\\u00fc" }', b"\xff\xfe\x00", b"", b"x" * (1024 * 1024)],
    ids=["spaces", "binary", "empty", "1 MiB"],
)
def test_bodies_go_through_byte_for_byte(record: Record, body: bytes) -> None:
    with serving(lambda seen: answer(seen.body)) as app:
        rig = record(app.url)
        assert rig.ask(post(body))[2] == body
        assert app.seen[0].body == body


def test_the_host_is_the_targets_and_the_public_one_is_not_mentioned(record: Record) -> None:
    extra = "X-Forwarded-Host: abc.example\r\nx_forwarded_host: abc.example\r\nForwarded: host=abc.example\r\n"
    kept = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"
    with serving() as app:
        record(app.url).ask(post(headers=extra + kept))
        (seen,) = app.seen
        assert seen.headers("host") == [f"127.0.0.1:{app.port}"]
        assert b"abc.example" not in seen.head
        assert (seen.header("x-forwarded-for"), seen.header("x-forwarded-proto")) == ("192.0.2.7", "https")


def test_headers_of_one_hop_end_there(record: Record) -> None:
    extra = "Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nX-Other: 2\r\n"

    def respond(seen: Seen) -> bytes:
        return answer(b"", headers="Connection: X-Yours\r\nX-Yours: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 2\r\n")

    with serving(respond) as app:
        _, head, _ = record(app.url).ask(post(headers=extra))
        (seen,) = app.seen
        assert [seen.header(name) for name in ("connection", "x-mine", "keep-alive", "te")] == [None] * 4
        assert seen.header("x-other") == "2"
        assert "X-Kept: 2" in head
        assert not any(name in head for name in ("X-Yours", "Keep-Alive", "Connection"))


def test_repeated_headers_keep_their_number_and_order(record: Record) -> None:
    with serving(lambda _: answer(b"", headers="Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n")) as app:
        _, head, _ = record(app.url).ask(post(headers="X-Tag: 1\r\nX-Tag: 2\r\n"))
        assert app.seen[0].headers("x-tag") == ["1", "2"]
        assert head.index("a=1") < head.index("b=2")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_the_app_decides_about_other_methods(record: Record, method: str) -> None:
    with serving(lambda _: answer(b"no", status="405 Method Not Allowed", headers="Allow: POST\r\n")) as app:
        rig = record(app.url)
        status, head, body = rig.ask(post(b"", method=method))
        assert (status, body) == (405, b"no")
        assert "Allow: POST" in head
        assert app.seen[0].line.startswith(method.encode() + b" ")
        assert rig.log()[0].outcome == "http-error"


def test_a_head_request_ends_without_a_body(record: Record) -> None:
    with serving(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(post(b"", method="HEAD"))
        status, head, _ = caller.read(head_only=True)
        assert (status, "Content-Length: 5" in head) == (200, True)
        caller.send(post(b"", method="HEAD"))
        assert caller.read(head_only=True)[0] == 200


def test_chunks_are_put_together_on_both_sides(record: Record) -> None:
    chunked = "POST /webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    def respond(seen: Seen) -> bytes:
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[{}\r\n1\r\n]\r\n0\r\nX-Trailer: 1\r\n\r\n"

    with serving(respond) as app:
        _, head, body = record(app.url).ask(chunked.encode() + b"2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n")
        assert body == b"[{}]"
        assert "Transfer-Encoding" not in head
        assert (app.seen[0].body, app.seen[0].header("content-length")) == (b"{}", "2")
        assert app.seen[0].header("x-trailer") is None


def test_an_answer_that_ends_with_the_connection_is_complete(record: Record) -> None:
    old = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[]"
    with serving(lambda _: old + b"\r\nConnection: close") as app:
        assert record(app.url).ask(post())[2] == b"[]\r\nConnection: close"


def test_what_comes_before_the_answer_is_not_the_answer(record: Record) -> None:
    with serving(lambda s: b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + echo(s)) as app:
        status, head, body = record(app.url).ask(post())
        assert (status, json.loads(body)) == (200, ACTION)
        assert "Link" not in head


def test_204_has_no_body_and_no_length(record: Record) -> None:
    with serving(lambda _: b"HTTP/1.1 204 No Content\r\n\r\n") as app:
        rig = record(app.url)
        caller = rig.caller()
        for _ in range(3):
            status, head, _ = caller.ask(post())
            assert (status, "Content-Length" in head) == (204, False)
        assert [exchange.outcome for exchange in rig.log(3)] == ["no-action"] * 3


def test_a_compressed_answer_is_passed_on_as_it_is_and_recorded_as_it_reads(record: Record) -> None:
    packed = gzip.compress(json.dumps(ACTION).encode())
    with serving(lambda _: answer(packed, headers="Content-Encoding: gzip\r\n")) as app:
        rig = record(app.url)
        assert rig.ask(post())[2] == packed
        assert rig.log()[0].actions == [ACTION]


def test_connections_are_kept_on_both_sides(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        for _ in range(20):
            assert caller.ask(post())[0] == 200
        assert app.connections == 1


def test_pipelined_requests_are_answered_in_order(record: Record) -> None:
    with serving(lambda seen: answer(seen.line.split()[1])) as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(b"".join(post(path=f"/webhook?{number}") for number in range(100)))
        assert [caller.read()[2] for _ in range(100)] == [f"/webhook?{number}".encode() for number in range(100)]
        assert len(rig.log(100)) == 100


def test_http_1_0_callers_are_served(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(b"POST /webhook HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        data = caller.rest()
        assert b"Connection: close" in data
        assert data.endswith(json.dumps(ACTION).encode())


def test_an_expecting_caller_is_told_to_continue(record: Record) -> None:
    with serving() as app:
        caller = record(app.url).caller()
        head, _, body = post(headers="Expect: 100-continue\r\n").partition(b"\r\n\r\n")
        assert caller.ask(head + b"\r\n\r\n")[0] == 100
        assert caller.ask(body)[0] == 200
        assert app.seen[0].header("expect") is None


def test_an_offer_of_another_protocol_is_not_taken(record: Record) -> None:
    offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(post(headers=offer) + post())
        assert [caller.read()[0], caller.read()[0]] == [200, 200]
        assert app.seen[0].header("upgrade") is None


def test_localhost_is_found_on_either_family(record: Record) -> None:
    for host in ("::1", "127.0.0.1"):
        with serving(host=host) as app:
            rig = record(f"http://localhost:{app.port}/webhook")
            caller = rig.caller()
            assert [caller.ask(post())[0] for _ in range(3)] == [200] * 3
            assert app.seen[0].headers("host") == [f"localhost:{app.port}"]


def test_a_caller_that_leaves_is_recorded_with_the_answer_it_missed(record: Record) -> None:
    left = threading.Event()

    def respond(seen: Seen) -> bytes:
        assert left.wait(10)
        return echo(seen)

    with serving(respond) as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(post())
        assert app.arrived.wait(10)
        caller.close()
        # A round trip of its own shows that the recorder has noticed.
        rig.ask(post(path="/elsewhere"))
        left.set()
        wait_for(lambda: rig.store.newest_id() == 2)
        missed = next(exchange for exchange in rig.log(2) if exchange.outcome != "rejected")
        assert missed.actions == [ACTION]
        assert "caller-gone" in {finding.rule for finding in missed.problems}


def test_many_callers_at_once_lose_nothing(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        failures: list[int] = []

        def call(number: int) -> None:
            caller = rig.caller()
            for turn in range(25):
                status, _, _ = caller.ask(post(path=f"/webhook?{number}-{turn}"))
                if status != 200:
                    failures.append(status)

        threads = [threading.Thread(target=call, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(rig.log(500)) == len(app.seen) == 500


def test_what_is_under_way_at_the_end_is_finished(record: Record) -> None:
    go = threading.Event()

    def respond(seen: Seen) -> bytes:
        assert go.wait(10)
        return echo(seen)

    with serving(respond) as app:
        rig = record(app.url)
        caller = rig.caller()
        caller.send(post())
        assert app.arrived.wait(10)
        ending = threading.Thread(target=rig.stop)
        ending.start()
        wait_for(lambda: not _listens(rig.port))
        go.set()
        assert caller.read()[0] == 200
        ending.join(10)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
