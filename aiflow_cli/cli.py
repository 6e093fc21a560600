"""The root command, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer._click import Command, Context, HelpFormatter
from typer._click.exceptions import ClickException, NoSuchOption, UsageError
from typer.core import TyperGroup

from aiflow_cli.commands import command_app
from aiflow_cli.context import World
from aiflow_cli.errors import AiflowError, ExitCode
from aiflow_cli.errors import UsageError as NoSuchCommand

COMMANDS: dict[str, str] = {
    "init": "Scaffold a webhook project.",
    "demo": "See a call with nothing installed but aiflow.",
    "send-event": "Send one event to the webhook and judge the answer.",
    "logs": "Show and follow the exchange log.",
    "flows": "The dashboard's flows: which bot answers at which URL.",
}
"""Every command and its first line of help, so that ``aiflow --help`` imports none of them."""

EPILOG = """\b
Examples:
  aiflow demo
  aiflow init my-bot --template flask
  aiflow send-event user_speak --text "hello"
  aiflow logs -f
"""


class LazyGroup(TyperGroup):
    """The root group: a command's module is imported when that command is called."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in COMMANDS:
            return None
        return load_command(cmd_name)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = _closest(args[0], list(COMMANDS))
            hint = f"did you mean `aiflow {close}`?" if close else "see `aiflow --help` for the commands"
            raise NoSuchCommand(f"there is no command {args[0]}", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


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


def run(arguments: Sequence[str], world: World | None = None) -> int:
    """Run one command line; returns the exit code (design: "Exit codes")."""
    world = world or World.from_process()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _invoke(list(arguments), world)
    except AiflowError as error:
        return _report(world, error.message, error.hint, error.exit_code)
    except ClickException as error:
        return _report(world, _usage_message(error), _usage_hint(error), ExitCode.USAGE)
    except BrokenPipeError:
        return _leave_quietly()
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
        console.say(f"{console.style_talk('error:', 'red', 'bold')} {message}")
    if hint:
        console.say(f"{console.style_talk('hint:', 'cyan')} {hint}")
    return code


def _usage_message(error: ClickException) -> str:
    message = error.format_message().strip()
    return message[0].lower() + message[1:].rstrip(".") if message else "the command line is incomplete"


def _usage_hint(error: ClickException) -> str | None:
    """A near miss where there is one, else where to read on."""
    context: Any = error.ctx if isinstance(error, UsageError) else None
    if context is None:
        return None
    if isinstance(error, NoSuchOption):
        known = [name for param in context.command.params for name in param.opts if name.startswith("--")]
        if close := _closest(error.option_name, [*known, "--help"]):
            return f"did you mean {close}?"
    return f"see `{context.command_path} --help`"


def _closest(word: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1)), None)


def _leave_quietly() -> int:
    """The reader of our output is gone (``aiflow logs | head``): that is its right, not an error."""
    # The interpreter flushes stdout at exit and would complain once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return ExitCode.DONE


def _report_fault(world: World, error: Exception) -> int:
    import traceback

    world.console.say("".join(traceback.format_exception(error)).rstrip())
    return _report(
        world,
        f"this is a fault in aiflow, not in what you did: {type(error).__name__}: {error}",
        "please report it with the lines above",
        ExitCode.INTERNAL,
    )


def _terminate(signal_number: int, frame: object) -> NoReturn:
    """SIGTERM unwinds the stack like Ctrl-C does, so that what was opened is closed."""
    sys.exit(ExitCode.TERMINATED)
