"""Completion scripts, static: made from the command tree, so that no Python starts when TAB is pressed."""

from __future__ import annotations


def files() -> dict[str, str]:
    return {}
