"""The line that repeats a request really repeats it: run by a shell, with the real curl."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from aiflow_cli.conformance.checks.requests import DEEP
from aiflow_cli.conformance.checks.tolerance import LONG_TEXT
from aiflow_cli.conformance.traffic import EMPTY_TOKEN, NO_TOKEN, Request, Token
from aiflow_cli.render.curl import curl_request, curl_requests
from tests.bots import correct

SECRET = "Se$cret 'x'"
RIGHT = Token(SECRET, "$AIFLOW_SECRET")
JSON = {"Content-Type": "application/json"}

needs_curl = pytest.mark.runtime("curl")


class Witness(correct.Bot):
    """Remembers what came."""

    def __init__(self) -> None:
        super().__init__(None)
        self.requests: list[correct.Request] = []

    def receive(self, request: correct.Request) -> correct.Response:
        self.requests.append(request)
        return correct.Response(204)


@pytest.fixture
def witness() -> Iterator[tuple[Witness, str]]:
    bot = Witness()
    with correct.serve(bot) as url:
        yield bot, url


def shell(line: str) -> None:
    subprocess.run(["sh", "-c", line], env={"AIFLOW_SECRET": SECRET, "PATH": "/usr/bin:/bin"}, check=True, timeout=20)


BODIES = {
    "an event": b'{"type": "user_speak", "text": "it\'s $5 `now` \\\\ \\"quoted\\" 100% \xc3\xbc"}',
    "no text": b'{"type": \xff\xfe}',
    "control characters": b"\x00\x01\x7f'\\n",
    "a long text": ('{"text": "' + LONG_TEXT + '"}').encode(),
    "brackets": b"[" * DEEP + b"]" * DEEP,
    "zeros": b"0" * 600,
    "a line break": b'{"text":\n"a"}',
    "a leading at-sign": b"@/etc/hostname",
}


@needs_curl
@pytest.mark.parametrize("name", BODIES)
def test_the_body_arrives_byte_for_byte(witness: tuple[Witness, str], name: str) -> None:
    bot, url = witness
    line = curl_request(Request(url=url, body=BODIES[name], headers=JSON, token=RIGHT))
    shell(line)
    (came,) = bot.requests
    assert came.body == BODIES[name]
    assert came.method == "POST"
    assert came.headers["Content-Type"] == "application/json"
    assert came.headers["X-API-TOKEN"] == SECRET
    assert SECRET not in line


@needs_curl
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_methods_without_a_body(witness: tuple[Witness, str], method: str) -> None:
    bot, url = witness
    shell(curl_request(Request(url=url, method=method, headers={"User-Agent": "aiflow"})))
    assert [(came.method, came.body) for came in bot.requests] == [(method, b"")]


@needs_curl
def test_an_empty_post_and_a_missing_content_type(witness: tuple[Witness, str]) -> None:
    bot, url = witness
    shell(curl_request(Request(url=url, headers=JSON)))
    shell(curl_request(Request(url=url, body=b"{}", headers={})))
    empty, untyped = bot.requests
    assert (empty.method, empty.body, empty.headers["Content-Type"]) == ("POST", b"", "application/json")
    assert "Content-Type" not in untyped.headers


@needs_curl
def test_chunked(witness: tuple[Witness, str]) -> None:
    bot, url = witness
    shell(curl_request(Request(url=url, body=b'{"a": 1}', headers=JSON, chunked=True)))
    (came,) = bot.requests
    assert (came.headers["Transfer-Encoding"], came.body) == ("chunked", b'{"a": 1}')


@needs_curl
def test_tokens_are_made_by_the_shell(witness: tuple[Witness, str]) -> None:
    bot, url = witness
    swapped = """$(printf %s "$AIFLOW_SECRET" | tr 'A-Za-z' 'a-zA-Z')"""
    tokens = [
        NO_TOKEN,
        EMPTY_TOKEN,
        Token(SECRET[:-1], "${AIFLOW_SECRET%?}"),
        Token(SECRET + "x", "${AIFLOW_SECRET}x"),
        Token(SECRET.swapcase(), swapped),
    ]
    for token in tokens:
        shell(curl_request(Request(url=url, body=b"{}", headers=JSON, token=token)))
    assert [came.headers.get("X-API-TOKEN") for came in bot.requests] == [token.value for token in tokens]


@needs_curl
def test_several_at_once_all_arrive(witness: tuple[Witness, str]) -> None:
    bot, url = witness
    requests = [Request(url=url, body=f'{{"a": {number}}}'.encode(), headers=JSON) for number in range(10)]
    shell(curl_requests(requests, at_once=True))
    assert sorted(came.body for came in bot.requests) == sorted(request.body for request in requests)


def test_a_long_run_stays_readable() -> None:
    line = curl_request(Request(url="http://bot/webhook", body=b"[" * DEEP, headers=JSON))
    assert len(line) < 200
