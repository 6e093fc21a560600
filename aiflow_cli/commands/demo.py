"""``aiflow demo``: one call against the built-in bot, with nothing installed but this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World

if TYPE_CHECKING:
    from aiflow_cli.recording.exchange import Exchange

app = command_app()

EPILOG = """\b
Examples:
  aiflow demo --once
  aiflow demo --once --json | jq .durationMs
"""

CALL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("session_start", {}),
    ("user_speak", {"text": "Can you hear me?"}),
    ("dtmf_received", {"digit": "1"}),
    ("user_speak", {"text": "Great. Goodbye!"}),
    ("session_end", {}),
)


@app.command(epilog=EPILOG)
def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Exit after the call.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the exchanges as JSON lines.")] = False,
) -> None:
    """See a call with nothing installed but aiflow."""
    from aiflow_cli.render.exchanges import Transcript, latencies
    from aiflow_cli.simulator.echo_bot import echo_bot

    world: World = ctx.obj
    console = world.console
    transcript = Transcript(console.style)
    durations: list[float] = []
    with echo_bot() as url:
        console.say(f"the built-in bot answers at {url}")
        for exchange in _play(world, url):
            durations.append(exchange.duration_ms or 0)
            console.out(exchange.to_json() if json else "\n".join(transcript.lines(exchange)))
        if not json:
            console.out(f"\n{len(durations)} events: {latencies(durations)}; a caller waits 1000 ms at most")
            console.say("next: aiflow init my-bot --template flask")


def _play(world: World, url: str) -> list[Exchange]:
    from uuid import uuid4

    from aiflow_cli.clock import rfc3339
    from aiflow_cli.protocol.samples import sample_event
    from aiflow_cli.recording.exchange import LOCAL_FLOW, observe
    from aiflow_cli.transports.http import HttpWebhook

    session = str(uuid4())
    exchanges = []
    with world.open_store() as store, HttpWebhook(url) as webhook:
        for kind, fields in CALL:
            event = {**sample_event(kind, session), **fields}
            at = rfc3339(world.clock.now())
            exchange = observe(event, webhook.deliver(event), flow_id=LOCAL_FLOW, at=at, source="demo", url=url)
            exchanges.append(store.append(exchange))
    return exchanges
