"""The one reader of call files (``calls/*.yaml``): text in, scripts out, ``CallFileError`` for anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import yaml

from aiflow_cli.session.fields import (
    DIGITS,
    PHONE,
    CallFileError,
    Choice,
    Items,
    Node,
    Pairs,
    Pattern,
    Place,
    Scalar,
    Seconds,
    Text,
    Truth,
    Whole,
)
from aiflow_cli.session.records import Key, ListOf, Many, Record, Table
from aiflow_cli.session.steps import Expect, Script, Step, WantedBargeIn, WantedVoice

MAX_FILE_BYTES = 1024 * 1024
_MAX_DEPTH = 20
_MAX_NODES = 100_000
_TAGS = frozenset(["str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value"])
_MS = Whole(0, 3_600_000, "milliseconds")


def _expect(found: dict[str, Any], line: int) -> Expect:
    speak: dict[str, Any] = found.pop("speak", {})
    return Expect(**speak, **found, line=line)


def _barge_in_step(found: dict[str, Any], line: int) -> dict[str, Any]:
    return {"text": found["say"], "ms": found.get("after_ms", 0)}


def _step(found: dict[str, Any], line: int) -> Step:
    expect = found.pop("expect", None)
    kind: Any
    ((kind, value),) = found.items()
    fields = value if isinstance(value, dict) else {"ms": value} if kind == "silence" else {"text": value}
    return Step(kind=kind, **({} if kind == "hangup" else fields), expect=expect, line=line)


SPEAK = Record(
    {
        "contains": Key(Many(Text()), "Each of these texts is somewhere in what the caller hears."),
        "equals": Key(Text(), "The caller hears exactly this."),
        "matches": Key(Many(Pattern()), "Each of these regular expressions is found in what the caller hears."),
        "absent": Key(Many(Text()), "None of these texts is in what the caller hears."),
    },
    lambda found, line: found,
    short="contains",
)
BARGE_IN = Record(
    {
        "strategy": Key(Choice(("none", "manual", "minimum_characters", "immediate")), "The speak's strategy."),
        "minimum_characters": Key(Whole(1, 100), "The speak's minimum_characters (3 where it has none)."),
        "allow_after_ms": Key(Whole(0, 10_000, "milliseconds"), "The speak's allow_after_ms (0 where it has none)."),
    },
    lambda found, line: WantedBargeIn(**found),
    short="strategy",
)
VOICE = Record(
    {
        "voice": Key(Text(), "Name or id of the voice."),
        "provider": Key(Choice(("azure", "eleven_labs")), "Provider of the voice."),
        "language": Key(Text(), "Its language, as de-DE."),
    },
    lambda found, line: WantedVoice(**found),
    short="voice",
)
TRANSFER = Record(
    {"to": Key(PHONE, "The number that the call is transferred to.")},
    lambda found, line: found["to"],
    required=("to",),
    short="to",
)
EXPECT = Record(
    {
        "speak": Key(SPEAK, "What the caller hears. A bare text means contains."),
        "hangup": Key(Truth(), "The bot hangs up in this turn (true), or does not (false)."),
        "transfer": Key(TRANSFER, "The bot transfers the call to this number."),
        "nothing": Key(Truth(), "The bot does nothing at all in this turn (true), or something (false)."),
        "within_ms": Key(_MS, "Longest silence from the end of the caller's words to the first sound."),
        "barge_in": Key(BARGE_IN, "Barge-in settings of what is said. A bare word means strategy."),
        "voice": Key(VOICE, "The voice it is said with. A bare text means voice."),
    },
    _expect,
)
_SAY_DURING = Record(
    {
        "say": Key(Text(), "The words."),
        "after_ms": Key(_MS, "Milliseconds from the beginning of the playback; 0 if not given."),
    },
    _barge_in_step,
    required=("say",),
    short="say",
)
_HANGUP = "The caller hangs up once nobody speaks. A call without this step ends the same way."
STEP = Record(
    {
        "say": Key(Text(), "The caller says this once nobody speaks."),
        "dtmf": Key(DIGITS, "The caller presses these keys once nobody speaks. Quote them: # begins a comment."),
        "silence": Key(Seconds(), "The caller stays silent for so many seconds after the bot has spoken."),
        "barge_in": Key(_SAY_DURING, "The caller speaks while the bot does."),
        "hangup": Key(Choice(("true",)), _HANGUP),
        "expect": Key(EXPECT, "What is expected of the bot, from this step to the next."),
    },
    _step,
    one_of=("say", "dtmf", "silence", "barge_in", "hangup"),
    bare=("hangup",),
)
_SHARED = {
    "caller": Key(PHONE, "Number of the caller (of the called, where direction is outbound)."),
    "number": Key(PHONE, "Number of the flow."),
    "direction": Key(Choice(("inbound", "outbound")), "Who calls whom; inbound if not given."),
    "tags": Key(Many(Text()), "Names to choose calls by."),
    "variables": Key(Table(Text()), "Values for ${name} in any text of the call."),
    "budget_ms": Key(_MS, "within_ms of every turn that has none of its own."),
}
_ONE = {
    "name": Key(Text(), "Name of the call; the file's name if not given."),
    "greeting": Key(EXPECT, "What is expected of the bot before the first step."),
    "steps": Key(ListOf(STEP), "What the caller does, in order."),
}
CALL: Record[dict[str, Any]] = Record(
    {**_ONE, **_SHARED},
    lambda found, line: found,
    required=("steps",),
)
FILE: Record[dict[str, Any]] = Record(
    {**_ONE, **_SHARED, "calls": Key(ListOf(CALL), "Several calls; what stands beside them holds for all of them.")},
    lambda found, line: found,
)


def parse(text: str | bytes, name: str, *, variables: Mapping[str, str] | None = None) -> list[Script]:
    """Read a call file.

    Args:
        text: the file's content.
        name: its path, for messages and as the name of a call without one.
        variables: win over those of the file.

    Raises:
        CallFileError: with file, line and key.
    """
    root = _nodes(text, name)
    place = Place(name, variables=_variables(root, Place(name), {}, forced=variables or {}))
    if not isinstance(root, Pairs):
        place.fail(root, "a call file is a mapping with the key steps or calls")
    return list(_scripts(root, place, variables or {}))


def _scripts(root: Pairs, place: Place, forced: Mapping[str, str]) -> Iterator[Script]:
    if ("calls" in root.pairs) == ("steps" in root.pairs):
        place.fail(root, "exactly one of steps and calls is expected", hint="steps for one call, calls for several")
    shared = {key: node for key, node in root.pairs.items() if key != "calls"}
    stem = PurePath(place.file).stem
    if "steps" in root.pairs:
        yield _script(FILE.values(root, place), place, stem, root.line)
        return
    for key in ("name", "greeting"):
        if key in shared:
            (place / key).fail(shared[key], f"{key} belongs to one call", hint="move it below calls")
    defaults = FILE.values(Pairs(shared, root.lines, root.line), place)
    calls = root.pairs["calls"]
    seen: set[str] = set()
    for index, node in enumerate(_items(calls, place / "calls")):
        here = place / "calls" / index
        own = _variables(node, here, place.variables, forced=forced)
        here = Place(here.file, here.key, own)
        found = CALL.values(node, here)
        name = found.get("name", f"{stem}-{index + 1}")
        if name in seen:
            (here / "name").fail(node, f"there is another call named {name}")
        seen.add(name)
        tags = (*defaults.get("tags", ()), *found.get("tags", ()))
        yield _script({**defaults, **found, "tags": tags}, here, name, node.line)


def _items(node: Node, place: Place) -> tuple[Node, ...]:
    if isinstance(node, Items) and node.items:
        return tuple(node.items)
    place.fail(node, "a list of calls is expected")


def _script(found: dict[str, Any], place: Place, name: str, line: int) -> Script:
    fields = {key: value for key, value in found.items() if key != "variables"}
    return Script(**{"name": name, **fields}, file=place.file, line=line)


def _variables(node: Node, place: Place, known: Mapping[str, str], *, forced: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of a file or call, each of which may use those above it; those from outside (``forced``) win."""
    values = {**known, **forced}
    table = node.pairs.get("variables") if isinstance(node, Pairs) else None
    for name, value in table.pairs.items() if isinstance(table, Pairs) else ():
        if name not in forced:
            values[name] = Text().read(value, Place(place.file, (place / "variables" / name).key, values))
    return values


# -- YAML --------------------------------------------------------------------------------------------


def _nodes(text: str | bytes, name: str) -> Node:
    """The file as nodes. Only YAML's structure is used, never its types."""
    if len(text) > MAX_FILE_BYTES:
        raise CallFileError(name, 1, "", f"it is larger than {MAX_FILE_BYTES // 1024} KiB")
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        node = yaml.compose(decoded, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise CallFileError(name, 1, "", f"it is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise CallFileError(name, 1, "", "it is nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise CallFileError(name, line, "", f"it is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise CallFileError(name, 1, "", f"it is not YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise CallFileError(name, 1, "", "it is empty", hint="write steps: and below it - say: hello")
    return _Converter(name).convert(node, 0)


class _Converter:
    """YAML's nodes to ours. Aliases are followed, within bounds: they can be endless."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0

    def convert(self, node: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        self._count += 1
        if depth > _MAX_DEPTH or self._count > _MAX_NODES:
            raise CallFileError(self._file, line, "", "it is nested too deeply")
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            raise CallFileError(self._file, line, "", f"the tag {node.tag} is not used in call files")
        if isinstance(node, yaml.ScalarNode):
            return Scalar(node.value, line, node.style is None)
        if isinstance(node, yaml.SequenceNode):
            return Items([self.convert(item, depth + 1) for item in node.value], line)
        return self._pairs(node, line, depth)

    def _pairs(self, node: Any, line: int, depth: int) -> Pairs:
        pairs: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                hint = "quote a text that begins with { or ["
                raise CallFileError(self._file, at, "", "a key is a plain word", hint=hint)
            if key.value in pairs:
                raise CallFileError(self._file, at, key.value, f"the key stands here and in line {lines[key.value]}")
            pairs[key.value] = self.convert(value, depth + 1)
            lines[key.value] = at
        return Pairs(pairs, lines, line)


def json_schema() -> dict[str, Any]:
    """The call file as JSON Schema (draft 2020-12), for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aiflow call file",
        "description": "Scripted calls for aiflow call and aiflow test.",
        **FILE.schema(),
        "oneOf": [{"required": ["steps"]}, {"required": ["calls"]}],
    }


__all__ = ["CALL", "EXPECT", "FILE", "MAX_FILE_BYTES", "STEP", "CallFileError", "json_schema", "parse"]
