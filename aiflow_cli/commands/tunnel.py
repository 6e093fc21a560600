"""``aiflow tunnel``: a public URL for the bot, registered with its flow, every exchange recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import UsageError

if TYPE_CHECKING:
    from aiflow_cli.commands.borrowing import Registration

app = command_app()

EPILOG = """\b
Examples:
  aiflow tunnel
  aiflow tunnel 8080 --flow 4f1c...
  aiflow tunnel --provider cloudflared
  aiflow tunnel --command "tailscale funnel {port}"
  aiflow tunnel --record today.jsonl --redact
  aiflow tunnel --restore
"""

PROVIDERS = ("ngrok", "cloudflared", "ssh", "command", "public-url", "loopback")


@app.command(epilog=EPILOG)
def tunnel(
    ctx: typer.Context,
    target: Annotated[str | None, typer.Argument(metavar="[PORT|URL]", help="The bot; else aiflow.toml's URL.")] = None,
    flow: Annotated[str | None, typer.Option(envvar="AIFLOW_FLOW", help="Id of the flow; else the one in use.")] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"How the public URL is made: {', '.join(PROVIDERS)}.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="ngrok: a reserved domain; else a random one.")] = None,
    region: Annotated[str | None, typer.Option(help="ngrok: the service's region; else the nearest.")] = None,
    download: Annotated[bool, typer.Option("--download", help="ngrok: download the agent without asking.")] = False,
    command: Annotated[
        str | None, typer.Option(metavar="CMD", help="A program that opens a tunnel to {port} and prints its URL.")
    ] = None,
    url_pattern: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Finds the URL in what --command prints.")
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The URL that leads here already, or the one of --command.")
    ] = None,
    start_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds for the tunnel to be up and to lead here.")
    ] = 30,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the recorder; 0 takes a free one.")] = 0,
    secret: Annotated[
        str | None, typer.Option(envvar="AIFLOW_SECRET", help="What X-API-TOKEN must be; prefer the variable.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds for the bot's answer; 0 waits for ever.")] = 30,
    register: Annotated[
        bool, typer.Option("--register/--no-register", help="Register the URL, or say what to paste where.")
    ] = True,
    take_over: Annotated[bool, typer.Option("--take-over", help="Also from a tunnel that is running.")] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Only put back what a killed tunnel has left behind.")
    ] = False,
    dashboard: Annotated[
        str | None, typer.Option(metavar="local|vendor|URL", help="Where the flow is; else aiflow.toml's, or local.")
    ] = None,
    record: Annotated[str | None, typer.Option(metavar="FILE", help="Also write a recording of the calls.")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Mask texts and phone numbers in that recording.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines: ready, exchange, moved.")] = False,
) -> None:
    """Give the bot a public URL, register it with its flow, and record every exchange."""
    import sys

    world: World = ctx.obj
    if sys.platform == "win32":
        raise UsageError("`aiflow tunnel` does not run on Windows", hint="run it in WSL")
    from aiflow_cli.commands import borrowing, providers
    from aiflow_cli.commands.live import LiveTunnel, Plan
    from aiflow_cli.commands.recorded import recording_beside
    from aiflow_cli.recording.files import Header

    if restore:
        return borrowing.restore(world, flow, dashboard)
    world.hide(secret)
    secret = secret or world.settings["webhook.secret"] or None
    choice = providers.Choice(
        name=provider,
        domain=domain,
        region=region,
        command=command,
        pattern=url_pattern,
        public_url=public_url,
        download=download,
        start_timeout=start_timeout,
    )
    way = providers.make(world, choice, port=port)
    bot = providers.target(world, target)
    providers.check_app(world, bot)
    with (
        borrowing.registration(world, flow, dashboard, secret=secret, wanted=register) as registration,
        recording_beside(
            world, record, lambda: Header(url=bot.url, flow_id=registration.flow_id), redact=redact
        ) as keep,
    ):
        plan = Plan(
            target=bot,
            provider=way,
            flow_id=registration.flow_id,
            registry=registration.registry,
            secret=secret,
            timeout=timeout or None,
            port=port,
            start_timeout=start_timeout,
            take_over=take_over,
            leases=borrowing.leases(world),
            json=json,
            keep=keep,
        )
        LiveTunnel(world, plan, on_ready=lambda url: _ready(world, registration, url, bot.url, json=json)).run()


def _ready(world: World, registration: Registration, url: str, target: str, *, json: bool) -> None:
    """The one line that programs wait for, the same on a terminal and in a pipe."""
    if json:
        world.console.json({"type": "ready", "url": url, "target": target})
    else:
        world.console.out(f"ready {url} -> {target}")
    for sentence in registration.advice(url):
        world.console.say(sentence)
    world.console.say(f"log: {world.store_path} (aiflow logs -f); Ctrl-C ends it")
