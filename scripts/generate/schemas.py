"""``docs/schemas``: what may be on the wire, for every language."""

from __future__ import annotations

import json

from aiflow_cli.protocol.schema import answer_schema, event_schema


def files() -> dict[str, str]:
    schemas = {"event": event_schema(), "answer": answer_schema()}
    return {f"docs/schemas/{name}.json": f"{json.dumps(schema, indent=2)}\n" for name, schema in schemas.items()}
