"""Two recordings compared turn by turn. Pure: recordings in, differences out.

Latencies are reported, and never a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any, Literal

from aiflow_cli.recording.align import align
from aiflow_cli.recording.files import Recording
from aiflow_cli.recording.masks import Masks
from aiflow_cli.recording.turns import Reaction, Turn, turns

Status = Literal["same", "changed", "added", "removed"]
Aspect = Literal["caller", "action", "type", "order", "answers", "text", "voice", "barge-in", "setting", "outcome"]
"""What a change is about. ``answers``: the action came in answer to another event than before."""

_ASPECTS: tuple[tuple[str, Aspect], ...] = (
    ("text", "text"),
    ("ssml", "text"),
    ("audio", "text"),
    ("tts", "voice"),
    ("barge_in", "barge-in"),
    ("rawAnswer", "outcome"),
    ("status", "outcome"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same.

    Args:
        aspect: what it is about.
        path: of the field, from the turn: ``actions[0].tts.voice``; an index counts on the right, where there is one.
        left, right: the values as recorded; None where there is none.
    """

    aspect: Aspect
    path: str
    left: Any
    right: Any

    def to_dict(self) -> dict[str, Any]:
        return {"aspect": self.aspect, "path": self.path, "left": self.left, "right": self.right}


@dataclass(frozen=True)
class ReactionPair:
    """What the bot did on both sides; one side is None where only the other did it."""

    left: Reaction | None
    right: Reaction | None
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class TurnPair:
    """A turn on both sides; one side is None where only the other has it."""

    left: Turn | None
    right: Turn | None
    caller: tuple[Change, ...] = ()
    reactions: tuple[ReactionPair, ...] = ()

    @property
    def changes(self) -> list[Change]:
        return [*self.caller, *(change for pair in self.reactions for change in pair.changes)]

    @property
    def status(self) -> Status:
        if self.left is None:
            return "added"
        if self.right is None:
            return "removed"
        return "changed" if self.changes else "same"

    def to_dict(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "left": self.left and self.left.to_dict(),
            "right": self.right and self.right.to_dict(),
            "changes": [change.to_dict() for change in self.changes],
        }


@dataclass(frozen=True)
class CallPair:
    """A call on both sides, by session id; a side without it is None and has no turns."""

    left: str | None
    right: str | None
    turns: tuple[TurnPair, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"left": self.left, "right": self.right, "turns": [turn.to_dict() for turn in self.turns]}


@dataclass(frozen=True)
class Diff:
    """The result of a comparison."""

    calls: tuple[CallPair, ...]

    @cached_property
    def turns(self) -> list[TurnPair]:
        return [turn for call in self.calls for turn in call.turns]

    @property
    def different(self) -> list[TurnPair]:
        """The turns that are not the same."""
        return [turn for turn in self.turns if turn.status != "same"]

    def to_dict(self) -> dict[str, Any]:
        return {
            "same": not self.different,
            "turns": len(self.turns),
            "different": len(self.different),
            "calls": [call.to_dict() for call in self.calls],
        }


@dataclass(frozen=True, eq=False)
class _Call:
    session_id: str | None
    turns: Sequence[Turn]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(turn.key for turn in self.turns)


def compare(left: Recording, right: Recording, masks: Masks | None = None) -> Diff:
    """Compare two recordings: their calls in order, the turns of each, what the bot did in each.

    On WebSocket frames are joined to events by time alone, so there it does not count which event of a
    turn an action came after, only which turn.
    """
    masks = masks or Masks()
    timed = any(e.exchange.transport == "websocket" for recording in (left, right) for e in recording.entries)
    pairs = align(_calls(left, masks), _calls(right, masks), cost=_call_cost, key=lambda call: call.keys)
    return Diff(tuple(_compare_calls(a, b, by_event=not timed) for a, b in pairs))


def _calls(recording: Recording, masks: Masks) -> list[_Call]:
    return [_Call(session, turns(entries, masks)) for session, entries in recording.calls.items()]


def _call_cost(left: _Call, right: _Call) -> float:
    if left.keys == right.keys:
        same = [a.answer_key == b.answer_key for a, b in zip(left.turns, right.turns, strict=True)]
        return 0.0 if all(same) else 0.1
    return 0.2 + 1.7 * (1 - SequenceMatcher(None, left.keys, right.keys, autojunk=False).ratio())


def _compare_calls(left: _Call | None, right: _Call | None, *, by_event: bool) -> CallPair:
    pairs = align(
        left.turns if left else (), right.turns if right else (), cost=_turn_cost, key=lambda t: t.key + t.answer_key
    )
    compared = tuple(_compare_turns(a, b, by_event=by_event) for a, b in pairs)
    return CallPair(left.session_id if left else None, right.session_id if right else None, compared)


def _turn_cost(left: Turn, right: Turn) -> float | None:
    if left.type != right.type:
        return None
    answer = 0.0 if left.answer_key == right.answer_key else 0.6
    return answer if left.key == right.key else 1.2 + answer


def _compare_turns(left: Turn | None, right: Turn | None, *, by_event: bool) -> TurnPair:
    if left is None or right is None:
        return TurnPair(left, right)
    caller = tuple(_field_changes(left, right, "event", caller=True))
    pairs = align(left.reactions, right.reactions, cost=_reaction_cost, key=lambda reaction: reaction.key)
    moved = _moved(pairs)
    compared = tuple(_reaction_pair(a, b, left, right, moved=moved, by_event=by_event) for a, b in pairs)
    return TurnPair(left, right, caller, compared)


def _reaction_cost(left: Reaction, right: Reaction) -> float:
    elsewhere = 0.0 if left.to == right.to else 0.2
    if left.key == right.key:
        return elsewhere
    return elsewhere + (0.6 if left.kind == right.kind else 1.6)


def _moved(pairs: Sequence[tuple[Reaction | None, Reaction | None]]) -> set[str]:
    """Keys of what is on both sides, without a partner on either: it changed its place."""
    lost = {left.key for left, right in pairs if left is not None and right is None}
    return lost & {right.key for left, right in pairs if right is not None and left is None}


def _reaction_pair(
    left: Reaction | None, right: Reaction | None, before: Turn, after: Turn, *, moved: set[str], by_event: bool
) -> ReactionPair:
    changes = _reaction_changes(left, right, _path(left, right, before, after), moved=moved, by_event=by_event)
    return ReactionPair(left, right, tuple(changes))


def _path(left: Reaction | None, right: Reaction | None, before: Turn, after: Turn) -> str:
    if right is not None:
        return f"actions[{after.reactions.index(right)}]"
    assert left is not None
    return f"actions[{before.reactions.index(left)}]"


def _reaction_changes(
    left: Reaction | None, right: Reaction | None, path: str, *, moved: set[str], by_event: bool
) -> Iterator[Change]:
    if left is None or right is None:
        there = left or right
        assert there is not None
        aspect: Aspect = "order" if there.key in moved else "outcome" if there.failure else "action"
        yield Change(aspect, path, left and left.to_dict(), right and right.to_dict())
        return
    if left.kind != right.kind:
        failed = left.failure or right.failure
        yield Change("outcome" if failed else "type", path, left.to_dict(), right.to_dict())
        return
    if by_event and left.to != right.to:
        yield Change("answers", f"{path}.to", left.to, right.to)
    yield from _field_changes(left, right, path)


def _field_changes(
    left: Turn | Reaction, right: Turn | Reaction, path: str, *, caller: bool = False
) -> Iterator[Change]:
    names = dict.fromkeys((*left.compared, *right.compared))
    for name in names:
        if _same(left.compared.get(name), right.compared.get(name)):
            continue
        aspect: Aspect = "caller" if caller else _aspect(name)
        # Defaults are compared, but were not recorded.
        before, after = (side.fields.get(name, side.compared.get(name)) for side in (left, right))
        yield Change(aspect, f"{path}.{name}", before, after)


def _aspect(name: str) -> Aspect:
    return next((aspect for prefix, aspect in _ASPECTS if name.split(".")[0] == prefix), "setting")


def _same(left: Any, right: Any) -> bool:
    """The same JSON value: ``true`` is not 1, but 5.0 is 5."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    return bool(left == right)
