"""Changing one field of an event by its path: ``session.account_id=abc`` (``send-event --set``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from aiflow_cli.errors import UsageError, closest
from aiflow_cli.protocol.samples import OPTIONAL_FIELDS


def set_path(event: Mapping[str, Any], assignment: str) -> dict[str, Any]:
    """A copy of ``event`` with one field changed.

    Args:
        assignment: ``path=value``; the value is JSON where it parses as such and the field holds no text, else text.

    Raises:
        UsageError: no ``=``, or the path is not in the event; the hint names a near miss.
    """
    path, equals, text = assignment.partition("=")
    if not equals:
        raise UsageError(f"--set {assignment} has no value", hint="write --set path=value, for example session.id=abc")
    known = [*_paths(event), *OPTIONAL_FIELDS.get(str(event.get("type")), ())]
    if path not in known:
        close = closest(path, known)
        hint = f"did you mean {close}?" if close else f"known paths: {', '.join(known)}"
        raise UsageError(f"--set {path}: the event {event.get('type')} has no such field", hint=hint)
    return _with(event, path.split("."), text)


def _paths(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, item in value.items():
        yield prefix + name
        if isinstance(item, Mapping):
            yield from _paths(item, f"{prefix}{name}.")


def _value(text: str, current: Any) -> Any:
    """``text=12`` stays a text, because a text was there; ``duration_ms=12`` becomes a number."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(current, str) and not isinstance(value, str) else value


def _with(event: Mapping[str, Any], steps: list[str], text: str) -> dict[str, Any]:
    changed = deepcopy(dict(event))
    target = changed
    for step in steps[:-1]:
        target = target[step]
    target[steps[-1]] = _value(text, target.get(steps[-1]))
    return changed
