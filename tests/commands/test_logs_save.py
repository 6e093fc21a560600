"""``aiflow logs --session ID --save FILE``: a call of the log becomes a recording."""

from __future__ import annotations

import pytest

from aiflow_cli.errors import ExitCode
from aiflow_cli.recording.files import read_recording
from tests.support.bot import Bot
from tests.support.cli import Cli


@pytest.fixture
def session(cli: Cli, bot: Bot) -> str:
    """The id of a call in the log, which also holds another call."""
    assert cli("call", bot.url, "--say", "hello").code == 0
    assert cli("call", bot.url, "--say", "another call").code == 0
    found: str = bot.events[0]["session"]["id"]
    return found


def test_the_call_and_nothing_else_is_written_and_can_be_sent_again(cli: Cli, bot: Bot, session: str) -> None:
    done = cli("logs", "--session", session, "--save", "call.jsonl")

    recording = read_recording(cli.cwd / "call.jsonl")
    assert (done.code, done.out) == (0, "")
    assert "send them again: aiflow replay call.jsonl" in done.err
    assert list(recording.calls) == [session]
    assert recording.header.url == bot.url
    assert [entry.exchange.event for entry in recording.entries] == bot.events[: len(recording.entries)]
    assert cli("diff", "call.jsonl", "--replay").json["same"] is True


def test_it_can_be_masked(cli: Cli, session: str) -> None:
    assert cli("logs", "--session", session, "--save", "call.jsonl", "--redact").code == 0

    assert "hello" not in (cli.cwd / "call.jsonl").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--save", "x.jsonl"), "--session is missing"),
        (("--session", "none", "--redact"), "--save is missing"),
        (("--session", "none", "--save", "x.jsonl"), "the log has no call none"),
    ],
)
def test_what_is_missing_is_a_usage_error(cli: Cli, arguments: tuple[str, ...], message: str) -> None:
    done = cli("logs", *arguments)

    assert done.code == ExitCode.USAGE
    assert message in done.err
    assert not (cli.cwd / "x.jsonl").exists()
