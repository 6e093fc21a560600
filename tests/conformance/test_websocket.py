"""The same over a WebSocket: one connection for each call."""

from __future__ import annotations

import logging

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.conformance.engine import run, select
from aiflow_cli.conformance.manifest import MANIFEST
from aiflow_cli.conformance.report import Report, Result
from aiflow_cli.conformance.websocket_probe import WebSocketProbe
from tests.bots.broken import BROKEN
from tests.bots.correct import CORRECT, SECRET, Bot
from tests.bots.websocket import WEBSOCKET_BROKEN, Line, serve_websocket
from tests.conformance.conftest import Aiflow

CHECKS = {check.id: check for check in MANIFEST if "websocket" in check.transports}
# Each of them is proven over HTTP; here it is about what a WebSocket changes, and about checks that run side by side.
SHARED = (
    "every-event",
    "unknown-type",
    "mid-call",
    "whole-calls",
    "interleaved-calls",
    "overlapping-calls",
    "parallel-calls",
    "secret-accepted",
    "secret-wrong",
    "session-id",
    "session-end-action",
    "ssml-escaped",
    "slow-answer",
)
SETTLE = 0.05


@pytest.fixture(autouse=True)
def quiet_server(caplog: pytest.LogCaptureFixture) -> None:
    """The server tells every crash of a broken bot at length."""
    caplog.set_level(logging.CRITICAL, logger="websockets.server")


def check_bot(bot: Bot, line: type[Line] = Line) -> list[Result]:
    with serve_websocket(bot, line) as url:
        probe = WebSocketProbe(url, secret=bot.secret, settle=SETTLE, clock=SystemClock())
        return list(run(select("websocket"), probe))


def told(results: list[Result]) -> dict[str, list[str]]:
    return {r.check.id: [breach.message for breach in r.breaches] for r in results if r.status == "failed"}


@pytest.mark.parametrize("bot", CORRECT, ids=lambda bot: bot.__name__)
def test_a_correct_bot_gets_100_and_no_finding(bot: type[Bot]) -> None:
    results = check_bot(bot(SECRET))
    assert told(results) == {}
    assert Report("", "websocket", [check.group for check in CHECKS.values()], results).score == 100


@pytest.mark.parametrize("id", SHARED)
def test_a_broken_bot_is_caught_by_exactly_the_checks_that_apply(id: str) -> None:
    results = check_bot(BROKEN[id].bot(SECRET))
    assert set(told(results)) == BROKEN[id].caught_by & set(CHECKS), told(results)


@pytest.mark.parametrize("id", WEBSOCKET_BROKEN)
def test_what_only_a_websocket_can_break(id: str) -> None:
    bot, line = WEBSOCKET_BROKEN[id]
    results = check_bot(bot(SECRET), line)
    assert set(told(results)) == {id}, told(results)


def test_every_check_has_a_broken_bot() -> None:
    assert set(BROKEN) & set(CHECKS) | set(WEBSOCKET_BROKEN) == set(CHECKS)


def test_a_failure_is_repeated_by_a_command_line(aiflow: Aiflow) -> None:
    bot, line = WEBSOCKET_BROKEN["malformed-frame"]
    with serve_websocket(bot(SECRET), line) as url:
        outcome = aiflow("check", url, "--only", "malformed-frame", AIFLOW_SECRET=SECRET)
    assert outcome.code == 1
    assert "the bot closed the connection (code 1011" in outcome.out
    assert f"  aiflow check {url} --only malformed-frame\n" in outcome.out


def test_a_refused_handshake_without_a_secret_says_which_variable(aiflow: Aiflow) -> None:
    with serve_websocket(Bot(SECRET)) as url:
        outcome = aiflow("check", url)
    assert outcome.code == 1
    assert "the webhook expects a secret (it refuses the connection with 401)" in outcome.err
