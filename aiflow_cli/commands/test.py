"""``aiflow test``: the project's conversation tests."""

from __future__ import annotations

from typing import Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World

app = command_app()

EPILOG = """\b
Examples:
  aiflow test
  aiflow test calls/order.yaml -x
  aiflow test "calls/order.yaml::two pizzas"
  aiflow test -k pizza --tag smoke --junitxml report.xml
  aiflow test --lf
  aiflow test -n 4 --record

The bot of aiflow.toml is started for the tests if it is not running. Exits 1 if a call does not go as expected.
"""

PATHS_HELP = "Call files, folders, or FILE::CALL; else [calls] paths of aiflow.toml."
KEYWORD_HELP = "Only calls whose name or file matches, as pytest -k."
LAST_FAILED_HELP = "Only the calls that failed last time (all, if none did)."


@app.command(epilog=EPILOG)
def test(
    ctx: typer.Context,
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATHS]...", help=PATHS_HELP)] = None,
    keyword: Annotated[str | None, typer.Option("--keyword", "-k", metavar="EXPR", help=KEYWORD_HELP)] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only calls with one of these tags.")] = None,
    exit_first: Annotated[bool, typer.Option("--exitfirst", "-x", help="Stop at the first failure.")] = False,
    last_failed: Annotated[bool, typer.Option("--last-failed", "--lf", help=LAST_FAILED_HELP)] = False,
    workers: Annotated[
        str | None, typer.Option("--workers", "-n", metavar="N", help="Processes, or auto (needs pytest-xdist).")
    ] = None,
    junitxml: Annotated[str | None, typer.Option(metavar="FILE", help="Write a JUnit report.")] = None,
    var: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Variable of the call files.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the exchanges in the log.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for an answer; 0 waits for ever.")] = 5,
    start_timeout: Annotated[float, typer.Option(min=0, help="Seconds that the bot may take to start.")] = 60,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line for each call.")] = False,
) -> None:
    """Run the project's conversation tests."""
    from aiflow_cli.commands.suite import Selection, run_suite
    from aiflow_cli.testing.options import Options, pairs

    world: World = ctx.obj
    options = Options(
        record=record,
        timeout=timeout or None,
        patience=start_timeout,
        variables=pairs(var or [], flag="--var"),
    )
    selection = Selection(
        paths=tuple(paths or ()),
        keyword=keyword,
        tags=tuple(tag or ()),
        exit_first=exit_first,
        last_failed=last_failed,
        workers=workers,
        junitxml=junitxml,
        verbose=verbose,
    )
    run_suite(world, selection, options)
