"""Bytes to events and actions. Tolerant where protocol.md section 1 asks for it, exact in what it reports.

Nothing here raises on bad input but ``ProtocolError`` (for an event that we would send ourselves): an
answer of any bytes becomes an ``Answer`` whose problems say what is wrong and where.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from aiflow_cli.protocol.actions import ACTIONS, Action
from aiflow_cli.protocol.events import EVENTS, Event, UnknownEvent

_SHOWN = 60

MAX_DEPTH = 100
"""Levels of objects and arrays that are read: what is deeper could not be walked through without care everywhere."""


class ProtocolError(ValueError):
    """An event that does not fit the protocol.

    Args:
        message: one sentence that names path and value.
        path: JSON path of the first thing that is wrong.
    """

    def __init__(self, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit a model.

    Args:
        path: JSON path from the root of the message.
        field: the first field name below the event or action; empty for the whole of it.
        message: what is wrong, with the value.
    """

    path: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadAction:
    """One element of an answer.

    Args:
        raw: the JSON object as it came.
        path: its JSON path: ``$`` for a single action, ``$[1]`` in an array.
        action: the parsed action, or None where it does not fit or its type is unknown.
        problems: why it does not fit.
    """

    raw: dict[str, Any]
    path: str
    action: Action | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A webhook's answer, decoded.

    Args:
        actions: the JSON objects of the answer, in order.
        error: why the body is not an answer at all (not JSON, not an object or array of objects).
        error_path: where, as JSON path.
        blank: the body is ``{}``, ``null`` or ``""``: valid JSON that says nothing.
    """

    actions: tuple[ReadAction, ...] = ()
    error: str | None = None
    error_path: str = ""
    blank: bool = False

    @property
    def raw(self) -> list[dict[str, Any]]:
        """The actions as they came."""
        return [read.raw for read in self.actions]


def load_json(data: bytes | str) -> Any:
    """Strict JSON: UTF-8, no NaN or Infinity, no number beyond, no lone surrogates, no bottomless nesting.

    Raises:
        ValueError: with one sentence that says what is wrong.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        value = _DECODER.decode(text)
        _encodable(text, value)
        _check_depth(text, value)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{error.msg[0].lower()}{error.msg[1:]} at {where}") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    """``1e999`` parses to a number that JSON cannot say."""
    number = float(digits)
    if isinf(number):
        raise ValueError(f"{shown(digits)} is out of range")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
"""json.loads with settings makes a new one each time."""


def _encodable(text: str, value: Any) -> None:
    """A lone surrogate escape (``\\ud800``) parses, but can never be stored or sent again."""
    if "\\ud" not in text and "\\uD" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate escape is not a character") from None


def _check_depth(text: str, value: Any) -> None:
    """Level by level, and only where there are brackets enough."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        level = [item for items in inner for item in items]
        if not level:
            return
    if any(isinstance(item, dict | list) for item in level):
        raise ValueError("nested too deeply")


def read_event(data: object) -> tuple[Event, tuple[Problem, ...]]:
    """Read one event; unknown types and fields are kept and reported as problems of the note kind.

    Raises:
        ProtocolError: it is no object, or lacks what a reader cannot do without.
    """
    if not isinstance(data, dict):
        raise ProtocolError(f"an event is a JSON object, not {shown(data)}")
    model = EVENTS.get(data["type"]) if isinstance(data.get("type"), str) else None
    try:
        event = (model or UnknownEvent).model_validate(data)
    except ValidationError as error:
        first = next(_problems(error, "$"))
        raise ProtocolError(f"{first.path}: {first.message}", first.path) from None
    return event, tuple(_unknown_fields(event, "$"))


def read_answer(body: bytes) -> Answer:
    """Decode an answer whatever its content type (protocol.md section 1)."""
    if not body.strip():
        return Answer()
    try:
        value = load_json(body)
    except ValueError as error:
        return Answer(error=f"the body is not JSON: {error}", error_path="$")
    return read_actions(value)


def read_frames(frames: Sequence[bytes]) -> Answer:
    """Decode the frames that came for one event on a WebSocket: each is one action, or an array of them."""
    answers = [read_answer(frame) for frame in frames]
    if len(answers) == 1:
        return answers[0]
    raw = [action for answer in answers for action in answer.raw]
    actions = tuple(read_action(action, f"$[{index}]") for index, action in enumerate(raw))
    for number, answer in enumerate(answers, 1):
        if answer.error is not None:
            return Answer(actions, f"frame {number}: {answer.error}", answer.error_path)
    return Answer(actions, blank=any(answer.blank for answer in answers) and not actions)


def read_actions(value: object) -> Answer:
    """One action or an array of actions, already parsed from JSON."""
    if value is None or value in ({}, ""):
        return Answer(blank=True)
    if isinstance(value, dict):
        return Answer((read_action(value, "$"),))
    if not isinstance(value, list):
        return Answer(error=f"an answer is an action or an array of actions, not {shown(value)}", error_path="$")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            return Answer(error=f"an action is a JSON object, not {shown(item)}", error_path=f"$[{index}]")
    return Answer(tuple(read_action(item, f"$[{index}]") for index, item in enumerate(value)))


def read_action(raw: dict[str, Any], path: str) -> ReadAction:
    """Parse one action; ``action`` is None where its type is unknown or a field does not fit."""
    kind = raw.get("type")
    model = ACTIONS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return ReadAction(raw, path, None)
    try:
        return ReadAction(raw, path, model.model_validate(raw))
    except ValidationError as error:
        return ReadAction(raw, path, None, tuple(_problems(error, path)))


def unknown_fields(read: ReadAction) -> Iterator[Problem]:
    """Fields of a parsed action that the protocol does not list."""
    if read.action is not None and read.action.type != "mix_audio":
        yield from _unknown_fields(read.action, read.path)


def _unknown_fields(model: BaseModel, path: str) -> Iterator[Problem]:
    for name, value in (model.model_extra or {}).items():
        where = f"{path}.{name}"
        yield Problem(where, name, f"the field {name} = {shown(value)} is not in the protocol")
    for name in model.model_fields_set:
        value = getattr(model, name, None)
        if isinstance(value, BaseModel):
            yield from _unknown_fields(value, f"{path}.{name}")


def _problems(error: ValidationError, path: str) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        location = [part for part in detail["loc"] if not _is_union_tag(part)]
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
        field = str(location[0]) if location else ""
        yield Problem(path + steps, field, _sentence(detail, str(location[-1]) if location else "the value"))


def _is_union_tag(part: int | str) -> bool:
    """Pydantic puts the chosen branch of a union into the location; no such field is in the message."""
    return isinstance(part, str) and (part in ("azure", "eleven_labs", "str") or "VoiceReference" in part)


def _sentence(detail: Mapping[str, Any], name: str) -> str:
    if detail["type"] == "missing":
        return f"{name} is required, but missing"
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    return f"{name} {str(detail['msg']).removeprefix('Input ')}, got {shown(detail['input'])}"


def shown(value: object) -> str:
    """A value as JSON, cut to a length that fits a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


__all__ = [
    "Answer",
    "Problem",
    "ProtocolError",
    "ReadAction",
    "load_json",
    "read_action",
    "read_actions",
    "read_answer",
    "read_event",
    "read_frames",
    "shown",
    "unknown_fields",
]
