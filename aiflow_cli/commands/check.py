"""``aiflow check``: does the webhook keep the protocol?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.commands.options import SecretOption
from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from aiflow_cli.conformance.check import Check
    from aiflow_cli.conformance.probe import Probe
    from aiflow_cli.conformance.report import Report, Result
    from aiflow_cli.conformance.traffic import Sent

app = command_app()

EPILOG = """\b
Examples:
  aiflow check
  aiflow check --only secret --only unknown-type
  aiflow check https://bot.example.org/webhook --severity error
  aiflow check --format junit > check.xml
  aiflow check --fuzz --examples 1000
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
    json: Annotated[bool, typer.Option("--json", help="Print JSON: short for --format json.")] = False,
    secret: SecretOption = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for an answer; 0 waits for ever.")] = 5,
    record: Annotated[bool, typer.Option("--record", help="Write every exchange to the log.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the checks and run none.")] = False,
    fuzz: Annotated[bool, typer.Option("--fuzz", help="Play generated calls instead; needs aiflow-cli[test].")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="With --fuzz: the same calls again.")] = None,
    examples: Annotated[int, typer.Option(min=1, help="With --fuzz: how many calls.")] = 200,
    time: Annotated[float, typer.Option(min=0, help="With --fuzz: seconds at most.")] = 60,
    save: Annotated[str, typer.Option(metavar="DIR", help="With --fuzz: where the call that fails is saved.")] = "fuzz",
) -> None:
    """Check a webhook against the protocol, and score it."""
    from aiflow_cli.conformance.engine import select

    world: World = ctx.obj
    if seed is not None and not fuzz:
        raise UsageError("--seed is for --fuzz alone: the checks leave nothing to chance", hint="add --fuzz")
    if json:
        if format not in (Format.TEXT, Format.JSON):
            raise UsageError(f"--json is --format json, and --format {format.value} is another", hint="leave one out")
        format = Format.JSON
    target = _target(world, url)
    transport = "websocket" if target.startswith("ws") else "http"
    checks = select(transport, only=only or (), skip=skip or (), severity=severity.value)
    if list_:
        return _show_list(world, checks, format)
    world.console.say(f"checking {world.redactor().text(target)}")
    secret = secret or world.settings["webhook.secret"] or None
    _hide(world, secret)
    with _probe(world, target, secret=secret, timeout=timeout or None, record=record) as probe:
        if fuzz:
            report = _fuzz(world, probe, seed=seed, examples=examples, seconds=time, folder=save, format=format)
        else:
            report = _run(world, checks, probe, format)
    _finish(world, report, format)
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


@contextmanager
def _probe(world: World, url: str, *, secret: str | None, timeout: float | None, record: bool) -> Iterator[Probe]:
    """The way to the webhook; with ``record``, everything that goes there is also written to the log."""
    with ExitStack() as stack:
        store = stack.enter_context(world.open_store(secret)) if record else None
        flow = world.settings["dashboard.flow"]

        def keep(sent: Sent) -> None:
            if store is not None:
                store.append(sent.exchange(flow))

        settings: dict[str, Any] = {"secret": secret, "timeout": timeout, "clock": world.clock, "on_sent": keep}
        yield stack.enter_context(closing(_make_probe(url, settings)))


def _make_probe(url: str, settings: dict[str, Any]) -> Probe:
    # One of the two is needed, and each costs several milliseconds to import.
    if url.startswith("ws"):
        from aiflow_cli.conformance.websocket_probe import WebSocketProbe

        return WebSocketProbe(url, **settings)
    from aiflow_cli.conformance.http_probe import HttpProbe

    return HttpProbe(url, **settings)


def _run(world: World, checks: Sequence[Check], probe: Probe, format: Format) -> Report:
    from aiflow_cli.conformance.engine import run
    from aiflow_cli.conformance.manifest import MANIFEST
    from aiflow_cli.conformance.report import Report

    groups = [check.group for check in MANIFEST if probe.transport in check.transports]
    return Report(probe.url, probe.transport, groups, list(_shown(world, run(checks, probe), format)))


def _fuzz(
    world: World, probe: Probe, *, seed: int | None, examples: int, seconds: float, folder: str, format: Format
) -> Report:
    from random import SystemRandom

    from aiflow_cli.commands.fuzzing import Budget, fuzz_report

    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    report = fuzz_report(world, probe, Budget(seed=seed, examples=examples, seconds=seconds), folder=folder)
    list(_shown(world, iter(report.results), format))
    return report


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
    from aiflow_cli.conformance.check import FUZZING, GROUPS

    titles = GROUPS | {FUZZING: "Calls that nobody thought of"}
    return world.console.style(f"\n{group}: {titles[group]}", "bold")


def _finish(world: World, report: Report, format: Format) -> None:
    from aiflow_cli.render import checks, junit, sarif

    redactor = world.redactor()
    match format:
        case Format.TEXT:
            for line in checks.summary_lines(report, world.console.style):
                world.console.out(line)
        case Format.JSON:
            world.console.json(redactor.value(checks.report_dict(report)))
        case Format.SARIF:
            world.console.json(redactor.value(sarif.document(report)))
        case Format.JUNIT:
            world.console.out(redactor.text(junit.document(report)))
