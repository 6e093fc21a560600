"""The root command, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer
from typer._click import Command, Context
from typer._click.exceptions import BadParameter, ClickException, NoSuchOption, UsageError

from aiflow_cli.commands import command_app
from aiflow_cli.console import OutputClosed
from aiflow_cli.context import World
from aiflow_cli.errors import AiflowError, ExitCode, closest
from aiflow_cli.parser import Group

COMMANDS: dict[str, str] = {
    "init": "Scaffold a webhook project.",
    "demo": "See a call with nothing installed but aiflow.",
    "call": "Place a simulated call: type what the caller says, or play a script.",
    "test": "Run the project's conversation tests.",
    "send-event": "Send one event to the webhook and judge the answer.",
    "logs": "Show and follow the exchange log.",
    "replay": "Send a recorded call again and show what the bot answers now.",
    "diff": "Compare two recorded calls turn by turn.",
    "tunnel": "Give the bot a public URL, register it with its flow, and record every exchange.",
    "check": "Check a webhook against the protocol, and score it.",
    "dashboard": "Run the local dashboard: its API, the exchange log and the live stream.",
    "flows": "The dashboard's flows: which bot answers at which URL.",
    "config": "Show the settings: what is set, and where it came from.",
    "completion": "Print the completion script for a shell: bash, zsh, fish or powershell.",
}
"""Every command and its first line of help, so that ``aiflow --help`` imports none of them."""

EPILOG = """\b
Examples:
  aiflow demo
  aiflow init my-bot --template flask
  aiflow call --say "hello" --say "bye"
  aiflow send-event user_speak --text "hello"
  aiflow logs -f
"""


class LazyGroup(Group):
    """The root group: a command's module is imported when that command is called."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in COMMANDS:
            return None
        return load_command(cmd_name)

    def summaries(self, ctx: Context) -> list[tuple[str, str]]:
        return list(COMMANDS.items())


def load_command(name: str) -> Command:
    """The command ``name``, from its module."""
    module = import_module(f"aiflow_cli.commands.{name.replace('-', '_')}")
    return typer.main.get_command(module.app)


_Version = typer.Option("--version", "-V", help="Show the version and exit.", allow_from_autoenv=False)

app = command_app(cls=LazyGroup, invoke_without_command=True, epilog=EPILOG)


@app.callback()
def aiflow(
    ctx: typer.Context,
    version: Annotated[bool, _Version] = False,
) -> None:
    """Build voice bots on the AI Flow API without picking up a phone."""
    world: World = ctx.obj
    if version:
        from aiflow_cli._version import __version__

        world.console.out(f"aiflow {__version__}")
    elif ctx.invoked_subcommand is None:
        world.console.out(ctx.get_help())
    else:
        return
    raise typer.Exit


def main(arguments: Sequence[str]) -> int:
    """Run one command line as a process of its own: signals, standard streams, exit code."""
    _open_missing_streams()
    if isinstance(sys.stdin, TextIOWrapper):
        # What is typed may be in any encoding; a line with a strange character in it is still a line.
        sys.stdin.reconfigure(errors="replace")
    signal.signal(signal.SIGINT, _interrupt)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _terminate)
    code = run(arguments)
    _flush()
    return code


def run(arguments: Sequence[str], world: World | None = None) -> int:
    """Run one command line; returns the exit code (design: "Exit codes")."""
    world = world or World.from_process()
    try:
        return _invoke(list(arguments), world)
    except AiflowError as error:
        return _report(world, error.message, error.hint, error.exit_code)
    except ClickException as error:
        return _report(world, _usage_message(error), _usage_hint(error), ExitCode.USAGE)
    except OutputClosed:
        # The reader of our output is gone (``aiflow logs | head``): that is its right, not an error.
        return ExitCode.DONE
    except (KeyboardInterrupt, EOFError, typer.Abort):
        world.console.say("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:
        return _report_fault(world, error)


def _invoke(arguments: list[str], world: World) -> int:
    group = typer.main.get_command(app)
    try:
        with group.make_context("aiflow", arguments, obj=world, auto_envvar_prefix="AIFLOW") as context:
            group.invoke(context)
    except typer.Exit as finished:
        return finished.exit_code
    return ExitCode.DONE


def _report(world: World, message: str, hint: str | None, code: int) -> int:
    console = world.console
    if message:
        console.say(f"{console.style_talk('error:', 'red', 'bold')} {world.without_secrets(message)}")
    if hint:
        console.say(f"{console.style_talk('hint:', 'cyan')} {world.without_secrets(hint)}")
    return code


def _usage_message(error: ClickException) -> str:
    # The near misses that Typer would add in brackets are our hint.
    told = error.message if isinstance(error, NoSuchOption) else error.format_message()
    # Typer lists choices one below the other.
    message = " ".join(told.replace(",\n", ", ").split())
    message = message.replace(" range", "") if "is not a valid " in message else message
    message = message.replace("is not a valid float", "is not a number")
    message = message.replace("is not a valid int", "is not a whole number")
    return message[0].lower() + message[1:].rstrip(".") if message else "the command line is incomplete"


def _usage_hint(error: ClickException) -> str | None:
    """A near miss where there is one, else where to read on."""
    if not isinstance(error, UsageError) or error.ctx is None:
        return None
    close = _near_miss(error, error.ctx)
    return f"did you mean {close}?" if close else f"see `{error.ctx.command_path} --help`"


def _near_miss(error: UsageError, context: Context) -> str | None:
    if isinstance(error, NoSuchOption):
        known = [name for param in context.command.get_params(context) for name in param.opts]
        return closest(error.option_name, [name for name in known if name.startswith("--")])
    if isinstance(error, BadParameter) and error.param is not None:
        # "'jso' is not one of ...": the value is only told in the message.
        word = error.message.split("'")[1] if error.message.startswith("'") else ""
        return closest(word, [str(choice) for choice in getattr(error.param.type, "choices", ())])
    return None


def _report_fault(world: World, error: Exception) -> int:
    import traceback

    world.console.say(world.without_secrets("".join(traceback.format_exception(error)).rstrip()))
    return _report(
        world,
        f"this is a fault in aiflow, not in what you did: {type(error).__name__}: {error}",
        "please report it with the lines above",
        ExitCode.INTERNAL,
    )


def _open_missing_streams() -> None:
    """Started with a stream closed (``>&-``), the next file or socket would get its number; /dev/null takes it."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while os.open(os.devnull, os.O_RDWR) < 2:
            pass


def _flush() -> None:
    """What the interpreter does at exit, without its complaint where the reader is gone."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _interrupt(signal_number: int, frame: object) -> NoReturn:
    """The first Ctrl-C unwinds the stack, so that what was opened is closed; the second one forces."""
    signal.signal(signal.SIGINT, _force)
    raise KeyboardInterrupt


def _force(signal_number: int, frame: object) -> NoReturn:
    os._exit(ExitCode.INTERRUPTED)


def _terminate(signal_number: int, frame: object) -> NoReturn:
    """SIGTERM unwinds the stack like Ctrl-C does."""
    sys.exit(ExitCode.TERMINATED)
