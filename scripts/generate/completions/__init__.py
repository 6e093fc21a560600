"""Completion scripts, static: made from the command tree, so that no Python starts when TAB is pressed."""

from __future__ import annotations

from scripts.generate.completions import bash, fish, powershell, zsh
from scripts.generate.completions.model import entries


def files() -> dict[str, str]:
    commands = entries()
    return {
        "completions/aiflow.bash": bash.script(commands),
        "completions/_aiflow": zsh.script(commands),
        "completions/aiflow.fish": fish.script(commands),
        "completions/aiflow.ps1": powershell.script(commands),
    }
