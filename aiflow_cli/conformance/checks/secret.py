"""Only the service gets in. These run where a secret is set.

A wrong one must be refused with 401 or 403; on a WebSocket at the handshake, or by closing with 1008, 3000,
3003, 4401 or 4403.
"""

from __future__ import annotations

from collections.abc import Iterator

from aiflow_cli.conformance.check import Breach, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.conformance.traffic import EMPTY_TOKEN, NO_TOKEN, Token

WRONG_TOKEN = Token("this-is-not-the-secret", "this-is-not-the-secret")


@check(
    "secret-accepted",
    "secret",
    "error",
    "1",
    "The right secret is accepted",
    "The bot would answer no call at all.",
)
def secret_accepted(probe: Probe) -> Iterator[Breach]:
    with probe.call(start=False) as call:
        yield from expect.accepted(call.send("session_start"), "with the right secret")


@check(
    "secret-header-case",
    "secret",
    "error",
    "1",
    "The secret's header is found whatever its case",
    "HTTP/2 proxies and tunnels write header names in lower case.",
    transports=("http",),
)
def secret_header_case(probe: HttpProbe) -> Iterator[Breach]:
    token = Token(probe.token.value, probe.token.shell, header="x-api-token")
    yield from expect.accepted(probe.knock(token), "with the header x-api-token")


@check(
    "secret-wrong",
    "secret",
    "error",
    "1",
    "A wrong secret is refused with 401 or 403",
    "Anybody who knows the URL could drive the bot.",
)
def secret_wrong(probe: Probe) -> Iterator[Breach]:
    return _refused(probe, WRONG_TOKEN, "a wrong secret")


@check(
    "secret-almost",
    "secret",
    "error",
    "1",
    "A secret that is almost right is refused with 401 or 403",
    "A comparison by prefix, or without case, can be guessed step by step.",
)
def secret_almost(probe: Probe) -> Iterator[Breach]:
    secret = probe.secret or ""
    yield from _refused(probe, Token(secret[:-1], "${AIFLOW_SECRET%?}"), "a secret that lacks its last character")
    yield from _refused(probe, Token(secret + "x", "${AIFLOW_SECRET}x"), "a secret with one more character")
    if secret.swapcase() != secret:
        shell = """$(printf %s "$AIFLOW_SECRET" | tr 'A-Za-z' 'a-zA-Z')"""
        yield from _refused(probe, Token(secret.swapcase(), shell), "a secret in the wrong case")


@check(
    "secret-missing",
    "secret",
    "error",
    "1",
    "A missing secret is refused with 401 or 403",
    "Anybody who knows the URL could drive the bot.",
)
def secret_missing(probe: Probe) -> Iterator[Breach]:
    return _refused(probe, NO_TOKEN, "a missing secret")


@check(
    "secret-empty",
    "secret",
    "error",
    "1",
    "An empty secret is refused with 401 or 403",
    "An empty header is the first thing that an attacker tries.",
)
def secret_empty(probe: Probe) -> Iterator[Breach]:
    return _refused(probe, EMPTY_TOKEN, "an empty secret")


def _refused(probe: Probe, token: Token, what: str) -> Iterator[Breach]:
    sent = probe.knock(token)
    if not sent.forbidden:
        yield Breach(f"{what} was {sent.outcome}, not 401 or 403", (sent,))
