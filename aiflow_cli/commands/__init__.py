"""One thin module per command: options, help, delegation. Heavy imports live in the bodies."""

from __future__ import annotations

from typing import Any

from aiflow_cli.parser import App, Group


def command_app(**settings: Any) -> App:
    """A Typer app as every command module makes it: plain help (rich help costs twice the start-up), no completion."""
    settings = {"cls": Group, "context_settings": {"help_option_names": ["-h", "--help"]}, **settings}
    return App(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings)
