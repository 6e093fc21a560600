"""``aiflow logs``: the exchange log, history and live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from typer._click.core import ParameterSource

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import UsageError, closest
from aiflow_cli.parser import one_of

if TYPE_CHECKING:
    from aiflow_cli.recording.exchange import Exchange
    from aiflow_cli.store.query import Query
    from aiflow_cli.store.store import Store

ALL = 1_000_000
"""More than anybody looks at: no limit."""

_TYPES = "aiflow_cli.protocol.samples:EVENT_TYPES"
_OUTCOMES = "aiflow_cli.recording.exchange:OUTCOMES"

app = command_app()

EPILOG = """\b
Examples:
  aiflow logs -n 50
  aiflow logs -f --outcome invalid-action --outcome slow
  aiflow logs --since 10m --format transcript
  aiflow logs --type user_speak --format jsonl | jq .durationMs
"""


class LogFormat(StrEnum):
    PRETTY = "pretty"
    JSON = "json"
    JSONL = "jsonl"
    TRANSCRIPT = "transcript"


@app.command(epilog=EPILOG)
def logs(
    ctx: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    number: Annotated[int, typer.Option("--number", "-n", min=0, help="Show the last N exchanges.")] = 20,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="From then on: 10m, 2h, or RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to then.")] = None,
    type: Annotated[
        list[str] | None, typer.Option(help="Of this event type; may be repeated.", autocompletion=one_of(_TYPES))
    ] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Of this call.")] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="With this outcome; may be repeated.", autocompletion=one_of(_OUTCOMES))
    ] = None,
    flow: Annotated[str | None, typer.Option(metavar="ID", help="Of this flow; all flows if not given.")] = None,
    grep: Annotated[str | None, typer.Option(metavar="TEXT", help="Holding this text anywhere, in any case.")] = None,
    format: Annotated[LogFormat, typer.Option(help="How to print it.")] = LogFormat.PRETTY,
) -> None:
    """Show and follow the exchange log."""
    world: World = ctx.obj
    if follow and format is LogFormat.JSON:
        raise UsageError("--format json is one document, which -f never ends", hint="use --format jsonl with -f")
    query = _query(world, since=since, until=until, types=type, session=session, outcomes=outcome, flow=flow)
    # A bound in time asks for everything inside it, unless a number is given too.
    counted = since is None or ctx.get_parameter_source("number") is not ParameterSource.DEFAULT
    printer = Printer(world, format)
    wanted = _matcher(grep)
    with world.open_store() as store:
        newest = store.newest_id()
        history = store.last(query, number if counted else ALL)
        printer([exchange for exchange in history if wanted(exchange)])
        if follow:
            start = history[-1].id if history else newest
            _follow(store, replace(query, after_id=start), printer, wanted)


def _follow(store: Store, query: Query, printer: Printer, wanted: Callable[[Exchange], bool]) -> None:
    """Print what comes, until Ctrl-C; a gap is told where it is."""
    from aiflow_cli.store.tail import Tail

    with Tail(store, query) as tail:
        while True:
            batch = tail.next(timeout=3600)
            if batch.gap is not None:
                printer.gap(batch.gap.start, batch.gap.end)
            printer([exchange for exchange in batch.exchanges if wanted(exchange)])


class Printer:
    """Writes exchanges in one format, as they come."""

    def __init__(self, world: World, format: LogFormat) -> None:
        from aiflow_cli.render.exchanges import Transcript

        self._console = world.console
        self._format = format
        self._transcript = Transcript(self._console.style)

    def __call__(self, exchanges: Sequence[Exchange]) -> None:
        if self._format is LogFormat.JSON:
            return self._console.json([exchange.to_dict() for exchange in exchanges])
        text = "\n".join(line for exchange in exchanges for line in self._lines(exchange))
        if text:
            self._console.out(text)

    def _lines(self, exchange: Exchange) -> Iterable[str]:
        from aiflow_cli.render.exchanges import line

        if self._format is LogFormat.JSONL:
            return (exchange.to_json(),)
        if self._format is LogFormat.TRANSCRIPT:
            return self._transcript.lines(exchange)
        return (line(exchange, self._console.style),)

    def gap(self, start: int, end: int) -> None:
        """Say that exchanges are gone; data in jsonl, so that a program sees it too."""
        if self._format is LogFormat.JSONL:
            return self._console.json({"gap": {"from": start, "to": end}})
        self._console.say(f"-- exchanges #{start} to #{end} were deleted before they could be shown --")


def _matcher(grep: str | None) -> Callable[[Exchange], bool]:
    if grep is None:
        return lambda exchange: True
    needle = grep.casefold()
    return lambda exchange: needle in exchange.to_json().casefold()


def _query(
    world: World,
    *,
    since: str | None,
    until: str | None,
    types: list[str] | None,
    session: str | None,
    outcomes: list[str] | None,
    flow: str | None,
) -> Query:
    from aiflow_cli.clock import parse_time
    from aiflow_cli.recording.exchange import OUTCOMES
    from aiflow_cli.store.query import Query

    now = world.clock.now()
    for name in outcomes or ():
        if name not in OUTCOMES:
            close = closest(name, OUTCOMES)
            hint = f"did you mean {close}?" if close else f"one of: {', '.join(OUTCOMES)}"
            raise UsageError(f"there is no outcome {name}", hint=hint)
    return Query(
        flow_id=flow,
        session_id=session,
        types=tuple(types or ()),
        outcomes=tuple(outcomes or ()),
        since=parse_time(since, now, flag="--since") if since else None,
        until=parse_time(until, now, flag="--until") if until else None,
    )
