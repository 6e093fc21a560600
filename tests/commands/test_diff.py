"""``aiflow diff`` as a user types it: the same bot again is no difference, a changed one is, over both transports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from aiflow_cli.errors import ExitCode
from tests.simulator.bots import Answer, Bot, Event, Pizza, http_bot, speak, websocket_bot
from tests.support.cli import Cli

Running = Callable[[Callable[[Event], Answer]], AbstractContextManager[Bot]]


@contextmanager
def on_websocket(answer: Callable[[Event], Answer]) -> Iterator[Bot]:
    def talk(event: Event, connection: ServerConnection) -> None:
        said = answer(event)
        for action in said if isinstance(said, list) else [said] if said is not None else []:
            connection.send(json.dumps(action))

    with websocket_bot(talk) as bot:
        yield bot


def changed() -> Callable[[Event], Answer]:
    """The same bot, but for one answer."""
    pizza = Pizza()

    def answer(event: Event) -> Answer:
        said = pizza(event)
        return (
            {**said, "text": "We are closed."} if event.get("text") == "margherita" and isinstance(said, dict) else said
        )

    return answer


@pytest.mark.parametrize("running", [http_bot, on_websocket], ids=["http", "websocket"])
def test_a_replay_of_the_same_bot_is_no_difference_and_of_a_changed_one_is(cli: Cli, running: Running) -> None:
    with running(Pizza()) as bot:
        said = ("--say", "hi", "--say", "margherita", "--say", "goodbye")
        assert cli("call", bot.url, *said, "--record", "rec.jsonl").code == 0
        assert cli("replay", "rec.jsonl", "--url", bot.url, "-o", "again.jsonl").code == 0

    same = cli("diff", "rec.jsonl", "again.jsonl")
    assert (same.code, same.json["same"], same.json["turns"]) == (0, True, 5)

    with running(changed()) as bot:
        assert cli("replay", "rec.jsonl", "--url", bot.url, "-o", "changed.jsonl").code == 0
        at_once = cli("diff", "rec.jsonl", "--replay", "--url", bot.url)

    for result in (cli("diff", "rec.jsonl", "changed.jsonl"), at_once):
        assert result.code == ExitCode.FAILED
        assert "1 of 5 turns is different" in result.err
        (turn,) = [one for one in result.json["calls"][0]["turns"] if one["status"] != "same"]
        assert turn["left"]["event"]["text"] == "margherita"
        assert [(one["aspect"], one["right"]) for one in turn["changes"]] == [("text", "We are closed.")]


def test_a_terminal_gets_it_side_by_side_and_a_pipe_gets_json(cli: Cli) -> None:
    with http_bot(Pizza()) as bot:
        cli("call", bot.url, "--say", "margherita", "--record", "rec.jsonl")
    cli.environ["NO_COLOR"] = "1"
    with http_bot(changed()) as bot:
        shown = cli("diff", "rec.jsonl", "--replay", "--url", bot.url, terminal=True)
        same = cli("diff", "rec.jsonl", "--replay", "--url", bot.url, "--format", "side", "--all")

    assert shown.code == ExitCode.FAILED
    (line,) = [line for line in shown.out.splitlines() if "We are closed." in line]
    assert line.startswith("bot     You said: margherita")
    assert " ≠ bot     We are closed." in line
    assert "(the call is over)" in same.out


def test_json_has_a_short_flag_that_no_other_format_contradicts(cli: Cli) -> None:
    name = record(cli, "a.jsonl", words("Hello."))
    assert cli("diff", name, name, "--json", terminal=True).json["same"] is True
    both = cli("diff", name, name, "--json", "--format", "side")
    assert (both.code, both.out) == (2, "")


def words(text: str, **fields: Any) -> Callable[[Event], Answer]:
    return lambda event: speak(event, text, **fields) if event["type"] == "session_start" else None


def record(cli: Cli, name: str, answer: Callable[[Event], Answer]) -> str:
    with http_bot(answer) as bot:
        assert cli("call", bot.url, "--say", "hi", "--record", name).code == 0
    return name


def test_masks_and_ignored_fields_from_flags_and_from_the_project(cli: Cli) -> None:
    one = record(cli, "one.jsonl", words("order 1", tts={"provider": "azure", "voice": "a"}))
    two = record(cli, "two.jsonl", words("order 2", tts={"provider": "azure", "voice": "b"}))

    assert cli("diff", one, two).code == ExitCode.FAILED
    assert cli("diff", one, two, "--mask", r"order \d").code == ExitCode.FAILED
    assert cli("diff", one, two, "--mask", r"order \d", "--ignore", "tts").code == 0
    cli.project("[masks]\npatterns = ['order \\d']\nignore = ['tts.voice']\n")
    assert cli("diff", one, two).code == 0


def test_ids_and_times_count_only_where_that_is_asked_for(cli: Cli) -> None:
    one = record(cli, "one.jsonl", words("at 2026-01-31T12:00:00Z"))
    two = record(cli, "two.jsonl", words("at 2026-02-01T12:00:00Z"))

    assert cli("diff", one, two).code == 0
    assert cli("diff", one, two, "--exact").code == ExitCode.FAILED


def test_two_masked_recordings_of_one_project_can_be_compared(cli: Cli) -> None:
    with http_bot(Pizza()) as bot:
        for name, said in (("a", "margherita"), ("b", "margherita"), ("c", "funghi")):
            assert cli("call", bot.url, "--say", said, "--record", f"{name}.jsonl", "--redact").code == 0

    assert cli("diff", "a.jsonl", "b.jsonl").code == 0
    assert cli("diff", "a.jsonl", "c.jsonl").json["different"] == 1


def test_a_masked_recording_beside_a_plain_one_is_explained(cli: Cli) -> None:
    with http_bot(Pizza()) as bot:
        cli("call", bot.url, "--say", "hi", "--record", "masked.jsonl", "--redact")
        cli("call", bot.url, "--say", "hi", "--record", "plain.jsonl")

    assert "one of the two is redacted" in cli("diff", "masked.jsonl", "plain.jsonl").err


@pytest.mark.parametrize("arguments", [("a.jsonl",), ("a.jsonl", "b.jsonl", "--replay")])
def test_b_or_replay_and_not_both(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli("diff", *arguments)

    assert done.code == ExitCode.USAGE
    assert "aiflow diff A --replay" in done.err


def test_a_bot_that_is_gone_is_no_difference_but_exit_5(cli: Cli) -> None:
    record(cli, "one.jsonl", words("hi"))

    done = cli("diff", "one.jsonl", "--replay", "--url", "http://127.0.0.1:9/")

    assert done.code == ExitCode.NETWORK
    assert done.out == ""


def test_a_bad_mask_is_named(cli: Cli) -> None:
    done = cli("diff", "a", "b", "--mask", "(")

    assert done.code == ExitCode.CONFIG
    assert "the mask ( is no regular expression" in done.err
