"""Typed fields of a call file: each kind reads a node and says the same in JSON Schema, so the two agree.

Every scalar arrives as the text that stands in the file. YAML's own typing would make ``+4915...`` a
number, ``no`` false, ``12:30`` 750 and ``#`` nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, NoReturn, Protocol, TypeVar

from aiflow_cli.errors import ConfigError

T_co = TypeVar("T_co", covariant=True)

_VARIABLE = re.compile(r"\$\$|\$\{([^}]*)\}")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s)?")
_E164 = re.compile(r"\+[1-9]\d{1,14}")
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_NUMERIC = {"type": ["number", "string"]}


class CallFileError(ConfigError):
    """A call file cannot be used.

    Args:
        file: its name.
        line: of the fault, from 1.
        key: path of the fault, as ``steps[2].barge_in.after_ms``; empty for the file itself.
        reason: what is wrong there.
    """

    def __init__(self, file: str, line: int, key: str, reason: str, *, hint: str | None = None) -> None:
        where = f"{file}:{line}: {key}: " if key else f"{file}:{line}: "
        super().__init__(where + reason, hint=hint or "docs/simulator.md describes call files")
        self.file = file
        self.line = line
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, as it stands in the file. ``plain``: without quotes."""

    text: str
    line: int
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: Sequence[Node]
    line: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping; keys are unique."""

    pairs: Mapping[str, Node]
    lines: Mapping[str, int]
    line: int


Node = Scalar | Items | Pairs


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file something is read, and the variables that are known there."""

    file: str
    key: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    def __truediv__(self, part: str | int) -> Place:
        step = f"[{part}]" if isinstance(part, int) else f".{part}" if self.key else part
        return replace(self, key=self.key + step)

    def fail(self, node: Node, reason: str, *, hint: str | None = None) -> NoReturn:
        raise CallFileError(self.file, node.line, self.key, reason, hint=hint)

    def expand(self, node: Scalar) -> str:
        """The text with each ``${name}`` replaced; ``$$`` is a dollar."""

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return "$"
            if name not in self.variables:
                self.fail(node, f"there is no variable {name}", hint=near_miss(name, self.variables, "variables"))
            return self.variables[name]

        return _VARIABLE.sub(value, node.text)


def near_miss(word: str, known: Mapping[str, object] | Sequence[str], what: str) -> str:
    """A hint for a name that is not known."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known {what}: {', '.join(known) or 'none'}"


class Kind(Protocol[T_co]):
    """A type of field."""

    def read(self, node: Node, place: Place) -> T_co:
        """The typed value; raises CallFileError."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""


def _scalar(node: Node, place: Place, wanted: str) -> Scalar:
    if isinstance(node, Scalar):
        return node
    place.fail(node, f"{wanted} is expected, not a {'list' if isinstance(node, Items) else 'mapping'}")


class Text:
    """Any text that is not empty."""

    def read(self, node: Node, place: Place) -> str:
        scalar = _scalar(node, place, "a text")
        text = place.expand(scalar)
        if not text.strip():
            hint = 'YAML reads a bare # as a comment: write "#"' if scalar.plain else None
            place.fail(node, "it is empty", hint=hint)
        return text

    def schema(self) -> dict[str, Any]:
        return _SCALAR


@dataclass(frozen=True, slots=True)
class Matching:
    """A text of a fixed form.

    Args:
        pattern: of the whole text.
        wanted: the form in words.
        example: of it.
    """

    pattern: str
    wanted: str
    example: str

    def read(self, node: Node, place: Place) -> str:
        text = Text().read(node, place)
        if not re.fullmatch(self.pattern, text):
            place.fail(node, f"{self.wanted} is expected, not {text}", hint=f"for example {self.example}")
        return text

    def schema(self) -> dict[str, Any]:
        return {**_SCALAR, "pattern": f"^(?:{self.pattern})$|\\$\\{{", "examples": [self.example]}


PHONE = Matching(_E164.pattern, "a number with + and country code", '"+493023125100"')
DIGITS = Matching(r"[0-9*#]+", "keys of a telephone (0-9, * and #)", '"12#"')


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between ``least`` and ``most``."""

    least: int
    most: int
    unit: str = ""

    def read(self, node: Node, place: Place) -> int:
        text = Text().read(node, place).strip()
        if re.fullmatch(r"\d{1,9}", text, re.ASCII) and self.least <= int(text) <= self.most:
            return int(text)
        unit = f" of {self.unit}" if self.unit else ""
        place.fail(node, f"a whole number{unit} from {self.least} to {self.most} is expected, not {text}")

    def schema(self) -> dict[str, Any]:
        return {**_NUMERIC, "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Seconds:
    """A length of time, read into milliseconds: ``8``, ``1.5``, ``2s``, ``500ms``."""

    most: int = 24 * 3600

    def read(self, node: Node, place: Place) -> int:
        text = Text().read(node, place).strip()
        match = _SECONDS.fullmatch(text)
        amount = round(float(match[1]) * (1 if match[2] == "ms" else 1000)) if match else 0
        if not 0 < amount <= self.most * 1000:
            place.fail(node, f"seconds are expected (more than 0, at most {self.most}), not {text}", hint="8 or 500ms")
        return amount

    def schema(self) -> dict[str, Any]:
        return {**_NUMERIC, "examples": [8, "500ms"]}


class Truth:
    """true or false."""

    def read(self, node: Node, place: Place) -> bool:
        text = _scalar(node, place, "true or false").text.strip().lower()
        if text not in _TRUTH:
            place.fail(node, f"true or false is expected, not {text or 'nothing'}")
        return _TRUTH[text]

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node, place: Place) -> str:
        text = Text().read(node, place)
        if text not in self.words:
            place.fail(node, f"{text} is not one of {', '.join(self.words)}", hint=near_miss(text, self.words, "words"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


class Pattern:
    """A regular expression of Python's ``re``. ``${`` begins a variable also here; ``$$`` is a dollar."""

    def read(self, node: Node, place: Place) -> re.Pattern[str]:
        text = Text().read(node, place)
        try:
            return re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            place.fail(node, f"it is not a regular expression: {error}")

    def schema(self) -> dict[str, Any]:
        return _SCALAR
