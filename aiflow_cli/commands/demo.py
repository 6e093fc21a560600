"""``aiflow demo``: one call against the built-in bot, with nothing installed but this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World

if TYPE_CHECKING:
    from aiflow_cli.session.steps import Script
    from aiflow_cli.store.store import Store

app = command_app()

EPILOG = """\b
Examples:
  aiflow demo
  aiflow demo --once
  aiflow demo --once --json | jq .type
"""


@app.command(epilog=EPILOG)
def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Exit after the call.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what happens as JSON lines.")] = False,
) -> None:
    """See a call with nothing installed but aiflow.

    Bot and dashboard stay up to be tried, until Ctrl-C.
    """
    from aiflow_cli.commands.stage import Line, Plan, Stage
    from aiflow_cli.simulator.echo_bot import echo_bot

    world: World = ctx.obj
    with echo_bot() as url, world.open_store() as store:
        world.console.say(f"the built-in bot answers at {url}")
        stage = Stage(world, Line(url=url), Plan(source="demo"), store=store, json=json)
        stage.play(_script())
        stage.verdict()
        if not once:
            _stay(world, store, url)
        world.console.say("next: aiflow init my-bot --template flask")


def _stay(world: World, store: Store, bot: str) -> None:
    """Leave the bot and the call's exchanges there to be tried, until Ctrl-C."""
    from aiflow_cli.dashboard.serving import DashboardServer, listen
    from aiflow_cli.simulator.orders import play_order

    def ready(url: str) -> None:
        world.console.say(f"the exchanges: {url}/v3/events")
        world.console.say(f"call it yourself: aiflow call {bot}")
        world.console.say("Ctrl-C ends it")

    with listen(0) as listener:
        code = DashboardServer(store, clock=world.clock, player=play_order).run(listener, on_ready=ready)
    raise typer.Exit(code)


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
