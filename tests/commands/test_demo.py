from __future__ import annotations

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
