"""``aiflow demo``: one call against the built-in bot, with nothing installed but this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World

if TYPE_CHECKING:
    from aiflow_cli.session.steps import Script

app = command_app()

EPILOG = """\b
Examples:
  aiflow demo --once
  aiflow demo --once --json | jq .type
"""


@app.command(epilog=EPILOG)
def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Exit after the call.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what happens as JSON lines.")] = False,
) -> None:
    """See a call with nothing installed but aiflow."""
    from aiflow_cli.commands.stage import Line, Plan, Stage
    from aiflow_cli.simulator.echo_bot import echo_bot

    world: World = ctx.obj
    with echo_bot() as url, world.open_store() as store:
        world.console.say(f"the built-in bot answers at {url}")
        stage = Stage(world, Line(url=url), Plan(source="demo"), store=store, json=json)
        stage.play(_script())
        world.console.say("next: aiflow init my-bot --template flask")
    stage.verdict()


def _script() -> Script:
    """A call that shows what a call is made of: words, an interruption, a key, a goodbye."""
    from aiflow_cli.session.steps import Script, Step

    return Script(
        steps=(
            Step(kind="say", text="Can you hear me?"),
            Step(kind="barge_in", text="Wait, one more thing!", ms=800),
            Step(kind="dtmf", text="1"),
            Step(kind="say", text="Great. Goodbye!"),
        )
    )
