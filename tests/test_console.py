from __future__ import annotations

import io
import json

import pytest

from aiflow_cli.console import Console, OutputClosed
from aiflow_cli.errors import ConfigError, UsageError
from tests.support.cli import Terminal


class Broken(io.StringIO):
    """A stream whose reader is gone, or whose disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error


def test_data_and_talk_do_not_mix() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(None, out, err, {})
    console.out("data")
    console.json({"a": "ü"})
    console.say("talk")
    assert (out.getvalue(), err.getvalue()) == ('data\n{"a": "ü"}\n', "talk\n")


@pytest.mark.parametrize(
    ("environ", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_on_a_terminal_only_and_never_against_the_users_will(environ: dict[str, str], colored: bool) -> None:
    on_terminal = Console(Terminal(), Terminal(), Terminal(), environ)
    assert on_terminal.is_colored is colored
    assert (on_terminal.style("x", "red") == "\x1b[31mx\x1b[0m") is colored
    assert Console(None, io.StringIO(), io.StringIO(), environ).style("x", "red") == "x"


def test_each_stream_has_a_colour_of_its_own() -> None:
    console = Console(None, io.StringIO(), Terminal(), {})
    assert console.style("x", "red") == "x"
    assert console.style_talk("x", "red", "bold") == "\x1b[31;1mx\x1b[0m"


def test_streams_that_are_not_there_are_no_error() -> None:
    console = Console(None, None, None, {})
    console.out("data")
    console.say("talk")
    assert (console.is_terminal, console.is_interactive, console.read_all()) == (False, False, "")
    with pytest.raises(EOFError):
        console.read_line()


def test_a_reader_that_is_gone_ends_the_command() -> None:
    with pytest.raises(OutputClosed):
        Console(None, Broken(BrokenPipeError()), None, {}).out("data")


def test_a_full_disk_is_told() -> None:
    with pytest.raises(ConfigError, match="No space left"):
        Console(None, Broken(OSError(28, "No space left on device")), None, {}).out("data")


def test_talk_that_nobody_hears_does_not_stop_the_data() -> None:
    out = io.StringIO()
    console = Console(None, out, Broken(BrokenPipeError()), {})
    console.say("talk")
    console.say("talk")
    console.out("data")
    assert out.getvalue() == "data\n"


def test_json_is_json_in_any_locale() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    Console(None, stream, None, {}).json({"a": "ü\N{GRINNING FACE}"})
    assert json.loads(raw.getvalue()) == {"a": "ü\N{GRINNING FACE}"}


def test_an_answer_is_asked_for_until_it_is_one_of_the_choices() -> None:
    err = Terminal()
    console = Console(Terminal("x\n\nb\n"), io.StringIO(), err, {})
    assert console.ask("Which", flag="--which", choices=["a", "b"]) == "b"
    assert err.getvalue().count("Which [a/b]: ") == 3
    assert "please answer with one of: a, b" in err.getvalue()


def test_an_empty_answer_is_the_default() -> None:
    console = Console(Terminal("\n"), io.StringIO(), Terminal(), {})
    assert console.ask("Folder", flag="DIR", default="my-bot") == "my-bot"


@pytest.mark.parametrize(("stdin", "stderr"), [(io.StringIO("a\n"), Terminal()), (Terminal("a\n"), io.StringIO())])
def test_without_a_terminal_nothing_is_asked_and_the_flag_is_named(stdin: io.StringIO, stderr: io.StringIO) -> None:
    with pytest.raises(UsageError) as caught:
        Console(stdin, io.StringIO(), stderr, {}).ask("Which", flag="--which")
    assert "--which" in caught.value.message
    assert caught.value.hint == "add --which"


def test_the_end_of_input_ends_the_question() -> None:
    with pytest.raises(EOFError):
        Console(Terminal(""), None, Terminal(), {}).ask("Which", flag="--which")


def test_json_is_one_line() -> None:
    out = io.StringIO()
    Console(None, out, None, {}).json({"text": "two\nlines"})
    assert json.loads(out.getvalue()) == {"text": "two\nlines"}
    assert out.getvalue().count("\n") == 1
