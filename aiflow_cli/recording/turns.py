"""A recorded call as turns: what the caller did, and everything that the bot did about it.

Playback events follow from the answers before them, so they open no turn: what is answered to
``assistant_speech_ended`` still belongs to the words that were spoken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.files import Entry
from aiflow_cli.recording.masks import Masks

_FOLLOWING = frozenset(("assistant_speak", "assistant_speech_ended", "user_speech_started"))
_CALLER_FIELDS: Mapping[str, tuple[str, ...]] = {
    "session_start": (),
    "user_speak": ("text", "transcript"),
    "user_barge_in": ("text",),
    "dtmf_received": ("digit",),
    "user_input_timeout": (),
    "session_end": (),
}
_BARGE_IN = {"strategy": "minimum_characters", "minimum_characters": 3, "allow_after_ms": 0}
"""Defaults of protocol.md section 4: to leave them out is to say them."""

_SHORTEST_ID = 8
"""Shorter session ids could be ordinary words."""

PUSH = "push"

SESSION = "<session>"
"""Takes the place of the call's own id."""


@dataclass(frozen=True, eq=False)
class Reaction:
    """One action of the bot, or one failure to answer.

    Args:
        to: type of the event it was the answer to; ``push`` where it came unasked.
        type: of the action; None for a failure.
        fields: path -> value as it was recorded, without ``type`` and the call's own ``session_id``.
        compared: the same with masks on, without what is ignored.
        failure: the outcome, where the answer was none.
    """

    to: str
    type: str | None
    fields: Mapping[str, Any]
    compared: Mapping[str, Any]
    failure: str | None = None

    @property
    def kind(self) -> str:
        return self.type if self.type is not None else f"({self.failure})"

    @cached_property
    def key(self) -> str:
        """The same for reactions that are the same, whatever event they answer."""
        return _fingerprint([self.kind, self.compared])

    def to_dict(self) -> dict[str, Any]:
        named = {"type": self.type} if self.failure is None else {"failure": self.failure}
        return {"to": self.to, **named, **self.fields}


@dataclass(frozen=True, eq=False)
class Turn:
    """One thing the caller did, and the reactions up to the next.

    Args:
        number: counted from 1 in its call.
        type: of the event that opened it; ``push`` before the first event; None where it was no event.
        fields: what the caller said or pressed, as it was recorded.
        compared: the same with masks on.
        duration_ms: until the answer to that event was complete; None where none came.
    """

    number: int
    type: str | None
    fields: Mapping[str, Any]
    compared: Mapping[str, Any]
    duration_ms: float | None
    reactions: tuple[Reaction, ...]

    @cached_property
    def key(self) -> str:
        """The same for turns in which the caller did the same."""
        return _fingerprint([self.type, self.compared])

    @cached_property
    def answer_key(self) -> str:
        """The same for turns in which the bot did the same, whatever event each action answers."""
        return "\n".join(reaction.key for reaction in self.reactions)

    def to_dict(self) -> dict[str, Any]:
        return {
            "turn": self.number,
            "event": {"type": self.type, **self.fields},
            "durationMs": self.duration_ms,
            "actions": [reaction.to_dict() for reaction in self.reactions],
        }


def turns(entries: Sequence[Entry], masks: Masks) -> list[Turn]:
    """The turns of one call."""
    return [_turn(number, group, masks) for number, group in enumerate(groups(entries), 1)]


def groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries of one call, turn by turn."""
    found: list[list[Entry]] = []
    for entry in entries:
        # What a tunnel refused never reached the bot.
        if entry.exchange.outcome == "rejected":
            continue
        if not found or _opens(entry.exchange):
            found.append([])
        found[-1].append(entry)
    return found


def _opens(exchange: Exchange) -> bool:
    if exchange.event is None:
        return exchange.raw_event is not None
    return exchange.type not in _FOLLOWING


def _turn(number: int, group: Sequence[Entry], masks: Masks) -> Turn:
    first = group[0].exchange
    fields = _caller_fields(first)
    return Turn(
        number=number,
        type=_event_name(first),
        fields=fields,
        compared={name: masks.value(_without_session(value, first)) for name, value in fields.items()},
        duration_ms=first.duration_ms,
        reactions=tuple(reaction for entry in group for reaction in _reactions(entry.exchange, masks)),
    )


def _event_name(exchange: Exchange) -> str | None:
    return PUSH if exchange.event is None and exchange.raw_event is None else exchange.type


def _caller_fields(exchange: Exchange) -> dict[str, Any]:
    if exchange.event is None:
        return {} if exchange.raw_event is None else {"rawEvent": exchange.raw_event}
    known = _CALLER_FIELDS.get(exchange.type or "")
    if known is None:
        skipped = ("type", "session", "timestamp")
        return flatten({name: value for name, value in exchange.event.items() if name not in skipped})
    found = [exchange.event[name] for name in known if name in exchange.event]
    return {known[0]: found[0]} if found else {}


def _reactions(exchange: Exchange, masks: Masks) -> Iterator[Reaction]:
    to = _event_name(exchange) or "rawEvent"
    for action in exchange.actions:
        fields = _fields(action, exchange)
        compared = {
            path: value if path == "audio" else masks.value(_without_session(value, exchange))
            for path, value in flatten(_with_defaults(action, fields)).items()
            if not masks.ignores(path)
        }
        yield Reaction(to, str(action.get("type")), flatten(fields), compared)
    if failure := _failure(exchange):
        yield failure


def _failure(exchange: Exchange) -> Reaction | None:
    """What takes the place of the actions where no answer could be read."""
    to = _event_name(exchange) or "rawEvent"
    if exchange.outcome == "invalid-action" and exchange.raw_answer is not None:
        fields: dict[str, Any] = {"rawAnswer": exchange.raw_answer}
    elif exchange.outcome == "http-error":
        # Error pages hold addresses and times; the status is what the service would act on.
        fields = {"status": exchange.status}
    elif exchange.outcome in ("timeout", "connection-error"):
        fields = {}
    else:
        return None
    return Reaction(to, None, fields, fields, failure=exchange.outcome)


def _fields(action: Mapping[str, Any], exchange: Exchange) -> dict[str, Any]:
    """Without what the call itself determines; a session id that is not the call's stays, because it is a mistake."""
    own = exchange.session_id is None or action.get("session_id") == exchange.session_id
    skipped = ("type", "session_id") if own else ("type",)
    return {name: value for name, value in action.items() if name not in skipped}


def _with_defaults(action: Mapping[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    given = fields.get("barge_in")
    if action.get("type") not in ("speak", "audio") or not isinstance(given, dict | None):
        return fields
    return {**fields, "barge_in": {**_BARGE_IN, **(given or {})}}


def _without_session(value: Any, exchange: Exchange) -> Any:
    """A bot may say the id of the call, which is another one each time."""
    session = exchange.session_id
    if isinstance(value, str) and session is not None and len(session) >= _SHORTEST_ID:
        return value.replace(session, SESSION)
    return value


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"tts": {"voice": 1}}`` -> ``{"tts.voice": 1}``; arrays and empty objects stay whole."""
    flat: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, Mapping) and item:
            flat.update(flatten(item, f"{prefix}{name}."))
        else:
            flat[prefix + name] = item
    return flat


def _fingerprint(value: Any) -> str:
    return json.dumps(_canonical(value), sort_keys=True)


def _canonical(value: Any) -> Any:
    """5 and 5.0 are the same number in JSON."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
