"""Settings as JSON and as a table. Secrets are masked here, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aiflow_cli.config.settings import Setting, Value

MASK = "********"


def row(setting: Setting, value: Value, clean: Callable[[str], str]) -> dict[str, Any]:
    """One setting: key, value, source, variable; ``clean`` takes secrets out of values that are none themselves."""
    words = clean(value.text) if setting.kind == "text" else [clean(word) for word in value.value]
    return {
        "key": setting.key,
        "value": (MASK if value.text else "") if setting.secret else words,
        "source": f"{setting.variable} in the environment" if value.source == "environment" else value.source,
        "variable": setting.variable,
    }


def table(rows: Sequence[dict[str, Any]], paint: Callable[..., str]) -> str:
    """Key, value and source in columns."""
    shown = [(found["key"], text(found["value"]) or "-", found["source"]) for found in rows]
    widths = [max(len(cells[column]) for cells in shown) for column in (0, 1)]
    return "\n".join(
        f"{key:<{widths[0]}}  {paint(f'{value:<{widths[1]}}', 'bold')}  {paint(source, 'dim')}".rstrip()
        for key, value, source in shown
    )


def text(value: str | list[str]) -> str:
    """A value as a line."""
    return value if isinstance(value, str) else " ".join(value)
