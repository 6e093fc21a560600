"""Fields of a call file that hold other fields: lists, tables and records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiflow_cli.session.fields import Items, Kind, Node, Pairs, Place, Scalar, near_miss

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Many(Generic[T]):
    """One value, or a list of them."""

    kind: Kind[T]

    def read(self, node: Node, place: Place) -> tuple[T, ...]:
        if isinstance(node, Items):
            return tuple(self.kind.read(item, place / index) for index, item in enumerate(node.items))
        return (self.kind.read(node, place),)

    def schema(self) -> dict[str, Any]:
        one = self.kind.schema()
        return {"anyOf": [one, {"type": "array", "items": one}]}


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list."""

    kind: Kind[T]

    def read(self, node: Node, place: Place) -> tuple[T, ...]:
        if not isinstance(node, Items):
            place.fail(node, "a list is expected", hint="write each item on its own line, after a dash")
        return tuple(self.kind.read(item, place / index) for index, item in enumerate(node.items))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.kind.schema()}


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """A mapping of free names."""

    kind: Kind[T]

    def read(self, node: Node, place: Place) -> dict[str, T]:
        if not isinstance(node, Pairs):
            place.fail(node, "a mapping (name: value) is expected")
        return {name: self.kind.read(value, place / name) for name, value in node.pairs.items()}

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.kind.schema()}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record: its kind, and its meaning for the schema and the docs."""

    kind: Kind[Any]
    help: str


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A mapping of known keys.

    Args:
        keys: by name.
        build: makes the value of what was read, given the line.
        required: these keys must be there.
        one_of: exactly one of these keys must be there.
        short: key that a value without a mapping stands for: ``transfer: +49...`` is ``transfer: {to: +49...}``.
        bare: keys that may stand alone, without a value: ``- hangup``.
    """

    keys: Mapping[str, Key]
    build: Callable[[dict[str, Any], int], T]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    short: str | None = None
    bare: tuple[str, ...] = ()

    def read(self, node: Node, place: Place) -> T:
        return self.build(self.values(node, place), node.line)

    def values(self, node: Node, place: Place) -> dict[str, Any]:
        """What was read, by key."""
        if not isinstance(node, Pairs):
            return self._shorthand(node, place)
        self._known(node, place)
        found = {}
        for name, value in node.pairs.items():
            if name in self.bare and isinstance(value, Scalar) and value.plain and not value.text:
                found[name] = True
            else:
                found[name] = self.keys[name].kind.read(value, place / name)
        return found

    def _shorthand(self, node: Node, place: Place) -> dict[str, Any]:
        if isinstance(node, Scalar) and node.text in self.bare:
            return {node.text: True}
        if self.short is not None:
            return {self.short: self.keys[self.short].kind.read(node, place)}
        place.fail(node, f"a mapping is expected, with the keys {', '.join(self.keys)}")

    def _known(self, node: Pairs, place: Place) -> None:
        for name in node.pairs:
            if name not in self.keys:
                here = Scalar(name, node.lines[name])
                (place / name).fail(here, "there is no such key", hint=near_miss(name, self.keys, "keys"))
        for name in self.required:
            if name not in node.pairs:
                place.fail(node, f"{name} is missing")
        present = [name for name in self.one_of if name in node.pairs]
        if self.one_of and len(present) != 1:
            found = f"both {' and '.join(present)}" if present else "none"
            place.fail(node, f"exactly one of {', '.join(self.one_of)} is expected; here is {found}")

    def schema(self) -> dict[str, Any]:
        properties = {name: {**key.kind.schema(), "description": key.help} for name, key in self.keys.items()}
        for name in self.bare:
            properties[name] = {"description": self.keys[name].help, "type": ["null", "boolean"]}
        full: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        if self.required:
            full["required"] = list(self.required)
        if self.one_of:
            full["oneOf"] = [{"required": [name]} for name in self.one_of]
        others = [{"enum": list(self.bare)}] if self.bare else []
        if self.short is not None:
            others.append(self.keys[self.short].kind.schema())
        return {"anyOf": [full, *others]} if others else full
