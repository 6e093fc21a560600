"""``aiflow flows``: the dashboard's flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.commands.options import SecretOption
from aiflow_cli.context import World
from aiflow_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from aiflow_cli.dashboard.contract import Dashboard, Flow, FlowFields
    from aiflow_cli.dashboard.problems import NotPublished

app = command_app(
    help="The dashboard's flows: which bot answers at which URL.",
    epilog="""\b
Examples:
  aiflow flows list
  aiflow flows create --name "Pizza bot" --url https://bot.example/webhook
  aiflow flows set-url local http://127.0.0.1:3000/webhook
  aiflow flows call local --to +4915112345678
""",
)

_Dashboard = Annotated[
    str | None, typer.Option("--dashboard", metavar="local|vendor|URL", help="Which one; else aiflow.toml's, or local.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the flow.", show_default=False)]
_MaybeId = Annotated[str | None, typer.Argument(metavar="[ID]", help="Id of the flow; else the one in use.")]


@app.command("list", epilog="\b\nExamples:\n  aiflow flows list\n  aiflow flows list --json | jq '.[].webhookUrl'\n")
def list_flows(ctx: typer.Context, dashboard: _Dashboard = None, json: _Json = False) -> None:
    """List the flows; the one in use is marked."""
    from aiflow_cli.render.flows import table

    world: World = ctx.obj
    with world.dashboard(dashboard) as board:
        flows = board.flows()
        current = _in_use(world, board)
    if json:
        return world.console.json([flow.to_dict() for flow in flows])
    world.console.out(table(flows, current=current or "", paint=world.console.style))


@app.command(epilog="\b\nExample:\n  aiflow flows show local --json\n")
def show(ctx: typer.Context, id: _MaybeId = None, dashboard: _Dashboard = None, json: _Json = False) -> None:
    """Show one flow. Its secret is never shown, only whether there is one."""
    world: World = ctx.obj
    with world.dashboard(dashboard) as board:
        _show(world, board.flow(id or _needed(world, board)), json=json)


@app.command(epilog="\b\nExample:\n  aiflow flows create --name demo --url https://bot.example/webhook\n")
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="What people call it.", show_default=False)],
    url: Annotated[str, typer.Option(help="URL of the webhook, or of the WebSocket.", show_default=False)],
    phone_number: Annotated[str | None, typer.Option(metavar="+49...", help="Its number, E.164.")] = None,
    secret: SecretOption = None,
    dashboard: _Dashboard = None,
    json: _Json = False,
) -> None:
    """Create a flow. The secret goes along where one is set."""
    world: World = ctx.obj
    fields: FlowFields = {"name": name, "webhook_url": url}
    if phone_number:
        fields["phone_number"] = phone_number
    if secret := secret or world.settings["webhook.secret"]:
        fields["api_token"] = secret
    with world.dashboard(dashboard) as board:
        from aiflow_cli.dashboard.problems import NotPublished

        try:
            flow = board.create_flow(fields)
        except NotPublished as reason:
            return _paste(world, fields, reason, json=json)
    _show(world, flow, json=json)


@app.command("set-url", epilog="\b\nExample:\n  aiflow flows set-url local http://127.0.0.1:3000/webhook\n")
def set_url(
    ctx: typer.Context,
    id: _Id,
    url: Annotated[str, typer.Argument(help="URL of the webhook, or of the WebSocket.", show_default=False)],
    dashboard: _Dashboard = None,
    json: _Json = False,
) -> None:
    """Let a flow send its events to another URL."""
    _change(ctx.obj, id, {"webhook_url": url}, dashboard, json=json)


@app.command("set-number", epilog="\b\nExample:\n  aiflow flows set-number 4f1c... +4922147100100\n")
def set_number(
    ctx: typer.Context,
    id: _Id,
    number: Annotated[str, typer.Argument(metavar="+49...", help="Its number, E.164.", show_default=False)],
    dashboard: _Dashboard = None,
    json: _Json = False,
) -> None:
    """Give a flow another phone number."""
    _change(ctx.obj, id, {"phone_number": number}, dashboard, json=json)


@app.command(
    "set-secret", epilog="\b\nExamples:\n  aiflow flows set-secret local\n  aiflow flows set-secret local --clear\n"
)
def set_secret(
    ctx: typer.Context,
    id: _Id,
    secret: Annotated[
        str | None, typer.Option(envvar="AIFLOW_SECRET", help="Sent as X-API-TOKEN; prefer the variable.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Let it send none.")] = False,
    dashboard: _Dashboard = None,
    json: _Json = False,
) -> None:
    """Give a flow the secret that its webhook asks for: AIFLOW_SECRET, also from .env."""
    world: World = ctx.obj
    secret = None if clear else secret or world.settings["webhook.secret"]
    if not (secret or clear):
        raise UsageError("there is no secret to set", hint="set AIFLOW_SECRET, or --clear the flow's")
    _change(world, id, {"api_token": secret}, dashboard, json=json)


@app.command(epilog="\b\nExample:\n  aiflow flows delete 4f1c... --yes\n")
def delete(
    ctx: typer.Context,
    id: _Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dashboard: _Dashboard = None,
    json: _Json = False,
) -> None:
    """Delete a flow; its exchanges stay in the log."""
    world: World = ctx.obj
    with world.dashboard(dashboard) as board:
        if not yes and world.console.ask(f"delete the flow {id}?", flag="--yes", choices=("yes", "no")) != "yes":
            raise UsageError("nothing was deleted")
        board.delete_flow(id)
    if json:
        return world.console.json({"deleted": id})
    world.console.say(f"deleted {id}")


@app.command(epilog="\b\nExample:\n  aiflow flows use 4f1c...\n")
def use(ctx: typer.Context, id: _Id, dashboard: _Dashboard = None, json: _Json = False) -> None:
    """Let commands mean this flow: writes dashboard.flow into aiflow.toml (outside a project: the user's config)."""
    from aiflow_cli.config.edit import set_in_file
    from aiflow_cli.config.files import PROJECT_FILE, user_config_path
    from aiflow_cli.dashboard.problems import NotPublished

    world: World = ctx.obj
    with world.dashboard(dashboard) as board:
        try:
            id = board.flow(id).id
        except NotPublished:
            world.console.say(f"whether there is a flow {id} cannot be asked there; taking your word for it")
    path = world.project.root / PROJECT_FILE if world.project is not None else user_config_path(world.environ)
    set_in_file(path, "dashboard.flow", id)
    _warn_if_hidden(world, id)
    if json:
        return world.console.json({"flow": id, "file": str(path)})
    world.console.say(f"commands now mean the flow {id} ({path})")


@app.command(epilog="\b\nExample:\n  aiflow flows call local --to +4915112345678\n")
def call(
    ctx: typer.Context,
    to: Annotated[str, typer.Option(metavar="+49...", help="Number to call, E.164.", show_default=False)],
    id: _MaybeId = None,
    device: Annotated[str | None, typer.Option(help="Billing device at the vendor, for example e2.")] = None,
    dashboard: _Dashboard = None,
    json: _Json = False,
) -> None:
    """Let a flow call a number. The vendor dials for real; locally a simulated call begins."""
    from aiflow_cli.simulator.orders import play_order

    world: World = ctx.obj
    with world.dashboard(dashboard, player=play_order) as board:
        id = id or _needed(world, board)
        placed = board.place_call(id, to_phone_number=to, billing_device=device)
        if json:
            world.console.json({"callId": placed.call_id, "flowId": id})
        else:
            world.console.out(placed.call_id or "the call was accepted")
        if placed.call_id is not None:
            world.console.say(f"see it with: aiflow logs --session {placed.call_id} --format transcript")


def _change(world: World, id: str, fields: FlowFields, dashboard: str | None, *, json: bool) -> None:
    from aiflow_cli.dashboard.problems import NotPublished

    with world.dashboard(dashboard) as board:
        try:
            flow = board.change_flow(id, fields)
        except NotPublished as reason:
            return _paste(world, fields, reason, json=json)
    _show(world, flow, json=json)


def _show(world: World, flow: Flow, *, json: bool) -> None:
    from aiflow_cli.render.flows import details

    if json:
        return world.console.json(flow.to_dict())
    world.console.out(details(flow, world.console.style))


def _paste(world: World, fields: FlowFields, reason: NotPublished, *, json: bool) -> None:
    """The goal can still be reached by hand: say what to paste where, and succeed."""
    from aiflow_cli.render.flows import paste_instructions, to_paste

    form = to_paste(fields)
    if not form:
        raise reason
    world.console.say(reason.message)
    world.console.say("paste this into the form of the service's dashboard (AI Flows page):")
    if json:
        return world.console.json({"published": False, "paste": form})
    world.console.out(paste_instructions(fields))


def _in_use(world: World, board: Dashboard) -> str | None:
    """The flow that commands mean: the setting's, else the local default."""
    from aiflow_cli.recording.exchange import LOCAL_FLOW

    return world.settings["dashboard.flow"] or (LOCAL_FLOW if board.name == "local" else None)


def _needed(world: World, board: Dashboard) -> str:
    id = _in_use(world, board)
    if id is None:
        raise ConfigError("which flow? none was named and none is in use", hint="name its ID, or `aiflow flows use ID`")
    return id


def _warn_if_hidden(world: World, id: str) -> None:
    """A variable that is set would go on to win over the file that was just written."""
    found = world.settings.find("dashboard.flow")
    hides = found.source == "environment" or found.source.endswith(".env")
    if hides and found.text != id:
        world.console.say(f"but AIFLOW_FLOW={found.text} ({found.source}) still wins over it")
