"""The examples of every help text, as command lines to run: what help shows must work as a command line."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from scripts.generate.tree import Node, walk

_ENDS = ("|", "||", "&&", ";", ">", ">>", "#")


@dataclass(frozen=True)
class Example:
    """One line of an ``Examples:`` section that calls aiflow.

    Args:
        node: the command whose help it stands in.
        line: as it stands there.
        arguments: of aiflow, up to a pipe, a redirection or a comment.
        piped: it gets its stdin from another program.
    """

    node: Node
    line: str
    arguments: tuple[str, ...]
    piped: bool

    def __str__(self) -> str:
        return self.line


def of(node: Node) -> list[Example]:
    """The examples of one command's help."""
    lines = node.help.splitlines()
    starts = [number for number, line in enumerate(lines) if line in ("Example:", "Examples:")]
    found = []
    for line in lines[starts[0] + 1 :] if starts else []:
        if not line.startswith("  "):
            break
        if (example := _example(node, line.strip())) is not None:
            found.append(example)
    return found


def everything() -> list[Example]:
    return [example for node in walk() for example in of(node)]


def _example(node: Node, line: str) -> Example | None:
    lexer = shlex.shlex(line.replace('"$(', "$(").replace(')"', ")"), posix=True, punctuation_chars="|;&<>")
    lexer.commenters = "#"
    lexer.whitespace_split = True
    words = list(lexer)
    starts = [number for number, word in enumerate(words) if word.removeprefix("$(") == "aiflow"]
    if not starts:
        return None
    rest = words[starts[0] + 1 :]
    end = next((number for number, word in enumerate(rest) if word in _ENDS or word.endswith(")")), len(rest))
    last = [rest[end].removesuffix(")")] if end < len(rest) and rest[end] not in _ENDS else []
    return Example(node, line, (*rest[:end], *last), starts[0] > 0 and words[starts[0] - 1] == "|")
