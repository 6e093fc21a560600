"""``aiflow check``: does the webhook keep the protocol?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed

if TYPE_CHECKING:
    from aiflow_cli.conformance.check import Check
    from aiflow_cli.conformance.probe import Probe
    from aiflow_cli.conformance.report import Report, Result
    from aiflow_cli.store.store import Store

app = command_app()

EPILOG = """\b
Examples:
  aiflow check
  aiflow check --only secret --only unknown-type
  aiflow check https://bot.example.org/webhook --severity error
  aiflow check --format junit > check.xml
  aiflow check --list
"""


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"


class Severity(StrEnum):
    """The lowest severity that is checked."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@app.command(epilog=EPILOG)
def check(
    ctx: typer.Context,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Webhook URL; else the one of aiflow.toml.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="ID", help="Run this check or group alone.")] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="ID", help="Leave this check or group out.")] = None,
    severity: Annotated[Severity, typer.Option(help="Leave out checks below this severity.")] = Severity.NOTE,
    format: Annotated[Format, typer.Option(help="How the report is written.")] = Format.TEXT,
    secret: Annotated[
        str | None, typer.Option(envvar="AIFLOW_SECRET", help="Sent as X-API-TOKEN; prefer the variable.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for an answer; 0 waits for ever.")] = 5,
    record: Annotated[bool, typer.Option("--record", help="Write every exchange to the log.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the checks and run none.")] = False,
) -> None:
    """Check a webhook against the protocol, and score it."""
    from aiflow_cli.conformance.engine import select

    world: World = ctx.obj
    target = _target(world, url)
    transport = "websocket" if target.startswith("ws") else "http"
    checks = select(transport, only=only or (), skip=skip or (), severity=severity.value)
    if list_:
        return _show_list(world, checks, format)
    world.console.say(f"checking {world.redactor().text(target)}")
    secret = secret or world.settings["webhook.secret"] or None
    _hide(world, secret)
    report = _run(world, checks, target, secret=secret, timeout=timeout or None, record=record, format=format)
    if report.failed:
        raise CheckFailed


def _hide(world: World, secret: str | None) -> None:
    """The secret, and what `secret-almost` sends in its place: a bot that repeats those gives it away as well."""
    if secret:
        for form in (secret, secret[:-1], secret.swapcase()):
            world.hide(form)


def _target(world: World, url: str | None) -> str:
    from aiflow_cli.config.webhook import check_url

    return check_url(url or world.settings["webhook.url"])


def _show_list(world: World, checks: Sequence[Check], format: Format) -> None:
    from aiflow_cli.render import checks as render

    if format is Format.TEXT:
        for check in checks:
            world.console.out(render.check_line(check))
        return
    world.console.json([render.check_dict(check) for check in checks])


def _run(
    world: World,
    checks: Sequence[Check],
    url: str,
    *,
    secret: str | None,
    timeout: float | None,
    record: bool,
    format: Format,
) -> Report:
    from contextlib import ExitStack

    from aiflow_cli.conformance.engine import run
    from aiflow_cli.conformance.report import Report

    with ExitStack() as stack:
        store = stack.enter_context(world.open_store(secret)) if record else None
        probe = _probe(world, url, secret=secret, timeout=timeout, store=store)
        stack.callback(probe.close)
        shown = _shown(world, run(checks, probe), format)
        report = Report(url, probe.transport, _groups(probe), list(shown))
    _finish(world, report, format)
    return report


def _groups(probe: Probe) -> list[str]:
    from aiflow_cli.conformance.manifest import MANIFEST

    return [check.group for check in MANIFEST if probe.transport in check.transports]


def _probe(world: World, url: str, *, secret: str | None, timeout: float | None, store: Store | None) -> Probe:
    from aiflow_cli.conformance.traffic import Sent

    flow = world.settings["dashboard.flow"]

    def keep(sent: Sent) -> None:
        if store is not None:
            store.append(sent.exchange(flow))

    settings: dict[str, Any] = {"secret": secret, "timeout": timeout, "clock": world.clock, "on_sent": keep}
    if url.startswith("ws"):
        from aiflow_cli.conformance.websocket_probe import WebSocketProbe

        return WebSocketProbe(url, **settings)
    from aiflow_cli.conformance.http_probe import HttpProbe

    return HttpProbe(url, **settings)


def _shown(world: World, results: Iterator[Result], format: Format) -> Iterator[Result]:
    """Text is shown while it runs; the other formats are one document at the end."""
    from aiflow_cli.render import checks as render

    redact = world.redactor().text
    group = ""
    for result in results:
        if format is Format.TEXT:
            if result.check.group != group:
                group = result.check.group
                world.console.out(_heading(world, group))
            world.console.out(redact("\n".join(render.result_lines(result, world.console.style))))
        yield result


def _heading(world: World, group: str) -> str:
    from aiflow_cli.conformance.check import GROUPS

    return world.console.style(f"\n{group}: {GROUPS[group]}", "bold")


def _finish(world: World, report: Report, format: Format) -> None:
    from aiflow_cli.render import checks, junit, sarif

    redactor = world.redactor()
    match format:
        case Format.TEXT:
            world.console.out("\n".join(checks.summary_lines(report, world.console.style)))
        case Format.JSON:
            world.console.json(redactor.value(checks.report_dict(report)))
        case Format.SARIF:
            world.console.json(redactor.value(sarif.document(report)))
        case Format.JUNIT:
            world.console.out(redactor.text(junit.document(report)))
