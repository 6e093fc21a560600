"""``aiflow dashboard``: the local dashboard in the foreground, or around a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import ConfigError, UsageError

DEFAULT_PORT = 4600

app = command_app(
    invoke_without_command=True,
    epilog="""\b
Examples:
  aiflow dashboard
  aiflow dashboard --port 0 --keep-days 30
  aiflow dashboard exec -- pytest tests/
""",
)


@app.callback()
def dashboard(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = DEFAULT_PORT,
    keep_days: Annotated[
        float | None, typer.Option(min=0, metavar="DAYS", help="Delete exchanges that are older; else keep all.")
    ] = None,
    keep_exchanges: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Delete all but the newest N; else keep all.")
    ] = None,
    require_token: Annotated[
        bool, typer.Option("--require-token", help="Answer only who sends AIFLOW_TOKEN as bearer token.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the ready line as JSON.")] = False,
) -> None:
    """Run the local dashboard: its API, the exchange log and the live stream."""
    if ctx.invoked_subcommand is not None:
        return
    from aiflow_cli.dashboard.serving import DashboardServer, Retention, listen
    from aiflow_cli.simulator.orders import play_order

    world: World = ctx.obj
    token = _token(world) if require_token else None

    def ready(url: str) -> None:
        if json:
            return world.console.json({"ready": True, "url": url, "store": str(world.store_path)})
        world.console.out(f"ready: {url}")
        world.console.say(f"exchange log: {world.store_path}; Ctrl-C ends it")

    with listen(port) as listener, world.open_store(token) as store:
        retention = Retention(days=keep_days, exchanges=keep_exchanges)
        server = DashboardServer(
            store, clock=world.clock, player=play_order, retention=retention, token=token, bot=world.bot
        )
        code = server.run(listener, on_ready=ready)
    raise typer.Exit(code)


@contextmanager
def _fresh_dashboard(world: World, path: Path) -> Iterator[str]:
    """A server over an empty store; yields its URL."""
    from aiflow_cli.dashboard.serving import DashboardServer, listen
    from aiflow_cli.simulator.orders import play_order
    from aiflow_cli.store.store import Store

    with (
        listen(0) as listener,
        Store(path, redactor=world.redactor()) as store,
        DashboardServer(store, clock=world.clock, player=play_order, bot=world.bot).running(listener) as url,
    ):
        yield url


def _token(world: World) -> str:
    token = world.settings["dashboard.token"]
    if not token:
        raise ConfigError("--require-token: there is no token to require", hint="set AIFLOW_TOKEN")
    return token


@app.command(
    "exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  aiflow dashboard exec -- pytest tests/
  aiflow dashboard exec -- sh -c 'curl $AIFLOW_DASHBOARD_URL/v3/ai-flows'
""",
)
def exec_(
    ctx: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD [ARG]...", help="What to run.", show_default=False)],
) -> None:
    """Run CMD against a fresh dashboard with an empty log; both are gone when it ends.

    CMD sees AIFLOW_DASHBOARD_URL and AIFLOW_STORE. Its exit code is passed on.
    """
    import os
    import shutil
    import sys
    import tempfile

    if sys.platform == "win32":
        raise UsageError("dashboard exec needs process groups, which Windows has not", hint="use `aiflow dashboard`")
    from aiflow_cli.dashboard.supervise import run_supervised

    world: World = ctx.obj
    scratch = Path(tempfile.mkdtemp(prefix="aiflow-exec-"))
    try:
        with _fresh_dashboard(world, scratch / "aiflow.db") as url:
            environ = {**world.environ, "AIFLOW_DASHBOARD_URL": url, "AIFLOW_STORE": str(scratch / "aiflow.db")}
            code = run_supervised(command, environ=environ, scratch=scratch, on_terminal=os.isatty(0))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    raise typer.Exit(code)
