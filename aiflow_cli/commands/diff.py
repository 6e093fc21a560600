"""``aiflow diff``: what is not the same in two recorded calls."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.commands.options import SecretOption
from aiflow_cli.commands.recorded import SOURCE_HELP, Sending, check_reached, find, make_line, send_again
from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from aiflow_cli.recording.diff import Diff
    from aiflow_cli.recording.files import Recording
    from aiflow_cli.recording.masks import Masks

app = command_app()

EPILOG = """\b
Examples:
  aiflow diff before.jsonl after.jsonl
  aiflow diff rec.jsonl --replay
  aiflow diff rec.jsonl --replay --mask 'order \\d+'
  aiflow diff rec.jsonl again.jsonl --ignore tts --format json | jq .different

Exit code 1: there is a difference. Latencies are shown, and never a difference.
"""

REPLAY_HELP = "Compare with what the bot answers now: the recording is sent again."
URL_HELP = "With --replay: where to; else the project's bot, else where it was recorded."
MASK_HELP = "Regular expression; what it matches counts as the same. May be repeated."
IGNORE_HELP = "Field of actions that is not compared, as tts or barge_in.strategy. May be repeated."
TIMING_HELP = "With --replay: send each event when it came in the call."
SETTLE_HELP = "With --replay on WebSocket: milliseconds of quiet after an answer."


class DiffFormat(StrEnum):
    SIDE = "side"
    JSON = "json"


@app.command(epilog=EPILOG)
def diff(
    ctx: typer.Context,
    left: Annotated[str, typer.Argument(metavar="A", help=SOURCE_HELP)],
    right: Annotated[str | None, typer.Argument(metavar="[B]", help="The same, to compare it with.")] = None,
    replay: Annotated[bool, typer.Option("--replay", help=REPLAY_HELP)] = False,
    url: Annotated[str | None, typer.Option(metavar="URL", help=URL_HELP)] = None,
    secret: SecretOption = None,
    original_timing: Annotated[bool, typer.Option("--original-timing", help=TIMING_HELP)] = False,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="To wait for an answer; 0 waits for ever.")
    ] = 5,
    settle: Annotated[int, typer.Option(min=1, max=60_000, metavar="MS", help=SETTLE_HELP)] = 100,
    mask: Annotated[list[str] | None, typer.Option(metavar="REGEX", help=MASK_HELP)] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="FIELD", help=IGNORE_HELP)] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Compare ids and times, too.")] = False,
    all: Annotated[bool, typer.Option("--all", help="Show the turns without a difference, too.")] = False,
    format: Annotated[
        DiffFormat | None, typer.Option(help="How to print it; side by side on a terminal, else JSON.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON: short for --format json.")] = False,
) -> None:
    """Compare two recorded calls turn by turn."""
    world: World = ctx.obj
    if replay == (right is not None):
        wrong = "--replay takes the place of B" if replay else "B is missing, and so is --replay"
        raise UsageError(wrong, hint="aiflow diff A B, or aiflow diff A --replay")
    if json:
        if format is DiffFormat.SIDE:
            raise UsageError("--json is --format json, and --format side is another", hint="leave one out")
        format = DiffFormat.JSON
    masks = _masks(world, mask or [], ignore or [], exact=exact)
    before = find(world, left)
    if right is not None:
        after = find(world, right)
    else:
        line = make_line(world, before, url=url, secret=secret, timeout=timeout, settle=settle)
        sending = Sending(line=line, original_timing=original_timing)
        after = _send(world, before, sending)
    _show(world, _compare(world, before, after, masks), left, right or "now", format, everything=all)


def _masks(world: World, patterns: list[str], ignored: list[str], *, exact: bool) -> Masks:
    """The flags', and those of aiflow.toml."""
    from aiflow_cli.recording.masks import Masks

    settings = world.settings
    return Masks(
        [*patterns, *settings.words("masks.patterns")],
        ignored=[*ignored, *settings.words("masks.ignore")],
        built_in=not exact,
    )


def _send(world: World, recording: Recording, sending: Sending) -> Recording:
    """The recording of a replay; it is in the log, but in no file."""
    from aiflow_cli.recording.files import Entry, Header, Recording

    with world.open_store() as store:
        replayed = list(send_again(world, recording, sending, store=store))
    check_reached(replayed)
    entries = tuple(Entry(one.exchange, one.call_time_ms) for one in replayed)
    return Recording(Header(url=sending.line.url, transport=sending.line.transport), entries)


def _compare(world: World, before: Recording, after: Recording, masks: Masks) -> Diff:
    from aiflow_cli.recording.diff import compare

    if before.header.redacted != after.header.redacted:
        world.console.say("note: one of the two is redacted, so every text is different")
    return compare(before, after, masks)


def _show(world: World, diff: Diff, left: str, right: str, format: DiffFormat | None, *, everything: bool) -> None:
    """Print the result, and fail where there is a difference."""
    from aiflow_cli.render.diff import side_by_side, verdict

    console = world.console
    if (format or (DiffFormat.SIDE if console.is_terminal else DiffFormat.JSON)) is DiffFormat.JSON:
        console.json(diff.to_dict())
    else:
        console.out(
            side_by_side(diff, left=left, right=right, width=console.width, paint=console.style, everything=everything)
        )
    if diff.different:
        raise CheckFailed(verdict(diff))
    console.say(verdict(diff))
