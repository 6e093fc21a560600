"""JSON Schemas of the wire protocol, made from the models and published in ``docs/schemas``."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from aiflow_cli.protocol.actions import AnyAction
from aiflow_cli.protocol.events import AnyEvent

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema() -> dict[str, Any]:
    """One event, as a writer sends it and a reader must accept it (protocol.md sections 2 and 3)."""
    schema = TypeAdapter[Any](AnyEvent).json_schema()
    # A reader must accept types that are not documented yet, so the documented ones are a choice, not the law.
    known = {"oneOf": schema.pop("oneOf"), "discriminator": schema.pop("discriminator")}
    return {
        "$schema": _DIALECT,
        "title": "AI Flow event",
        "description": "What the service sends to the application. Unknown types and fields must be tolerated.",
        **known,
        **schema,
    }


def answer_schema() -> dict[str, Any]:
    """An answer: one action, or an array of actions carried out in order (protocol.md sections 1 and 4)."""
    schema = TypeAdapter[Any](AnyAction).json_schema()
    definitions = schema.pop("$defs")
    # What the models check in code has to be said again.
    definitions["Speak"]["oneOf"] = [_only("text", "ssml"), _only("ssml", "text")]
    definitions["VoiceReference"]["oneOf"] = [_only("id", "name"), _only("name", "id")]
    definitions["Action"] = schema
    return {
        "$schema": _DIALECT,
        "title": "AI Flow answer",
        "description": "What the application answers: one action, or an array of actions carried out in order.",
        "anyOf": [
            {"$ref": "#/$defs/Action"},
            {"type": "array", "items": {"$ref": "#/$defs/Action"}},
        ],
        "$defs": definitions,
    }


def _only(present: str, absent: str) -> dict[str, Any]:
    return {
        "required": [present],
        "properties": {present: {"type": "string"}, absent: {"type": "null"}},
    }
