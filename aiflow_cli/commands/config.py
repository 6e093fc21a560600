"""``aiflow config``: what is set, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import UsageError, closest
from aiflow_cli.parser import one_of

if TYPE_CHECKING:
    from aiflow_cli.config.settings import Setting

_KEYS = one_of("aiflow_cli.config.settings:BY_KEY")
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = command_app(
    help="Show the settings: what is set, and where it came from.",
    epilog="""\b
Examples:
  aiflow config list
  aiflow config get webhook.url
  aiflow config path --json
""",
)


@app.command("list", epilog="\b\nExamples:\n  aiflow config list\n  aiflow config list --json | jq '.[].key'\n")
def list_settings(ctx: typer.Context, json: _Json = False) -> None:
    """Show every setting, its value and where it came from; secrets are masked."""
    from aiflow_cli.render.settings import row, table

    world: World = ctx.obj
    rows = [row(setting, value, world.without_secrets) for setting, value in world.settings]
    if json:
        return world.console.json(rows)
    world.console.out(table(rows, world.console.style))


@app.command(epilog="\b\nExamples:\n  aiflow config get webhook.url\n  aiflow config get dashboard.flow --json\n")
def get(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="As in aiflow.toml: webhook.url.", autocompletion=_KEYS)],
    json: _Json = False,
) -> None:
    """Print one setting's value."""
    from aiflow_cli.render.settings import row, text

    world: World = ctx.obj
    setting = _known(key)
    found = row(setting, world.settings.find(key), world.without_secrets)
    if json:
        return world.console.json(found)
    world.console.out(text(found["value"]))
    if setting.secret and found["value"]:
        world.console.say(f"a secret is never shown; it comes from {found['source']}")


def _known(key: str) -> Setting:
    from aiflow_cli.config.settings import BY_KEY

    if key in BY_KEY:
        return BY_KEY[key]
    close = closest(key, BY_KEY)
    hint = f"did you mean {close}?" if close else "see `aiflow config list` for the settings"
    raise UsageError(f"there is no setting {key}", hint=hint)


@app.command(epilog="\b\nExamples:\n  aiflow config path\n  aiflow config path --json | jq -r .store\n")
def path(ctx: typer.Context, json: _Json = False) -> None:
    """Show which files are read and written."""
    from aiflow_cli.config.files import PROJECT_FILE, user_config_path

    world: World = ctx.obj
    root = world.project.root if world.project else None
    paths = {
        "project": root / PROJECT_FILE if root else None,
        "dotenv": root / ".env" if root else None,
        "user": user_config_path(world.environ),
        "store": world.store_path,
    }
    if json:
        return world.console.json({name: str(file) if file else None for name, file in paths.items()})
    for name, file in paths.items():
        state = "" if file and file.exists() else "  (not there)"
        world.console.out(f"{name:<8} {file}{state}" if file else f"{name:<8} (no aiflow.toml here or above)")
