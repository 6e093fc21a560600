from __future__ import annotations

from tests.support.cli import Cli


def test_one_call_with_latencies(cli: Cli) -> None:
    result = cli("demo", "--once")
    assert result.code == 0
    assert "  caller  Can you hear me?" in result.out
    assert "You said: Can you hear me?  [" in result.out
    assert "You pressed 1." in result.out
    assert "(hangup)" in result.out
    assert "5 events: min" in result.out
    assert "aiflow init" in result.err


def test_json_is_an_exchange_a_line(cli: Cli) -> None:
    lines = cli("demo", "--once", "--json").lines
    assert [line["event"]["type"] for line in lines][0] == "session_start"
    assert [line["event"]["type"] for line in lines][-1] == "session_end"
    assert len({line["sessionId"] for line in lines}) == 1
    assert {line["source"] for line in lines} == {"demo"}
    assert all(line["outcome"] in ("ok", "no-action") for line in lines)


def test_the_call_is_in_the_log(cli: Cli) -> None:
    shown = cli("demo", "--once", "--json").lines
    assert cli("logs", "--format", "json").json == shown


def test_as_a_process_of_its_own(cli: Cli) -> None:
    result = cli.process("demo", "--once")
    assert (result.code, "You said: Can you hear me?" in result.out) == (0, True)
