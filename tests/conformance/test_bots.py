"""Each broken bot is caught by exactly the checks that apply; correct bots pass all of them. Over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.conformance.engine import run, select
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.manifest import MANIFEST
from aiflow_cli.conformance.report import Report, Result
from tests.bots.broken import BROKEN
from tests.bots.correct import CORRECT, SECRET, Bot, Handler, serve

HTTP_CHECKS = [check for check in MANIFEST if "http" in check.transports]
GROUPS = [check.group for check in HTTP_CHECKS]


def check_bot(bot: Bot, handler: type[Handler] = Handler, **selection: Any) -> list[Result]:
    with serve(bot, handler) as url:
        probe = HttpProbe(url, secret=bot.secret, clock=SystemClock())
        try:
            return list(run(select("http", **selection), probe))
        finally:
            probe.close()


def told(results: list[Result]) -> dict[str, list[str]]:
    return {r.check.id: [breach.message for breach in r.breaches] for r in results if r.status == "failed"}


@pytest.mark.parametrize("bot", CORRECT, ids=lambda bot: bot.__name__)
def test_a_correct_bot_gets_100_and_no_finding(bot: type[Bot]) -> None:
    results = check_bot(bot(SECRET))
    assert told(results) == {}
    assert Report("", "http", GROUPS, results).score == 100


def test_without_a_secret_the_group_is_not_run_and_the_score_stays_below_100() -> None:
    results = check_bot(Bot(secret=None))
    report = Report("", "http", GROUPS, results)
    assert told(results) == {}
    assert report.missing_groups == ["secret"]
    assert report.score == 99
    assert {result.check.group for result in results if result.status == "not-run"} == {"secret"}


@pytest.mark.parametrize("id", BROKEN)
def test_a_broken_bot_is_caught_by_exactly_the_checks_that_apply(id: str) -> None:
    broken = BROKEN[id]
    results = check_bot(broken.bot(SECRET), broken.handler)
    assert set(told(results)) == broken.caught_by, told(results)
    assert Report("", "http", GROUPS, results).score < 100


def test_every_check_has_a_broken_bot_and_every_bot_a_check() -> None:
    assert set(BROKEN) == {check.id for check in HTTP_CHECKS}
    for id, broken in BROKEN.items():
        assert id in broken.caught_by
