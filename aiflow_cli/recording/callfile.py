"""A recorded call as a call file (``calls/*.yaml``) that expects what the bot did then.

What the caller did becomes the steps, what the bot did becomes expectations; latencies do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiflow_cli.protocol import ssml
from aiflow_cli.recording.files import Entry, Recording
from aiflow_cli.recording.masks import Masks
from aiflow_cli.recording.turns import Reaction, Turn, groups, turns
from aiflow_cli.session.timing import spoken_ms

Value = str | float | bool | Mapping[str, "Value"] | Sequence["Value"]

_E164 = re.compile(r"\+[1-9]\d{1,14}")
_KEYS = re.compile(r"[0-9*#]+")
_MASK = re.compile(r"<(?:id|time|masked|session)>")
_ROW_MS = 500
"""Keys that follow each other so fast are one input; a script's come every 200 ms."""

_SPOKEN = ("speak", "audio")
_PROVIDERS = ("azure", "eleven_labs")
_STRATEGIES = ("none", "manual", "minimum_characters", "immediate")
_WORDS = (*_PROVIDERS, *_STRATEGIES, "outbound")
"""Values that need no quotes."""


def call_file(recording: Recording, masks: Masks) -> tuple[str, list[str]]:
    """The calls of a recording as one call file.

    Returns:
        The YAML text, and a sentence for each thing that a call file cannot say.
    """
    notes: list[str] = []
    calls = [_call(entries, masks, notes) for entries in recording.calls.values()]
    if len(calls) == 1:
        return yaml_text(calls[0]), notes
    named = [{"name": f"call-{number}", **call} for number, call in enumerate(calls, 1)]
    return yaml_text({"calls": named}), notes


def _call(entries: Sequence[Entry], masks: Masks, notes: list[str]) -> dict[str, Value]:
    call = _Call(entries, masks)
    steps = list(call.steps())
    notes += call.notes
    expected = {"greeting": call.greeting} if call.greeting else {}
    # A call file without a step would be no call: the caller hangs up.
    return {**_who(entries), **expected, "steps": steps or ["hangup"]}


def _who(entries: Sequence[Entry]) -> dict[str, Value]:
    event = next((entry.exchange.event for entry in entries if entry.exchange.event), None) or {}
    session = event.get("session")
    session = session if isinstance(session, dict) else {}
    outbound = session.get("direction") == "outbound"
    caller = session.get("to_phone_number" if outbound else "from_phone_number")
    found = {"caller": caller, "number": session.get("phone_number")}
    numbers: dict[str, Value] = {key: n for key, n in found.items() if isinstance(n, str) and _E164.fullmatch(n)}
    return {**numbers, "direction": "outbound"} if outbound else numbers


class _Call:
    """One call on its way into a call file."""

    def __init__(self, entries: Sequence[Entry], masks: Masks) -> None:
        self._groups = groups(entries)
        self._turns = turns(entries, masks)
        self._masks = masks
        # Where no playback is told, going by the answers is all there is.
        self._playback = any(entry.exchange.type == "assistant_speak" for entry in entries)
        self._began: float | None = None
        self._quiet: float = 0.0
        self._timeout: float | None = None
        self.greeting: dict[str, Value] = {}
        self.notes: list[str] = []

    def steps(self) -> Iterator[Value]:
        for turn, group in self._merged():
            if turn.type in ("session_start", "push"):
                self.greeting = self._expect(turn, group)
            elif turn.type == "session_end":
                yield from self._end(turn)
            elif step := self._step(turn, group):
                expect = self._expect(turn, group)
                yield {**step, "expect": expect} if expect else step
            self._remember(group)

    def _merged(self) -> Iterator[tuple[Turn, list[Entry]]]:
        """The turns, with keys that were pressed in a row as one."""
        last: tuple[Turn, list[Entry]] | None = None
        for turn, group in zip(self._turns, self._groups, strict=True):
            if last is not None and _in_a_row(last[1], group):
                last = replace(last[0], reactions=last[0].reactions + turn.reactions), last[1] + group
                continue
            if last is not None:
                yield last
            last = turn, group
        if last is not None:
            yield last

    def _end(self, end: Turn) -> Iterator[Value]:
        """The caller hangs up, unless the bot ended the call before."""
        before = self._turns[: end.number - 1]
        if not any(reaction.type in ("hangup", "transfer") for turn in before for reaction in turn.reactions):
            yield "hangup"

    def _step(self, turn: Turn, group: Sequence[Entry]) -> dict[str, Value] | None:
        text = next(iter(turn.fields.values()), None)
        match turn.type:
            case "user_speak" | "user_barge_in" if isinstance(text, str) and text.strip():
                return self._words(text, group[0])
            case "dtmf_received" if _KEYS.fullmatch(keys := _digits(group)):
                return {"dtmf": keys}
            case "user_input_timeout":
                return {"silence": _seconds(self._silence_ms(group[0].call_time_ms))}
        self.notes.append(f"turn {turn.number}: a call file cannot say the event {turn.type or 'that is none'}")
        return None

    def _words(self, text: str, entry: Entry) -> dict[str, Value]:
        event = entry.exchange.event or {}
        over = event.get("barged_in") is True or entry.exchange.type == "user_barge_in"
        if not over or self._began is None:
            return {"say": text}
        after_ms = round(entry.call_time_ms - spoken_ms(text) - self._began)
        return {"barge_in": {"say": text, "after_ms": max(after_ms, 0)}}

    def _silence_ms(self, now: float) -> float:
        return self._timeout if self._timeout is not None else max(now - self._quiet, 100)

    def _remember(self, group: Sequence[Entry]) -> None:
        """When the last playback began, since when it is quiet, and how long the bot waits."""
        for entry in group:
            if entry.exchange.type == "assistant_speak":
                self._began = entry.call_time_ms
            elif entry.exchange.type in ("assistant_speech_ended", "user_speak", "dtmf_received"):
                self._quiet = entry.call_time_ms
            for action in entry.exchange.actions:
                if action.get("type") in _SPOKEN:
                    self._timeout = _milliseconds(action.get("user_input_timeout_seconds"))

    # -- expectations ---------------------------------------------------------------------------------

    def _expect(self, turn: Turn, group: Sequence[Entry]) -> dict[str, Value]:
        failures = [reaction.failure for reaction in turn.reactions if reaction.failure is not None]
        if failures:
            self.notes.append(f"turn {turn.number}: nothing is expected, for the bot failed then ({failures[0]})")
            return {}
        expect: dict[str, Value] = {}
        if heard := " ".join(" ".join(self._heard(turn, group)).split()):
            expect["speak"] = self._text(heard, group[0])
        expect |= self._ending(turn)
        expect |= _settings([reaction for reaction in turn.reactions if reaction.type in _SPOKEN])
        return expect or {"nothing": not turn.reactions}

    def _heard(self, turn: Turn, group: Sequence[Entry]) -> list[str]:
        """What began to sound in the turn."""
        if self._playback:
            played = [entry.exchange.event or {} for entry in group if entry.exchange.type == "assistant_speak"]
            return [_plain(event) for event in played]
        kinds = [(reaction.to, reaction.type) for reaction in turn.reactions]
        ended = [index for index, (_, kind) in enumerate(kinds) if kind in ("hangup", "transfer")]
        return [
            _plain(reaction.fields)
            for index, reaction in enumerate(turn.reactions)
            # An answer that ends the call is never heard (protocol.md section 4).
            if reaction.type == "speak" and not any(at > index and kinds[at][0] == reaction.to for at in ended)
        ]

    def _text(self, heard: str, entry: Entry) -> dict[str, Value]:
        """The text, or a pattern where parts of it are another each time."""
        session = entry.exchange.session_id
        shown = heard.replace(session, "<session>") if session and len(session) >= 8 else heard
        masked = self._masks.text(shown)
        if masked == heard:
            return {"equals": heard}
        return {"matches": "^" + ".+".join(re.escape(part).replace(r"\ ", " ") for part in _MASK.split(masked)) + "$"}

    def _ending(self, turn: Turn) -> dict[str, Value]:
        for reaction in turn.reactions:
            if reaction.type == "hangup":
                return {"hangup": True}
            target = reaction.fields.get("target_phone_number")
            if reaction.type == "transfer" and isinstance(target, str):
                if _E164.fullmatch(target):
                    return {"transfer": target}
                self.notes.append(f"turn {turn.number}: a call file cannot say a transfer to {target}")
        return {}


def _in_a_row(before: Sequence[Entry], after: Sequence[Entry]) -> bool:
    """Both are keys, and the second was pressed so soon that the caller waited for nothing."""
    if {before[0].exchange.type, after[0].exchange.type} != {"dtmf_received"}:
        return False
    pressed = [entry.call_time_ms for entry in before if entry.exchange.type == "dtmf_received"]
    return after[0].call_time_ms - pressed[-1] <= _ROW_MS


def _digits(group: Sequence[Entry]) -> str:
    pressed = [entry.exchange.event or {} for entry in group if entry.exchange.type == "dtmf_received"]
    return "".join(str(event.get("digit", "?")) for event in pressed)


def _settings(spoken: Sequence[Reaction]) -> dict[str, Value]:
    """Voice and barge-in settings, where everything that was said has the same."""
    voices = [_voice(reaction.fields) for reaction in spoken]
    barge_ins = [_barge_in(reaction.fields) for reaction in spoken]
    found: dict[str, Value] = {}
    if voices and voices[0] and all(voice == voices[0] for voice in voices):
        found["voice"] = voices[0]
    if barge_ins and barge_ins[0] and all(one == barge_ins[0] for one in barge_ins):
        found["barge_in"] = barge_ins[0]
    return found


def _voice(fields: Mapping[str, Any]) -> dict[str, Value]:
    voice = fields.get("tts.voice", fields.get("tts.voice.id", fields.get("tts.voice.name")))
    named = {"provider": fields.get("tts.provider"), "language": fields.get("tts.language"), "voice": voice}
    found = {name: value for name, value in named.items() if isinstance(value, str) and value.strip()}
    if found.get("provider") not in (None, *_PROVIDERS):
        del found["provider"]
    return {**found}


def _barge_in(fields: Mapping[str, Any]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if (strategy := fields.get("barge_in.strategy")) in _STRATEGIES:
        found["strategy"] = strategy
    for name, least, most in (("minimum_characters", 1, 100), ("allow_after_ms", 0, 10_000)):
        value = fields.get(f"barge_in.{name}")
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            found[name] = value
    return found


def _plain(fields: Mapping[str, Any]) -> str:
    """The text that is heard, also of SSML; nothing where it cannot be told."""
    text, document = fields.get("text"), fields.get("ssml")
    if isinstance(text, str):
        return text
    try:
        return ssml.parse(document).text if isinstance(document, str) else ""
    except ssml.SsmlError:
        return ""


def _milliseconds(seconds: object) -> float | None:
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 3600:
        return seconds * 1000
    return None


def _seconds(milliseconds: float) -> float:
    seconds = round(max(milliseconds, 1) / 1000, 3)
    return int(seconds) if seconds.is_integer() else seconds


# -- YAML --------------------------------------------------------------------------------------------


def yaml_text(value: Mapping[str, Value]) -> str:
    """Block YAML in which every text is quoted, as call files want it."""
    return "\n".join(_mapping(value, "")) + "\n"


def _mapping(value: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, Mapping):
            yield f"{indent}{key}:"
            yield from _mapping(item, indent + "  ")
        elif isinstance(item, Sequence) and not isinstance(item, str):
            yield f"{indent}{key}:"
            for one in item:
                yield from _item(one, indent + "  ")
        else:
            yield f"{indent}{key}: {_scalar(item)}"


def _item(value: Value, indent: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{indent}- {value}"
        return
    first, *others = _mapping(value, indent + "  ")
    yield f"{indent}- {first.lstrip()}"
    yield from others


def _scalar(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or value in _WORDS:
        return str(value)
    return '"' + "".join(map(_character, value.replace("$", "$$"))) + '"'


def _character(character: str) -> str:
    """Inside YAML's double quotes."""
    if character in '"\\':
        return "\\" + character
    if character.isprintable() and character != "\ufeff":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


__all__ = ["call_file", "yaml_text"]
