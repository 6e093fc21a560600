"""The shape of an Exchange as JSON, checked field by field, so that any JSON is an Exchange or one ShapeError.

By hand rather than by pydantic: reading a recording must not pay for building validators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from aiflow_cli.protocol.codec import shown
from aiflow_cli.protocol.finding import Severity
from aiflow_cli.recording.exchange import OUTCOMES, SOURCES, Exchange, Transport

_NONE = type(None)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "id": (int, _NONE),
    "flowId": (str,),
    "sessionId": (str, _NONE),
    "at": (str,),
    "source": (str,),
    "transport": (str,),
    "url": (str,),
    "event": (dict, _NONE),
    "actions": (list,),
    "status": (int, _NONE),
    "durationMs": (int, float, _NONE),
    "outcome": (str,),
    "problems": (list,),
}
_OPTIONAL: Mapping[str, tuple[type, ...]] = {
    "replayOf": (int, _NONE),
    "rawEvent": (str, _NONE),
    "rawAnswer": (str, _NONE),
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "source": SOURCES,
    "transport": get_args(Transport),
    "outcome": OUTCOMES,
}
_NAMES = {str: "a string", int: "a whole number", float: "a number", dict: "an object", list: "an array", _NONE: "null"}


class ShapeError(ValueError):
    """A JSON value that is not what belongs in its place.

    Args:
        message: one sentence that names what was expected and what is there.
        path: JSON path of it.
    """

    def __init__(self, message: str, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


def read_exchange(data: Mapping[str, Any]) -> Exchange:
    """The inverse of ``Exchange.to_dict``; unknown fields are ignored.

    Raises:
        ShapeError: a field is missing or has the wrong type.
    """
    for name, types in _TYPES.items():
        expect(data, name, *types)
    for name, types in _OPTIONAL.items():
        if name in data:
            expect(data, name, *types)
    for name, words in _WORDS.items():
        if data[name] not in words:
            raise ShapeError(f"{shown(data[name])} is none of {', '.join(words)}", f"$.{name}")
    _expect_objects(data, "actions")
    _expect_objects(data, "problems")
    for index, problem in enumerate(data["problems"]):
        _expect_finding(problem, f"$.problems[{index}]")
    return Exchange.from_dict(data)


def expect(data: Mapping[str, Any], name: str, *types: type, path: str = "$") -> Any:
    """The value of a field, if it has one of the types. A bool is no number.

    Raises:
        ShapeError: it has none of them, or is missing.
    """
    if name not in data:
        raise ShapeError(f"{name} is missing", path)
    value = data[name]
    if isinstance(value, bool) or not isinstance(value, types):
        wanted = " or ".join(_NAMES[kind] for kind in types)
        raise ShapeError(f"must be {wanted}, not {shown(value)}", f"{path}.{name}")
    return value


def _expect_objects(data: Mapping[str, Any], name: str) -> None:
    for index, item in enumerate(data[name]):
        if not isinstance(item, dict):
            raise ShapeError(f"must be an object, not {shown(item)}", f"$.{name}[{index}]")


def _expect_finding(problem: Mapping[str, Any], path: str) -> None:
    for name in ("rule", "message"):
        expect(problem, name, str, path=path)
    if problem.get("severity") not in get_args(Severity):
        raise ShapeError(f"{shown(problem.get('severity'))} is no severity", f"{path}.severity")
    if not isinstance(problem.get("path", ""), str):
        raise ShapeError("must be a string", f"{path}.path")
