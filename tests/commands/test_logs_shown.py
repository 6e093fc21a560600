"""``aiflow logs``: what is shown, and what is said where there is nothing to show."""

from __future__ import annotations

import json

import pytest

from aiflow_cli.store.store import Store
from tests.support.cli import Cli
from tests.support.exchanges import an_exchange


def fill(cli: Cli, count: int = 2) -> None:
    with Store(cli.store) as store:
        for number in range(count):
            store.append(an_exchange(number))


def test_json_is_short_for_json_lines(cli: Cli) -> None:
    fill(cli)
    short = cli("logs", "--json")
    assert short.out == cli("logs", "--format", "jsonl").out
    assert [json.loads(line)["id"] for line in short.out.splitlines()] == [1, 2]
    both = cli("logs", "--json", "--format", "transcript")
    assert (both.code, both.out) == (2, "")


def test_an_empty_log_says_how_to_fill_it(cli: Cli) -> None:
    Store(cli.store).close()
    result = cli("logs")
    assert (result.code, result.out) == (0, "")
    assert "the log is empty; `aiflow call`" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--type", "session_end"], "no exchange in the log is like that"),
        (["--session", "nobody"], "no exchange in the log is like that"),
        (["--grep", "zzz"], "no exchange in the log is like that"),
    ],
)
def test_a_selection_that_nothing_fits_is_told(cli: Cli, arguments: list[str], said: str) -> None:
    fill(cli)
    result = cli("logs", *arguments)
    assert (result.code, result.out) == (0, "")
    assert said in result.err


def test_no_more_is_said_than_was_asked_for(cli: Cli) -> None:
    fill(cli)
    assert "log is" not in cli("logs").err
    assert "log is" not in cli("logs", "-n", "0").err
