"""``aiflow completion``: the script that lets a shell complete our commands. Static: no Python when TAB is pressed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World

app = command_app()

EPILOG = """\b
Examples:
  eval "$(aiflow completion bash)"     # in ~/.bashrc; zsh: in ~/.zshrc
  aiflow completion zsh > "${fpath[1]}/_aiflow"
  aiflow completion fish > ~/.config/fish/completions/aiflow.fish
  aiflow completion powershell | Out-String | Invoke-Expression
"""


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


FILES = {Shell.BASH: "aiflow.bash", Shell.ZSH: "_aiflow", Shell.FISH: "aiflow.fish", Shell.POWERSHELL: "aiflow.ps1"}


@app.command(epilog=EPILOG)
def completion(
    ctx: typer.Context, shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="Which shell.")]
) -> None:
    """Print the completion script for a shell: bash, zsh, fish or powershell."""
    world: World = ctx.obj
    world.console.out((_folder() / FILES[shell]).read_text(encoding="utf-8").rstrip("\n"))


def _folder() -> Path:
    """In an installed package the scripts lie inside it, in a checkout beside it."""
    package = Path(__file__).parents[1]
    shipped = package / "completions"
    return shipped if shipped.is_dir() else package.parent / "completions"
