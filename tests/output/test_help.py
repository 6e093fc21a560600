"""Help, names and variables of every command in the tree (design.md sections 1 and "Names")."""

from __future__ import annotations

import os
import re

import pytest

from aiflow_cli.cli import COMMANDS
from aiflow_cli.config.settings import SETTINGS
from aiflow_cli.parser import variable_of
from scripts.generate import CURE, ROOT
from scripts.generate.tree import COLUMNS, Node, root, walk
from tests.support.cli import Cli

from . import examples
from .examples import Example

NODES = list(walk())
each_command = pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
each_example = pytest.mark.parametrize("example", examples.everything(), ids=str)


@each_command
def test_help_is_the_snapshot(node: Node, cli: Cli) -> None:
    snapshot = ROOT / f"tests/snapshots/help/{'-'.join(('aiflow', *node.path))}.txt"
    assert snapshot.is_file(), CURE
    result = cli(*node.path, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.rstrip("\n") == snapshot.read_text().rstrip("\n"), CURE
    assert cli(*node.path, "-h") == result


@each_command
def test_help_fits_a_terminal_and_has_no_colour(node: Node) -> None:
    assert "\x1b" not in node.help
    too_long = [line for line in node.help.splitlines() if len(line) > COLUMNS]
    assert not too_long


@each_command
def test_help_says_what_it_is_for_and_shows_it(node: Node) -> None:
    assert re.fullmatch(r"[A-Z`].*[.!]", node.summary), "a sentence"
    assert examples.of(node), "an Examples: section in the epilog, with a line that begins with aiflow"
    for option in node.options:
        assert option.help, f"{option.opts} has no help"
        assert option.help.endswith("."), f"{option.opts}: a sentence"


def test_the_short_helps_of_the_root_are_those_of_the_commands() -> None:
    """They stand in a table, so that ``aiflow --help`` imports no command."""
    assert {child.path[0]: child.summary for child in root().children} == COMMANDS


@each_example
def test_an_example_is_a_command_line(example: Example) -> None:
    """Every word of it is a command, an option or an argument that the command takes."""
    node, words = root(), list(example.arguments)
    while words and (child := next((c for c in node.children if c.path[-1] == words[0]), None)):
        node, words = child, words[1:]
    assert example.node.path == node.path[: len(example.node.path)], "an example of another command"
    if not node.is_group:
        # Raises for an option that is not there; values are looked at when it runs.
        node.command.make_parser(node.context).parse_args(words)
    else:
        assert not words or words[0].startswith("-")


@each_command
def test_every_option_has_a_variable(node: Node) -> None:
    known = {setting.variable for setting in SETTINGS}
    for option in node.options:
        if {"--help", "--version"} & set(option.opts):
            continue
        variable = variable_of(option, node.context)
        long = max(option.opts, key=len).removeprefix("--").replace("-", "_").upper()
        by_rule = "_".join(("AIFLOW", *node.path, long)).replace("-", "_").upper()
        assert variable == by_rule or variable in known, f"{option.opts}: {variable}, by the rule {by_rule}"


@each_command
def test_every_command_is_in_the_readme(node: Node) -> None:
    if node.runs:
        assert f"| `{node.name}` |" in (ROOT / "README.md").read_text(), CURE


def test_a_group_that_does_something_by_itself_counts_as_a_command() -> None:
    runs = {node.name for node in NODES if node.runs and node.is_group}
    assert "aiflow dashboard" in runs
    assert "aiflow" not in runs


def test_a_real_process_on_a_narrow_terminal_wraps(cli: Cli) -> None:
    narrow = cli.process("send-event", "--help", env={"COLUMNS": "60"})
    assert narrow.code == 0
    prose = narrow.out.partition("Examples:")[0]
    assert max(map(len, prose.splitlines())) <= 60


def test_a_real_process_shows_the_snapshot(cli: Cli) -> None:
    result = cli.process("logs", "--help", env={"COLUMNS": str(COLUMNS)})
    assert result.out == (ROOT / "tests/snapshots/help/aiflow-logs.txt").read_text()


def test_no_variable_of_the_developer_is_in_the_way() -> None:
    assert not [name for name in os.environ if name.startswith("AIFLOW_")]
