"""Two recordings side by side. Pure: a Diff in, text out."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from aiflow_cli.recording.diff import CallPair, Diff, ReactionPair, TurnPair
from aiflow_cli.recording.turns import Reaction, Turn
from aiflow_cli.render.exchanges import Paint, milliseconds, plain

_NARROWEST = 24
_MARKS = {"same": "│", "changed": "≠", "removed": "<", "added": ">"}
_LABEL = 8
"""Columns of ``caller`` and ``bot``, and the space behind."""

_LONG = ("text", "ssml", "audio")
_CONTEXT = 1
"""Turns without a difference that are shown before and after one with a difference."""


def side_by_side(
    diff: Diff, *, left: str, right: str, width: int = 80, paint: Paint = plain, everything: bool = False
) -> str:
    """The turns of both recordings in two columns.

    Args:
        left, right: what the columns are called.
        width: columns of the terminal.
        everything: show the turns without a difference, too; else those around a difference.
    """
    columns = _Columns(max((width - 3) // 2, _NARROWEST), paint)
    lines = [paint(columns.line(left, right, " "), "bold")]
    for number, call in enumerate(diff.calls, 1):
        if len(diff.calls) > 1:
            lines += ["", *_call_title(call, number, columns)]
        lines += _turns(call, columns, everything=everything)
    return "\n".join(lines)


def verdict(diff: Diff) -> str:
    """``1 of 6 turns is different``"""
    turns = f"{len(diff.turns)} turn{'s' * (len(diff.turns) != 1)}"
    if not diff.different:
        return f"no difference in {turns}"
    count = len(diff.different)
    return f"{count} of {turns} {'is' if count == 1 else 'are'} different"


class _Columns:
    """Two columns and a mark between them."""

    def __init__(self, width: int, paint: Paint) -> None:
        self._width = width
        self._paint = paint

    def line(self, left: str, right: str, mark: str) -> str:
        return f"{_fit(left, self._width)} {mark} {_fit(right, self._width).rstrip()}".rstrip()

    def row(self, left: str, right: str, status: str, *, indent: int = _LABEL) -> Iterator[str]:
        """One statement on each side, on as many lines as it takes."""
        for a, b in zip_longest(self._wrap(left, indent), self._wrap(right, indent), fillvalue=""):
            cells = [_fit(a, self._width), _fit(b, self._width).rstrip()]
            if status != "same":
                cells = [self._paint(cells[0], "red"), self._paint(cells[1], "green")]
            mark = _MARKS[status] if status == "same" else self._paint(_MARKS[status], "yellow", "bold")
            yield f"{cells[0]} {mark} {cells[1]}".rstrip()

    def _wrap(self, text: str, indent: int) -> list[str]:
        # Wide characters take two columns; a text that has some is wrapped as if all were wide.
        width = self._width if _columns(text) == len(text) else self._width // 2
        return textwrap.wrap(text, width, subsequent_indent=" " * indent) if text else []

    def aside(self, text: str) -> str:
        return self._paint(text, "dim")


def _call_title(call: CallPair, number: int, columns: _Columns) -> Iterator[str]:
    left = f"call {number}: {call.left}" if call.left is not None else f"call {number}: (missing)"
    right = f"call {number}: {call.right}" if call.right is not None else f"call {number}: (missing)"
    yield from columns.row(left, right, "same")


def _turns(call: CallPair, columns: _Columns, *, everything: bool) -> Iterator[str]:
    hidden = 0
    for turn, shown in zip(call.turns, _shown(call.turns, everything=everything), strict=True):
        if not shown:
            hidden += 1
            continue
        if hidden:
            yield columns.aside(_hidden(hidden))
        hidden = 0
        yield from _turn(turn, columns)
    if hidden:
        yield columns.aside(_hidden(hidden))


def _shown(turns: Sequence[TurnPair], *, everything: bool) -> list[bool]:
    different = [index for index, turn in enumerate(turns) if turn.status != "same"]
    near = {index + offset for index in different for offset in range(-_CONTEXT, _CONTEXT + 1)}
    return [everything or index in near for index in range(len(turns))]


def _hidden(count: int) -> str:
    return f"… {count} turn{'s' * (count != 1)} without a difference"


def _turn(pair: TurnPair, columns: _Columns) -> Iterator[str]:
    whole = pair.status if pair.status in ("added", "removed") else "same"
    yield from columns.row(_did(pair.left), _did(pair.right), "changed" if pair.caller else whole)
    for reaction in pair.reactions or _alone(pair):
        status = _status(reaction, whole)
        yield from columns.row(_reacted(reaction.left, pair.left), _reacted(reaction.right, pair.right), status)
        yield from _details(reaction, columns)


def _alone(pair: TurnPair) -> Iterator[ReactionPair]:
    """The reactions of a turn that only one side has."""
    if pair.left is None or pair.right is None:
        yield from (ReactionPair(reaction, None, ()) for reaction in (pair.left.reactions if pair.left else ()))
        yield from (ReactionPair(None, reaction, ()) for reaction in (pair.right.reactions if pair.right else ()))


def _status(pair: ReactionPair, whole: str) -> str:
    if whole != "same":
        return whole
    if pair.left is None:
        return "added"
    if pair.right is None:
        return "removed"
    return "changed" if pair.changes else "same"


def _details(pair: ReactionPair, columns: _Columns) -> Iterator[str]:
    """The fields that differ and are not in the line itself."""
    if pair.left is None or pair.right is None or pair.left.kind != pair.right.kind:
        return
    for change in pair.changes:
        name = change.path.partition("].")[2]
        if name not in _LONG:
            left, right = (f"{'':{_LABEL}}{name}: {_value(side)}" for side in (change.left, change.right))
            yield from columns.row(left, right, "changed", indent=_LABEL + 2)


def _did(turn: Turn | None) -> str:
    """What the caller did."""
    if turn is None:
        return ""
    return _label("caller", _printable(_deed(turn.type, turn.fields)))


def _deed(kind: str | None, fields: Mapping[str, Any]) -> str:
    match kind:
        case "user_speak" | "user_barge_in":
            return str(next(iter(fields.values()), ""))
        case "dtmf_received":
            return f"(presses {fields.get('digit')})"
        case "user_input_timeout":
            return "(stays silent)"
        case "session_start":
            return "(calls)"
        case "session_end":
            return "(the call is over)"
        case "push":
            return "(nothing yet)"
        case None:
            return f"(no event: {fields.get('rawEvent')})"
    return f"({kind} {', '.join(f'{name} {_value(value)}' for name, value in fields.items())})"


def _reacted(reaction: Reaction | None, turn: Turn | None) -> str:
    """What the bot did; with the first reaction, how long it took."""
    if reaction is None or turn is None:
        return ""
    took = ""
    if turn.reactions[0] is reaction and turn.duration_ms is not None:
        took = f" [{milliseconds(turn.duration_ms)}]"
    return _label("bot", _printable(_said(reaction)) + took)


def _said(reaction: Reaction) -> str:
    if reaction.failure is not None:
        status = reaction.fields.get("status")
        return f"(no answer: {reaction.failure}{f' {status}' if status is not None else ''})"
    text = reaction.fields.get("text", reaction.fields.get("ssml"))
    if reaction.type == "speak" and isinstance(text, str):
        return text
    if reaction.type == "audio" and isinstance(reaction.fields.get("audio"), str):
        return f"(audio, {len(reaction.fields['audio']) * 3 // 4} bytes)"
    target = reaction.fields.get("target_phone_number")
    return f"({reaction.type} to {target})" if isinstance(target, str) else f"({reaction.type})"


def _value(value: Any) -> str:
    if value is None:
        return "(not set)"
    return _printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _label(name: str, text: str) -> str:
    return f"{name:{_LABEL}}{text}"


def _printable(text: str) -> str:
    """Without line breaks, and without what could steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _fit(text: str, width: int) -> str:
    return text + " " * max(width - _columns(text), 0)


def _columns(text: str) -> int:
    """Columns on a terminal: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
