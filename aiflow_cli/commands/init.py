"""``aiflow init``: scaffold a webhook project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import UsageError
from aiflow_cli.parser import one_of

if TYPE_CHECKING:
    from aiflow_cli.scaffold.catalog import Template
    from aiflow_cli.scaffold.plan import Plan
    from aiflow_cli.scaffold.transports import Transport
    from aiflow_cli.scaffold.writer import Target

_NAMES = one_of("aiflow_cli.scaffold.catalog:TEMPLATES")

app = command_app()

EPILOG = """\b
Examples:
  aiflow init my-bot --template flask
  aiflow init my-bot --template flask --transport websocket
  aiflow init my-bot --template flask --verify
  aiflow init . --template express --dry-run
  aiflow init --bare --url http://127.0.0.1:8080/webhook
  aiflow init --list
"""


@app.command(epilog=EPILOG)
def init(
    ctx: typer.Context,
    dir: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Folder of the project; . for this one.")] = None,
    template: Annotated[
        str | None,
        typer.Option("--template", "-t", metavar="NAME", help="flask, express, go or sinatra.", autocompletion=_NAMES),
    ] = None,
    transport: Annotated[
        str | None, typer.Option(metavar="NAME", help="http, or websocket (flask and express); http if not given.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="SLUG", help="Name of the project; else the folder's.")] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="Only aiflow.toml, .env and its ignore line, for a bot that exists.")
    ] = False,
    url: Annotated[str | None, typer.Option(metavar="URL", help="With --bare: the webhook's URL.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that differ (never .env).")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Start the bot and run its conversation tests, on a free port.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the plan, or the list, as JSON.")] = False,
) -> None:
    """Scaffold a webhook project.

    Prints what happens to each file: create, identical, append, overwrite, skip, or conflict. A conflict stops the run
    before anything is written; an existing .env is never touched.
    """
    world: World = ctx.obj
    if list_:
        return _list(world, json=json)
    _check(bare=bare, template=template, transport=transport, url=url)
    if verify and (bare or dry_run):
        raise UsageError(f"--verify has no bot to start with {'--bare' if bare else '--dry-run'}", hint="leave one out")
    chosen = None if bare else _choose(world, template, transport)
    folder = dir or ("." if bare else world.console.ask("Folder of the project", flag="DIR", default="my-bot"))
    target, plan = _plan(world, chosen, folder, name=name, url=url, force=force)
    if plan.conflicts and not plan.obstacles and not dry_run and _may_overwrite(world, plan):
        target, plan = _plan(world, chosen, folder, name=name, url=url, force=True)
    _show(world, plan, target, folder, json=json)
    _refuse_conflicts(plan)
    if dry_run:
        return world.console.say("dry run: nothing was written")
    target.write(plan)
    if verify and chosen is not None:
        from aiflow_cli.commands.verify import verify_project

        verify_project(world, target.root, chosen[0])
    _say_what_next(world, target, folder, chosen)


def _list(world: World, *, json: bool) -> None:
    from aiflow_cli.render.scaffold import template_lines, templates_json
    from aiflow_cli.scaffold.catalog import CATALOG

    if json:
        return world.console.json(templates_json(CATALOG))
    world.console.out(template_lines(CATALOG))


def _check(*, bare: bool, template: str | None, transport: str | None, url: str | None) -> None:
    if bare and template:
        raise UsageError("--bare writes no template", hint="leave --template or --bare out")
    if bare and transport:
        raise UsageError("--transport is for templates", hint="--bare --url ws://... names a WebSocket")
    if not url:
        return
    if not bare:
        raise UsageError("--url is for --bare: a template's bot has its own", hint="change it in aiflow.toml and .env")
    from aiflow_cli.config.webhook import check_url

    check_url(url)


def _choose(world: World, name: str | None, transport: str | None) -> tuple[Template, Transport]:
    from aiflow_cli.scaffold.catalog import TEMPLATES, find_template
    from aiflow_cli.scaffold.transports import find_transport

    template = find_template(name or world.console.ask("Template", flag="--template", choices=list(TEMPLATES)))
    return template, find_transport(transport, template)


def _plan(
    world: World,
    chosen: tuple[Template, Transport] | None,
    folder: str,
    *,
    name: str | None,
    url: str | None,
    force: bool,
) -> tuple[Target, Plan]:
    from secrets import token_urlsafe

    from aiflow_cli.scaffold.files import DEFAULT_URL, bare_files, project_files
    from aiflow_cli.scaffold.names import check_project_name
    from aiflow_cli.scaffold.plan import make_plan
    from aiflow_cli.scaffold.writer import Target

    target = Target(world.cwd / folder)
    secret = token_urlsafe(32)
    if chosen is None:
        files = bare_files(secret=secret, url=url or DEFAULT_URL)
    else:
        template, transport = chosen
        project = check_project_name(name or target.root.name, reserved=template.reserved)
        files = project_files(template, transport=transport, name=project, secret=secret)
    return target, make_plan(files, target.look, force=force)


def _may_overwrite(world: World, plan: Plan) -> bool:
    if not world.console.is_interactive:
        return False
    paths = ", ".join(step.path for step in plan.conflicts)
    return world.console.ask(f"Overwrite {paths}?", flag="--force", default="no", choices=["yes", "no"]) == "yes"


def _show(world: World, plan: Plan, target: Target, folder: str, *, json: bool) -> None:
    from aiflow_cli.render.scaffold import plan_json, plan_lines

    if json:
        return world.console.json(plan_json(plan, str(target.root)))
    world.console.out(plan_lines(plan, folder))


def _refuse_conflicts(plan: Plan) -> None:
    """Raises UsageError where something else stands in the way of a file."""
    if not plan.conflicts:
        return
    if plan.obstacles:
        hint = "move these away: " + ", ".join(f"{step.path} ({step.reason})" for step in plan.obstacles)
    else:
        hint = "--force overwrites them"
    paths = ", ".join(step.path for step in plan.conflicts)
    raise UsageError(f"nothing was written: these exist and differ: {paths}", hint=hint)


def _say_what_next(world: World, target: Target, folder: str, chosen: tuple[Template, Transport] | None) -> None:
    import shlex

    say = world.console.say
    _warn_about_env(world, target)
    say("\nNext:")
    if folder != ".":
        say(f"  cd {shlex.quote(folder)}")
    if chosen is not None:
        template, transport = chosen
        say(f"  {template.install}")
        say(f"  set -a; . ./.env; set +a; {template.start}")
        say("and in a second terminal, in the same folder:")
    say(f"  {transport.send if chosen else 'aiflow call'}")
    if chosen:
        say("  aiflow test")


def _warn_about_env(world: World, target: Target) -> None:
    """About an existing .env, which is never touched."""
    from aiflow_cli.config.files import read_dotenv

    path = target.root / ".env"
    if path.stat().st_mode & 0o077:
        world.console.say(f"warning: {path} can be read by others on this machine; `chmod 600` closes it")
    if not read_dotenv(path).get("AIFLOW_SECRET"):
        world.console.say(f"warning: {path} sets no AIFLOW_SECRET: the bot answers anybody")
