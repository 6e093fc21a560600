"""``aiflow call``: a simulated call to the bot, typed or scripted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.commands.options import SecretOption
from aiflow_cli.context import World
from aiflow_cli.errors import UsageError, closest

if TYPE_CHECKING:
    from aiflow_cli.commands.stage import Line
    from aiflow_cli.recording.files import RecordingWriter
    from aiflow_cli.session.steps import Script

app = command_app()

EPILOG = """\b
Examples:
  aiflow call
  aiflow call --say "hello" --say "bye"
  aiflow call --script calls/order.yaml --real-time
  aiflow call ws://127.0.0.1:3000/webhook --say "hello" --json
  printf 'hello\\n/dtmf 1\\n/barge wait\\n' | aiflow call

While you type a call: /dtmf 12#, /silence 8, /barge wait, /hangup, /help.
"""

URL_HELP = "Webhook: http(s):// or ws(s)://; else the one of aiflow.toml."
TIMEOUT_HELP = "Seconds to wait for an answer; 0 waits for ever."
ANSWER_HELP = "Call time that an answer takes, in milliseconds."
SETTLE_HELP = "WebSocket: milliseconds of quiet after which an answer is complete."


@app.command(epilog=EPILOG)
def call(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Argument(metavar="[URL]", help=URL_HELP)] = None,
    say: Annotated[list[str] | None, typer.Option(help="Said in turn; then the caller hangs up.")] = None,
    script: Annotated[str | None, typer.Option(metavar="FILE", help="Calls to play: a call file (YAML).")] = None,
    only: Annotated[str | None, typer.Option(metavar="NAME", help="Of the script: the call with this name.")] = None,
    var: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Variable of the script.")] = None,
    real_time: Annotated[bool, typer.Option("--real-time", help="Wait as long as the call lasts.")] = False,
    answer_time: Annotated[int, typer.Option(min=0, max=600_000, metavar="MS", help=ANSWER_HELP)] = 0,
    seed: Annotated[int | None, typer.Option(help="Fix session ids and times.")] = None,
    settle: Annotated[int, typer.Option(min=1, max=60_000, metavar="MS", help=SETTLE_HELP)] = 100,
    timeout: Annotated[float, typer.Option(min=0, help=TIMEOUT_HELP)] = 5,
    secret: SecretOption = None,
    record: Annotated[str | None, typer.Option(metavar="FILE", help="Write a recording of the call.")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Mask texts and phone numbers in that recording.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what happens as JSON lines.")] = False,
) -> None:
    """Place a simulated call: type what the caller says, or play a script."""
    from aiflow_cli.commands.stage import Line, Plan, Stage
    from aiflow_cli.config.webhook import check_url
    from aiflow_cli.recording.exchange import LOCAL_FLOW

    world: World = ctx.obj
    if say and script:
        raise UsageError("--say and --script are two scripts", hint="put the sentences into the call file")
    if script is None and (only or var):
        raise UsageError(f"{'--only' if only else '--var'} needs a script", hint="name one with --script")
    if redact and record is None:
        raise UsageError("--redact masks what is written to a file, and there is none", hint="add --record FILE")
    scripts = _scripts(world, say, script, only, var or ())
    line = Line(
        url=check_url(url or world.settings["webhook.url"]),
        secret=secret or world.settings["webhook.secret"] or None,
        timeout=timeout or None,
        settle=settle / 1000,
        flow_id=world.settings["dashboard.flow"] or LOCAL_FLOW,
    )
    plan = Plan(answer_time_ms=answer_time, seed=seed, real_time=real_time, typed=not (say or script))
    with ExitStack() as stack:
        store = stack.enter_context(world.open_store(line.secret))
        recording = _recording(world, record, line, stack, redact=redact) if record else None
        stage = Stage(world, line, plan, store=store, recording=recording, json=json)
        for one in scripts:
            if len(scripts) > 1:
                world.console.say(f"\n{one.name}")
            stage.play(one)
    stage.verdict()


def _scripts(
    world: World, say: list[str] | None, file: str | None, only: str | None, variables: Sequence[str]
) -> Sequence[Script]:
    from aiflow_cli.session.steps import saying

    if file is None:
        return [saying(say or ())]
    from aiflow_cli.session.script import parse

    text = _read(world, file)
    scripts = parse(text, file, variables=_known(_variables(variables), text.decode(errors="replace"), file))
    chosen = [one for one in scripts if only in (None, one.name)]
    if not chosen:
        raise UsageError(f"{file} has no call named {only}", hint=f"it has: {', '.join(one.name for one in scripts)}")
    return chosen


def _read(world: World, file: str) -> bytes:
    try:
        return (world.cwd / file).read_bytes()
    except OSError as error:
        raise UsageError(f"--script {file} cannot be read: {error.strerror}", hint="check the file's name") from None


def _variables(given: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise UsageError(f"--var {name} is not NAME=VALUE", hint='for example --var name="Anna"')
    return {name: value for name, _, value in pairs}


def _known(variables: dict[str, str], text: str, file: str) -> dict[str, str]:
    """The variables, if the call file uses each of them: a misspelt one would change nothing, and nobody would see."""
    import re

    used = set(re.findall(r"\$\{([^}]*)\}", text))
    for name in variables:
        if name not in used:
            close = closest(name, used)
            hint = f"did you mean {close}?" if close else f"it uses: {', '.join(sorted(used)) or 'none'}"
            raise UsageError(f"--var {name}: {file} uses no such variable", hint=hint)
    return variables


def _recording(world: World, file: str, line: Line, stack: ExitStack, *, redact: bool) -> RecordingWriter:
    from aiflow_cli.commands.recorded import pseudonyms
    from aiflow_cli.recording.files import Header, RecordingWriter

    header = Header(url=line.url, transport=line.transport, flow_id=line.flow_id)
    masks = pseudonyms(world) if redact else None
    writer = RecordingWriter(world.cwd / file, header, redactor=world.redactor(line.secret), pseudonyms=masks)
    return stack.enter_context(writer)
