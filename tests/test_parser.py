from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pytest
import typer

from aiflow_cli.commands import command_app
from aiflow_cli.console import Console
from aiflow_cli.context import World
from aiflow_cli.errors import UsageError
from aiflow_cli.parser import one_of
from tests.support.cli import FixedClock

app = command_app(help="A group.", epilog="\b\nExamples:\n  aiflow group one\n")


@app.command(
    epilog="\b\nExamples:\n  aiflow group one --name x   --list\n\nA sentence that is wrapped\nwhere it has to be.\n"
)
def one(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="A name.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="A flag.")] = False,
    words: Annotated[list[str] | None, typer.Option("--word", help="Words.")] = None,
    own: Annotated[str, typer.Option(envvar="AIFLOW_OWN", help="With a variable of its own.")] = "",
) -> None:
    """Do the one thing."""
    ctx.obj.console.out(f"{name}|{list_}|{words}|{own}")


@app.command(epilog="\b\nExamples:\n  aiflow group two\n")
def two(target: Annotated[str, typer.Argument(help="Where to.")]) -> None:
    """Do the other thing, of which there is so much to say that it takes more than one line of help."""


def run(arguments: Sequence[str]) -> str:
    out = io.StringIO()
    world = World(console=Console(None, out, None, {}), clock=FixedClock(), environ={}, cwd=Path("/"))
    group = typer.main.get_command(app)
    try:
        with group.make_context("aiflow", list(arguments), obj=world, auto_envvar_prefix="AIFLOW") as context:
            group.invoke(context)
    except typer.Exit:
        pass
    return out.getvalue()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_a_group_without_a_command_shows_its_help(arguments: list[str]) -> None:
    text = run(arguments)
    assert text.rstrip().endswith("\n\nExamples:\n  aiflow group one")
    # Typer would cut it to one line.
    assert "that it takes more than one line of help." in " ".join(text.split())


def test_an_unknown_command_names_the_near_miss() -> None:
    with pytest.raises(UsageError, match="there is no command tow") as caught:
        run(["tow"])
    assert caught.value.hint == "did you mean `aiflow two`?"


def test_examples_stand_as_they_are_and_prose_is_wrapped() -> None:
    text = run(["one", "--help"])
    assert "\nExamples:\n  aiflow group one --name x   --list\n" in text
    assert "\nA sentence that is wrapped where it has to be.\n" in text


def test_one_line_tells_the_rule_of_the_variables() -> None:
    text = run(["one", "--help"])
    assert "Every option has a variable: AIFLOW_ONE_NAME for --name." in text
    assert text.count("AIFLOW_") == 2
    assert "[env var: AIFLOW_OWN]" in " ".join(text.split())


def test_what_a_value_is_called() -> None:
    one_help, two_help = run(["one", "--help"]), run(["two", "--help"])
    assert "--name NAME" in one_help
    assert "--word TEXT" in one_help
    assert "two [OPTIONS] TARGET" in two_help


def test_variables_go_by_the_name_of_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {"NAME": "n", "LIST": "1", "WORD": "a b"}.items():
        monkeypatch.setenv(f"AIFLOW_ONE_{variable}", value)
    monkeypatch.setenv("AIFLOW_OWN", "o")
    assert run(["one"]) == "n|True|['a', 'b']|o\n"
    assert run(["one", "--name", "given"]).startswith("given|")


def test_words_to_complete_come_from_where_they_are_defined() -> None:
    assert one_of("aiflow_cli.protocol.samples:EVENT_TYPES")()[0] == "session_start"
    assert one_of("aiflow_cli.config.settings:BY_KEY")()[0] == "webhook.url"
