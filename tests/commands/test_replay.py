"""``aiflow replay`` as a user types it, against bots that really listen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiflow_cli.errors import ExitCode
from aiflow_cli.recording.files import read_recording
from tests.simulator.bots import Event, Pizza, http_bot, speak, websocket_bot
from tests.support.bot import Bot, Response, actions
from tests.support.cli import Cli

SECRET = "s3cret-of-the-bot"


@pytest.fixture
def recorded(cli: Cli, bot: Bot) -> str:
    """A call to the Quick Start's bot, recorded."""
    done = cli("call", bot.url, "--say", "hello", "--say", "bye", "--record", "rec.jsonl")
    assert done.code == 0, done.err
    bot.requests.clear()
    return "rec.jsonl"


def test_a_recording_is_sent_again_and_recorded_again(cli: Cli, bot: Bot, recorded: str) -> None:
    first = read_recording(cli.cwd / recorded)

    done = cli("replay", recorded, "-o", "again.jsonl")

    again = read_recording(cli.cwd / "again.jsonl")
    assert done.code == 0
    assert "You said: hello" in done.out
    assert [event["type"] for event in bot.events] == [entry.exchange.type for entry in first.entries]
    assert [entry.call_time_ms for entry in again.entries] == [entry.call_time_ms for entry in first.entries]
    assert {entry.exchange.source for entry in again.entries} == {"replay"}
    assert again.header.url == bot.url
    assert "compare: aiflow diff rec.jsonl again.jsonl" in done.err


def test_json_is_one_exchange_a_line_and_nothing_else(cli: Cli, bot: Bot, recorded: str) -> None:
    lines = cli("replay", recorded, "--json").lines

    assert [line["event"] for line in lines] == bot.events
    assert lines[0]["replayOf"] == read_recording(cli.cwd / recorded).entries[0].exchange.id


def test_a_session_and_an_exchange_of_the_log_are_sent_again(cli: Cli, bot: Bot, recorded: str) -> None:
    entries = read_recording(cli.cwd / recorded).entries
    session, spoken = entries[0].exchange.session_id, next(e for e in entries if e.exchange.type == "user_speak")
    assert session is not None

    whole = cli("replay", session, "--json")
    one = cli("replay", str(spoken.exchange.id), "--json")
    hashed = cli("replay", f"#{spoken.exchange.id}", "--json")

    assert len(whole.lines) == len(entries)
    assert [line["event"]["text"] for line in (*one.lines, *hashed.lines)] == ["hello", "hello"]
    assert one.lines[0]["sessionId"] != session


def test_the_secret_goes_along_and_stays_out_of_everything(cli: Cli, bot: Bot, recorded: str) -> None:
    bot.answer = lambda request: actions(
        {"type": "speak", "session_id": request.event["session"]["id"], "text": f"my secret is {SECRET}"}
    )
    cli.environ["AIFLOW_SECRET"] = SECRET

    done = cli("replay", recorded, "-o", "again.jsonl", "--json")

    assert {request.headers["x-api-token"] for request in bot.requests} == {SECRET}
    assert SECRET not in done.out + done.err + (cli.cwd / "again.jsonl").read_text()


def test_redact_masks_the_new_recording(cli: Cli, recorded: str) -> None:
    assert cli("replay", recorded, "-o", "again.jsonl", "--redact").code == 0

    text = (cli.cwd / "again.jsonl").read_text()
    assert "hello" not in text
    assert read_recording(cli.cwd / "again.jsonl").header.redacted
    assert (cli.store.parent / "redaction.key").stat().st_mode & 0o777 == 0o600


def test_a_redacted_call_says_so_when_it_is_sent_again(cli: Cli, bot: Bot) -> None:
    cli("call", bot.url, "--say", "hello", "--record", "masked.jsonl", "--redact")

    done = cli("replay", "masked.jsonl")

    assert "the recording is redacted" in done.err
    assert "hello" not in (cli.cwd / "masked.jsonl").read_text()


def test_a_bot_that_is_gone_is_exit_5_and_one_message(cli: Cli, recorded: str) -> None:
    done = cli("replay", recorded, "--url", "http://127.0.0.1:9/webhook")

    assert done.code == ExitCode.NETWORK
    assert "nothing listens at http://127.0.0.1:9/webhook" in done.err
    assert "start the bot first" in done.err


def test_a_broken_answer_is_exit_1(cli: Cli, bot: Bot, recorded: str) -> None:
    bot.answer = lambda request: Response(500, b"oops")

    assert cli("replay", recorded).code == ExitCode.FAILED


@pytest.mark.parametrize("name", ["nothing.jsonl", "17", "²", "9" * 400, "x" * 5000])
def test_a_name_that_means_nothing_is_a_usage_error(cli: Cli, name: str) -> None:
    done = cli("replay", name)

    assert done.code == ExitCode.USAGE
    assert f"{name} is neither a file nor a session or exchange" in done.err


def test_a_file_that_is_no_recording_names_file_and_line(cli: Cli) -> None:
    (cli.cwd / "app.py").write_text("print('hello')\n")

    done = cli("replay", "app.py")

    assert done.code == ExitCode.CONFIG
    assert "app.py, line 1: not a recording" in done.err


def test_a_recording_that_was_cut_off_is_played_up_to_there(cli: Cli, bot: Bot, recorded: str) -> None:
    path = cli.cwd / recorded
    path.write_bytes(path.read_bytes()[:-20])

    done = cli("replay", recorded)

    assert done.code == 0
    assert "cut off in the middle" in done.err
    assert "session_end" not in [event["type"] for event in bot.events]


# -- where to ----------------------------------------------------------------------------------------


def test_the_projects_bot_comes_before_the_recorded_url(cli: Cli, bot: Bot, recorded: str) -> None:
    with http_bot(lambda event: None) as other:
        cli.project(f'[webhook]\nurl = "{other.url}"\n')
        assert cli("replay", recorded).code == 0

    assert other.types[0] == "session_start"
    assert not bot.requests


def test_a_recording_from_elsewhere_is_not_followed_to_its_url(cli: Cli, recorded: str) -> None:
    path = cli.cwd / recorded
    header, *lines = path.read_text().splitlines()
    foreign = json.dumps({**json.loads(header), "url": "https://127.0.0.1.example.com/steal"})
    path.write_text("\n".join([foreign, *lines, ""]))
    cli.environ["AIFLOW_WEBHOOK_URL"] = "http://127.0.0.1:9/webhook"

    done = cli("replay", recorded)

    assert done.code == ExitCode.NETWORK
    assert "replaying to http://127.0.0.1:9/webhook" in done.err


def test_a_websocket_call_goes_back_to_its_websocket_beside_a_project_on_http(cli: Cli) -> None:
    with websocket_bot(lambda event, connection: None) as bot:
        cli.project('[webhook]\nurl = "http://127.0.0.1:9/webhook"\n')
        cli("call", bot.url, "--say", "hello", "--record", "ws.jsonl")
        sent = len(bot.events)

        assert cli("replay", "ws.jsonl").code == 0
        assert len(bot.events) == 2 * sent


# -- call files --------------------------------------------------------------------------------------


def test_save_as_test_writes_a_call_file_that_the_bot_passes_until_it_changes(cli: Cli) -> None:
    with http_bot(Pizza()) as bot:
        cli("call", bot.url, "--say", "margherita", "--say", "goodbye", "--record", "rec.jsonl")
        sent = len(bot.events)
        done = cli("replay", "rec.jsonl", "--save-as-test", "calls/order.yaml")
        assert len(bot.events) == sent, "nothing is sent"

        assert done.code == 0
        assert "written: calls/order.yaml" in done.err
        assert cli("call", bot.url, "--script", "calls/order.yaml").code == 0

    def changed(event: Event) -> object:
        return speak(event, "No.") if event["type"] == "user_speak" else None

    with http_bot(changed) as bot:  # type: ignore[arg-type]
        assert cli("call", bot.url, "--script", "calls/order.yaml").code == ExitCode.FAILED


def test_save_as_test_overwrites_nothing(cli: Cli, recorded: str) -> None:
    mine = cli.cwd / "mine.yaml"
    mine.write_text("steps:\n- hangup\n")

    done = cli("replay", recorded, "--save-as-test", "mine.yaml")

    assert done.code == ExitCode.USAGE
    assert mine.read_text() == "steps:\n- hangup\n"


def test_redact_without_a_file_is_a_usage_error(cli: Cli, recorded: str) -> None:
    assert cli("replay", recorded, "--redact").code == ExitCode.USAGE
    assert cli("call", "--say", "x", "--redact").code == ExitCode.USAGE


def test_it_is_the_same_in_a_process_of_its_own(cli: Cli, recorded: str, tmp_path: Path) -> None:
    done = cli.process("replay", recorded, "-o", "again.jsonl")

    assert done.code == 0, done.err
    assert cli.process("diff", recorded, "again.jsonl").code == 0
