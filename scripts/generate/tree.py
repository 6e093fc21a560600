"""The command tree as data, found by walking, so that a new command is never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import typer
from typer._click import Command, Context
from typer.core import TyperArgument, TyperGroup, TyperOption

from aiflow_cli.cli import app

COLUMNS = 80
"""Width of the terminal that help is made for."""


@dataclass(frozen=True)
class Node:
    """One command.

    Args:
        path: its words: ``("flows", "list")``; empty for ``aiflow`` itself.
        context: the context to ask Typer with.
        command: what Typer made of it.
    """

    path: tuple[str, ...]
    context: Context
    command: Command

    @property
    def name(self) -> str:
        """As it is typed: ``aiflow flows list``."""
        return " ".join(("aiflow", *self.path))

    @property
    def is_group(self) -> bool:
        return isinstance(self.command, TyperGroup)

    @property
    def runs(self) -> bool:
        """It does something by itself; a group may, too (``aiflow dashboard``)."""
        return bool(self.path) and (not isinstance(self.command, TyperGroup) or self.command.invoke_without_command)

    @cached_property
    def children(self) -> list[Node]:
        command = self.command
        if not isinstance(command, TyperGroup):
            return []
        found = ((name, command.get_command(self.context, name)) for name in command.list_commands(self.context))
        return [self._child(name, child) for name, child in found if child is not None and not child.hidden]

    def _child(self, name: str, command: Command) -> Node:
        context = Context(command, info_name=name, parent=self.context, **_settings(command))
        return Node((*self.path, name), context, command)

    @property
    def summary(self) -> str:
        """First line of its help."""
        return self.command.get_short_help_str(limit=200)

    @property
    def help(self) -> str:
        """The whole help, at 80 columns, without colour."""
        return f"{self.command.get_help(self.context).rstrip()}\n"

    @property
    def options(self) -> list[TyperOption]:
        return [param for param in self.command.get_params(self.context) if isinstance(param, TyperOption)]

    @property
    def arguments(self) -> list[TyperArgument]:
        return [param for param in self.command.get_params(self.context) if isinstance(param, TyperArgument)]


def root() -> Node:
    command = typer.main.get_command(app)
    context = Context(command, info_name="aiflow", auto_envvar_prefix="AIFLOW", **_settings(command))
    return Node((), context, command)


def _settings(command: Command) -> dict[str, Any]:
    # Click leaves two columns free.
    return {**command.context_settings, "terminal_width": COLUMNS - 2}


def walk(node: Node | None = None) -> Iterator[Node]:
    """Every command, parents before their children."""
    node = node or root()
    yield node
    for child in node.children:
        yield from walk(child)
