"""One thin module per command: options, help, delegation. Heavy imports live in the bodies."""

from __future__ import annotations

from typing import Any

import typer


def command_app(**settings: Any) -> typer.Typer:
    """A Typer app as every command module makes it: plain help (rich help costs twice the start-up), no completion."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings)
