"""What a shell has to know of the command tree: per command its sub-commands, options and arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from typer._click import Parameter
from typer.core import TyperOption
from typer.models import TyperPath

from scripts.generate.tree import Node, walk

Kind = Literal["none", "any", "words", "file", "directory", "at-file", "command"]

_LITERAL = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Value:
    """What may stand for a value: nothing (a flag), anything, one of ``words``, a file, ``@`` and a file, ..."""

    kind: Kind
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    names: tuple[str, ...]
    help: str
    value: Value
    metavar: str
    repeatable: bool

    @property
    def takes_value(self) -> bool:
        return self.value.kind != "none"


@dataclass(frozen=True)
class Argument:
    metavar: str
    help: str
    value: Value
    repeatable: bool


@dataclass(frozen=True)
class Entry:
    """One command; ``path`` as it is typed: ``aiflow flows list``."""

    path: str
    help: str
    commands: tuple[tuple[str, str], ...]
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]


def entries() -> list[Entry]:
    """Every command, parents first."""
    return [_entry(node) for node in walk()]


def _entry(node: Node) -> Entry:
    children = tuple((child.path[-1], child.summary) for child in node.children)
    options = tuple(_option(node, option) for option in node.options if not option.hidden)
    arguments = tuple(
        Argument(_bare(param.make_metavar(node.context)), _sentence(param.help), _value(node, param), param.nargs == -1)
        for param in node.arguments
        if not param.hidden
    )
    return Entry(node.name, node.summary, children, options, arguments)


def _option(node: Node, option: TyperOption) -> Option:
    names = tuple(sorted((*option.opts, *option.secondary_opts), key=len, reverse=True))
    flag = option.is_flag or option.count
    metavar = "" if flag else _bare(option.make_metavar(node.context))
    value = Value("none") if flag else _value(node, option)
    return Option(names, _sentence(option.help), value, metavar, option.multiple or option.count)


def _value(node: Node, param: Parameter) -> Value:
    metavar = param.make_metavar(node.context)
    if words := tuple(item.value for item in param.shell_complete(node.context, "")):
        return Value("words", words)
    if isinstance(param.type, TyperPath):
        return Value("directory" if not param.type.file_okay else "file")
    if "@FILE" in metavar:
        return Value("at-file")
    if "CMD" in metavar:
        return Value("command")
    if re.search(r"\b(FILE|PATHS?)\b", metavar) and "=" not in metavar:
        return Value("file")
    if re.search(r"\bDIR\b", metavar):
        return Value("directory")
    # `local|vendor|URL`: what is in small letters is meant as it stands.
    literal = tuple(word for word in _bare(metavar).split("|") if "|" in metavar and _LITERAL.fullmatch(word))
    return Value("words", literal) if literal else Value("any")


def _bare(metavar: str) -> str:
    return metavar.strip("[]{}<>.").removesuffix("]")


def _sentence(help: str | None) -> str:
    """The help without its full stop, on one line."""
    return " ".join((help or "").split()).removesuffix(".")
