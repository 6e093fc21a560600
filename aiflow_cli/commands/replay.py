"""``aiflow replay``: a recorded call again, to the bot as it is now."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.commands.options import SecretOption
from aiflow_cli.commands.recorded import (
    SOURCE_HELP,
    Sending,
    check_reached,
    find,
    make_line,
    pseudonyms,
    send_again,
)
from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from aiflow_cli.recording.exchange import Exchange
    from aiflow_cli.recording.files import Recording, RecordingWriter
    from aiflow_cli.simulator.replay import Replayed

app = command_app()

EPILOG = """\b
Examples:
  aiflow replay rec.jsonl
  aiflow replay rec.jsonl -o again.jsonl && aiflow diff rec.jsonl again.jsonl
  aiflow replay rec.jsonl --url ws://127.0.0.1:3000/webhook --original-timing
  aiflow replay 17 --json
  aiflow replay rec.jsonl --save-as-test calls/order.yaml
"""

URL_HELP = "Where to; else the project's bot, else where it was recorded (on this machine)."
TIMING_HELP = "Send each event when it came in the call, not as soon as the bot has answered."
SETTLE_HELP = "WebSocket: milliseconds of quiet after which an answer is complete."
TEST_HELP = "Send nothing; write a call file that expects the recorded answers."


@app.command(epilog=EPILOG)
def replay(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|ID", help=SOURCE_HELP)],
    url: Annotated[str | None, typer.Option(metavar="URL", help=URL_HELP)] = None,
    secret: SecretOption = None,
    original_timing: Annotated[bool, typer.Option("--original-timing", help=TIMING_HELP)] = False,
    keep_ids: Annotated[bool, typer.Option("--keep-ids", help="Leave session ids and times as recorded.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="To wait for an answer; 0 waits for ever.")
    ] = 5,
    settle: Annotated[int, typer.Option(min=1, max=60_000, metavar="MS", help=SETTLE_HELP)] = 100,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Record the new call.")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Mask texts and phone numbers in that file.")] = False,
    save_as_test: Annotated[str | None, typer.Option(metavar="FILE", help=TEST_HELP)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the new exchanges as JSON lines.")] = False,
) -> None:
    """Send a recorded call again and show what the bot answers now."""
    world: World = ctx.obj
    if redact and output is None:
        raise UsageError("--redact masks what is written to a file, and there is none", hint="add -o FILE")
    recording = find(world, source)
    if save_as_test is not None:
        return _save_as_test(world, recording, save_as_test)
    line = make_line(world, recording, url=url, secret=secret, timeout=timeout, settle=settle)
    sending = Sending(line=line, original_timing=original_timing, keep_ids=keep_ids)
    replayed = _send(world, recording, sending, output, redact=redact, json=json)
    _sum_up(world, replayed, source, output)
    check_reached(replayed)
    if any(problem.severity == "error" for one in replayed for problem in one.exchange.problems):
        raise CheckFailed


def _save_as_test(world: World, recording: Recording, file: str) -> None:
    """Write the call file; it is read back before, so that what is written is one."""
    from aiflow_cli.recording.callfile import call_file
    from aiflow_cli.recording.masks import Masks
    from aiflow_cli.session.script import CallFileError, parse

    text, notes = call_file(recording, Masks(world.settings.words("masks.patterns")))
    try:
        parse(text, file)
    except CallFileError as error:
        raise UsageError(
            f"this call does not fit into a call file: {error.reason}", hint="replay it as it is"
        ) from None
    for note in notes:
        world.console.say(f"note: {note}")
    _write_new(world, file, text)
    world.console.say(f"written: {file}; run it: aiflow test {file}")


def _write_new(world: World, file: str, text: str) -> None:
    path = world.cwd / file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise UsageError(f"{file} exists", hint="name another file, or remove this one") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", hint="check the folder") from None


def _send(
    world: World, recording: Recording, sending: Sending, output: str | None, *, redact: bool, json: bool
) -> list[Replayed]:
    """Store, record and show, exchange by exchange."""
    show = _screen(world, json=json)
    replayed = []
    with ExitStack() as stack:
        store = stack.enter_context(world.open_store())
        writer = stack.enter_context(_writer(world, recording, sending, output, redact=redact)) if output else None
        for one in send_again(world, recording, sending, store=store):
            if writer is not None:
                writer.write(one.exchange, call_time_ms=one.call_time_ms)
            show(one.exchange)
            replayed.append(one)
    return replayed


def _writer(world: World, recording: Recording, sending: Sending, output: str, *, redact: bool) -> RecordingWriter:
    from aiflow_cli.recording.files import Header, RecordingWriter

    header = Header(
        url=sending.line.url,
        transport=sending.line.transport,
        flow_id=sending.line.flow_id,
        redacted=recording.header.redacted,
    )
    return RecordingWriter(
        world.cwd / output, header, redactor=world.redactor(), pseudonyms=pseudonyms(world) if redact else None
    )


def _screen(world: World, *, json: bool) -> Callable[[Exchange], None]:
    """Shows exchanges as they come: as JSON lines, or as a transcript."""
    from aiflow_cli.render.exchanges import Transcript

    transcript = Transcript(world.console.style)

    def show(exchange: Exchange) -> None:
        if json:
            return world.console.out(exchange.to_json())
        for line in transcript.lines(exchange):
            world.console.out(line)

    return show


def _sum_up(world: World, replayed: list[Replayed], source: str, output: str | None) -> None:
    from aiflow_cli.render.exchanges import latencies

    durations = [one.exchange.duration_ms for one in replayed if one.exchange.duration_ms is not None]
    events = sum(one.exchange.event is not None or one.exchange.raw_event is not None for one in replayed)
    shown = f": {latencies(durations)}" if durations else ""
    world.console.say(f"{events} event{'s' * (events != 1)} sent again{shown}")
    if output is not None:
        world.console.say(f"compare: aiflow diff {source} {output}")
