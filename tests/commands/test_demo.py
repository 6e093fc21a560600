from __future__ import annotations

import signal
import urllib.request

from tests.support.cli import Cli


def test_one_call_with_its_silences(cli: Cli) -> None:
    result = cli("demo", "--once")
    assert result.code == 0
    assert "caller  Can you hear me?\n" in result.out
    assert "bot     You said: Can you hear me?\n" in result.out
    assert "the caller interrupts" in result.out
    assert "bot     You pressed 1.\n" in result.out
    assert result.out.endswith("the bot hangs up\n")
    assert "14 events; silence before an answer: min" in result.err
    assert "aiflow init" in result.err


def test_json_is_the_call_line_by_line(cli: Cli) -> None:
    lines = cli("demo", "--once", "--json").lines
    exchanges = [line["exchange"] for line in lines if line["type"] == "exchange"]
    assert [exchange["event"]["type"] for exchange in exchanges][0] == "session_start"
    assert [exchange["event"]["type"] for exchange in exchanges][-1] == "session_end"
    assert len({exchange["sessionId"] for exchange in exchanges}) == 1
    assert {exchange["source"] for exchange in exchanges} == {"demo"}
    assert all(exchange["outcome"] in ("ok", "no-action") for exchange in exchanges)
    assert lines[-1]["type"] == "end"


def test_the_call_is_in_the_log(cli: Cli) -> None:
    shown = [line["exchange"] for line in cli("demo", "--once", "--json").lines if line["type"] == "exchange"]
    assert cli("logs", "--format", "json").json == shown


def test_as_a_process_of_its_own(cli: Cli) -> None:
    result = cli.process("demo", "--once")
    assert (result.code, "You said: Can you hear me?" in result.out) == (0, True)


def test_without_once_bot_and_dashboard_stay_until_ctrl_c(cli: Cli) -> None:
    with cli.start("demo") as process:
        assert process.stderr is not None
        told: dict[str, str] = {}
        while (line := process.stderr.readline().rstrip()) != "Ctrl-C ends it":
            assert line, "it ended by itself"
            label, _, told_value = line.rpartition(" ")
            told[label] = told_value
        with urllib.request.urlopen(told["the exchanges:"]) as answer:
            assert b'"sessionId"' in answer.read()
        bot = told["call it yourself: aiflow call"]
        assert "You said: hi" in cli("call", bot, "--say", "hi", "--say", "bye").out
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
