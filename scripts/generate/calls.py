"""What the simulator's page repeats of the code - the diagram, the tables - and the JSON Schema of call files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aiflow_cli.session.fields import Kind
from aiflow_cli.session.records import ListOf, Many, Record, Table
from aiflow_cli.session.script import FILE, json_schema
from aiflow_cli.session.states import diagram, tables
from scripts.generate import ROOT
from scripts.generate.pages import between

PAGE = "docs/simulator.md"
SCHEMA = "docs/schemas/call-file.json"


def files() -> dict[str, str]:
    return {PAGE: _page(), SCHEMA: f"{json.dumps(json_schema(), indent=2)}\n"}


def _page() -> str:
    """The page as it is, with what stands between its markers made anew."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for name, content in (
        ("diagram", f"```mermaid\n{diagram()}\n```\n\n{tables()}"),
        ("keys", _keys()),
    ):
        text = between(text, name, content)
    return text


def _keys() -> str:
    rows = [f"| `{path}` | {help} |" for path, help in _walk(FILE, "")]
    return "\n".join(["| key | meaning |", "|---|---|", *rows])


def _walk(record: Record[Any], path: str) -> Iterator[tuple[str, str]]:
    for name, key in record.keys.items():
        # A call below `calls` has the keys of the file, and an expectation is explained once.
        if path.startswith("calls") or (path == "greeting." and name):
            return
        yield f"{path}{name}", key.help
        inner = _inner(key.kind)
        if inner is not None:
            yield from _walk(inner, f"{path}{name}{'[]' if isinstance(key.kind, ListOf) else ''}.")


def _inner(kind: Kind[Any]) -> Record[Any] | None:
    if isinstance(kind, ListOf | Many | Table):
        return _inner(kind.kind)
    return kind if isinstance(kind, Record) else None
