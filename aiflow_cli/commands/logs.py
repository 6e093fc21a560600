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
    from aiflow_cli.dashboard.contract import Dashboard
    from aiflow_cli.store.query import Query
    from aiflow_cli.store.store import Row
    from aiflow_cli.store.tail import Gap

    Wanted = Callable[[Row], bool]

_TYPES = "aiflow_cli.protocol.samples:EVENT_TYPES"
_OUTCOMES = "aiflow_cli.recording.exchange:OUTCOMES"

app = command_app()

EPILOG = """\b
Examples:
  aiflow logs -n 50
  aiflow logs -f --outcome invalid-action --outcome slow
  aiflow logs --since 10m --format transcript
  aiflow logs --type user_speak --format jsonl | jq .durationMs
  aiflow logs --session 0b0fa5a6-5b4e-4c38-9a3c-6d1f6d0c2e11 --save call.jsonl
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
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines: short for --format jsonl.")] = False,
    save: Annotated[
        str | None, typer.Option(metavar="FILE", help="With --session: write a recording of the call.")
    ] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Mask texts and phone numbers in that recording.")] = False,
    dashboard: Annotated[
        str | None,
        typer.Option(metavar="local|vendor|URL", help="Whose log; else aiflow.toml's, or the local one."),
    ] = None,
) -> None:
    """Show and follow the exchange log."""
    world: World = ctx.obj
    if json and format not in (LogFormat.PRETTY, LogFormat.JSONL):
        raise UsageError(f"--json is --format jsonl, and --format {format.value} is another", hint="leave one out")
    format = LogFormat.JSONL if json else format
    if follow and format is LogFormat.JSON:
        raise UsageError("--format json is one document, which -f never ends", hint="use --format jsonl with -f")
    if follow and until is not None:
        raise UsageError("--until ends what -f goes on with", hint="leave one of them out")
    _tell_of_unknown(world, type or ())
    query = _query(world, since=since, until=until, types=type, session=session, outcomes=outcome, flow=flow)
    if save is not None or redact:
        return _save(world, query, save, dashboard, redact=redact)
    # A bound in time asks for everything inside it, unless a number is given too.
    counted = since is None or ctx.get_parameter_source("number") is not ParameterSource.DEFAULT
    printer = Printer(world, format)
    wanted = _matcher(grep)
    with world.dashboard(dashboard) as board:
        from aiflow_cli.dashboard.history import History

        history = History(board, query, number if counted else None, wanted=wanted)
        pages = history.pages()
        # One JSON document needs all pages; the other formats show each as it comes.
        for rows in [[row for page in pages for row in page]] if format is LogFormat.JSON else pages:
            printer(rows)
        if not (printer.printed or follow or number == 0):
            world.console.say(_nothing_to_show(query, grep))
        if follow:
            _follow(world, board, replace(query, after_id=history.seam, since=None), printer, wanted)


def _tell_of_unknown(world: World, types: Sequence[str]) -> None:
    """A bot may get any event type, so one that the protocol lacks is no error; but it may be a slip of the pen."""
    from aiflow_cli.protocol.samples import EVENT_TYPES

    for name in types:
        if name not in EVENT_TYPES:
            close = closest(name, EVENT_TYPES)
            meant = f"; did you mean {close}?" if close else ""
            world.console.say(f"the protocol has no event type {name}{meant}")


def _save(world: World, query: Query, file: str | None, dashboard: str | None, *, redact: bool) -> None:
    """Write the recording of one call.

    Raises:
        UsageError: no call was named, or the log does not have it.
    """
    from aiflow_cli.commands.recorded import pseudonyms, recording_of
    from aiflow_cli.dashboard.history import History
    from aiflow_cli.recording.files import RecordingWriter
    from aiflow_cli.store.store import read_row

    if file is None or query.session_id is None:
        missing = "--save" if file is None else "--session"
        raise UsageError(f"a recording is of one call, and {missing} is missing", hint="--session ID --save FILE")
    with world.dashboard(dashboard) as board:
        found = [read_row(row) for page in History(board, query, None).pages() for row in page]
    if not found:
        hint = "`aiflow logs --format transcript` shows the calls"
        raise UsageError(f"the log has no call {query.session_id}", hint=hint)
    recording = recording_of(found)
    masks = pseudonyms(world) if redact else None
    with RecordingWriter(world.cwd / file, recording.header, redactor=world.redactor(), pseudonyms=masks) as writer:
        for entry in recording.entries:
            writer.write(entry.exchange, call_time_ms=entry.call_time_ms)
    world.console.say(f"{len(found)} exchanges written to {file}; send them again: aiflow replay {file}")


def _follow(world: World, board: Dashboard, query: Query, printer: Printer, wanted: Wanted | None) -> None:
    """Print what comes, until Ctrl-C; a gap is told where it is."""
    with board.follow(query, notify=lambda sentence: world.console.say(f"-- {sentence} --")) as stream:
        for batch in stream:
            if batch.gap is not None:
                printer.gap(batch.gap)
            printer([row for row in batch.rows if wanted is None or wanted(row)])


class Printer:
    """Writes exchanges in one format, as they come."""

    def __init__(self, world: World, format: LogFormat) -> None:
        from aiflow_cli.render.exchanges import Transcript

        self._console = world.console
        self._format = format
        self._transcript = Transcript(self._console.style)
        self.printed = 0
        """Exchanges so far."""

    def __call__(self, rows: Sequence[Row]) -> None:
        self.printed += len(rows)
        if self._format is LogFormat.JSON:
            return self._console.out(f"[{', '.join(text for _, text in rows)}]")
        text = "\n".join(line for row in rows for line in self._lines(row))
        if text:
            self._console.out(text)

    def _lines(self, row: Row) -> Iterable[str]:
        from aiflow_cli.render.exchanges import line
        from aiflow_cli.store.store import read_row

        if self._format is LogFormat.JSONL:
            return (row[1],)
        if self._format is LogFormat.TRANSCRIPT:
            return self._transcript.lines(read_row(row))
        return (line(read_row(row), self._console.style),)

    def gap(self, gap: Gap) -> None:
        """Say that exchanges are gone; data in jsonl, so that a program sees it too."""
        if self._format is LogFormat.JSONL:
            return self._console.json({"gap": {"from": gap.start, "to": gap.end}})
        if gap.replaced:
            return self._console.say("-- the exchange log was replaced by another one; from its start: --")
        self._console.say(f"-- exchanges #{gap.start} to #{gap.end} were deleted before they could be shown --")


def _nothing_to_show(query: Query, grep: str | None) -> str:
    """An empty screen looks like a fault."""
    from aiflow_cli.store.query import Query

    if query == Query() and grep is None:
        return "the log is empty; `aiflow call` and `aiflow send-event` write to it"
    return "no exchange in the log is like that"


def _matcher(grep: str | None) -> Wanted | None:
    if grep is None:
        return None
    needle = grep.casefold()
    return lambda row: needle in row[1].casefold()


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
