"""How our commands read and show themselves: Typer's command and group with plain, stable help and near misses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer._click import Command as BaseCommand
from typer._click import Context, HelpFormatter, Parameter
from typer.core import TyperCommand, TyperGroup, TyperOption

from aiflow_cli.errors import UsageError, closest

_Function = TypeVar("_Function", bound=Callable[..., Any])

# What a value looks like in help, by the name of its type; every fraction that we take is a time.
_METAVARS = {"str": "TEXT", "int": "N", "int range": "N", "float": "SECONDS", "float range": "SECONDS"}

# Words of an option's name that say what its value is.
_TELLING = ("FILE", "ID", "NAME", "SECRET", "URL")

_MOST = 1e9
"""Seconds, days or what else a number with a fraction stands for: thirty years, and sockets take it."""


class _OurHelp(BaseCommand):
    """Help goes the way of all data: through the console, which knows what to do where nobody reads it."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


def _show_help(ctx: Context, param: Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.obj.console.out(ctx.get_help())
        raise typer.Exit


class Command(_OurHelp, TyperCommand):
    """One command."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        _tidy(self.params)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        for option in self.params:
            # By the option's name: Typer goes by the parameter's, which may have to be another one (`list_`).
            if isinstance(option, TyperOption) and not option.envvar:
                option.envvar = variable_of(option, ctx)
        rest = super().parse_args(ctx, args)
        _check_values(self, ctx)
        return rest

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        # Typer puts what is required into braces, which elsewhere means a choice.
        return [piece.removeprefix("{").removesuffix("}") for piece in super().collect_usage_pieces(ctx)]

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        _write_examples(self.epilog, formatter)
        _write_variables(self, ctx, formatter)


class Group(_OurHelp, TyperGroup):
    """A command that has sub-commands. Called without one, it shows its help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        _tidy(self.params)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            ctx.obj.console.out(ctx.get_help())
            raise typer.Exit
        rest = super().parse_args(ctx, args)
        _check_values(self, ctx)
        return rest

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, BaseCommand | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            close = closest(args[0], known)
            path = ctx.command_path
            hint = f"did you mean `{path} {close}`?" if close else f"see `{path} --help` for the commands"
            raise UsageError(f"there is no command {path.partition(' ')[2]} {args[0]}".replace("  ", " "), hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries(ctx))

    def summaries(self, ctx: Context) -> list[tuple[str, str]]:
        """Name and first sentence of each command, in full: Typer would cut it to one line."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        return [(name, command.get_short_help_str(200)) for name, command in commands if command and not command.hidden]

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        _write_examples(self.epilog, formatter)


class App(typer.Typer):
    """A Typer app whose commands are ``Command`` and whose groups are ``Group``."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = Command, **settings: Any
    ) -> Callable[[_Function], _Function]:
        return super().command(name, cls=cls, **settings)


def variable_of(option: TyperOption, ctx: Context) -> str | None:
    """The environment variable that stands for an option: its own, else ``AIFLOW_<COMMAND>_<OPTION>``."""
    if option.envvar:
        return option.envvar if isinstance(option.envvar, str) else option.envvar[0]
    if not option.allow_from_autoenv or ctx.auto_envvar_prefix is None:
        return None
    name = max(option.opts, key=len).removeprefix("--")
    return f"{ctx.auto_envvar_prefix}_{name.replace('-', '_').upper()}"


def one_of(source: str) -> Callable[[], list[str]]:
    """Words to complete an option's value with.

    Args:
        source: ``module:NAME`` of a sequence or mapping of words; imported when somebody asks for the words.
    """

    def words() -> list[str]:
        from importlib import import_module

        module, _, name = source.partition(":")
        return [str(word) for word in getattr(import_module(module), name)]

    return words


def _check_values(command: BaseCommand, ctx: Context) -> None:
    """Refuse what no part of aiflow could work with, in one place for every option and argument."""
    if ctx.ignore_unknown_options:
        # The rest of the line is another program's.
        return
    for param in command.params:
        value = ctx.params.get(param.name or "")
        name = param.opts[0] if isinstance(param, TyperOption) else param.human_readable_name
        # Click takes `nan` for a number of any range; and no clock or socket counts to infinity.
        if isinstance(value, float) and not abs(value) <= _MOST:
            raise UsageError(f"{name} {value:g} is not a number to count to", hint=f"at most {_MOST:g}")
        for text in value if isinstance(value, list | tuple) else [value]:
            if isinstance(text, str) and not _is_text(text):
                raise UsageError(f"{name} holds bytes that are not UTF-8", hint="is the terminal set to UTF-8?")


def _is_text(word: str) -> bool:
    """Python stands lone surrogates for bytes that it could not decode; JSON and SQLite take none."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _tidy(params: list[Parameter]) -> None:
    for param in params:
        if param.metavar is None and param.type.name in _METAVARS:
            word = (param.name or "").rpartition("_")[2].upper()
            is_option = isinstance(param, TyperOption)
            param.metavar = _METAVARS[param.type.name] if is_option and word not in _TELLING else word
        if isinstance(param, TyperOption):
            # The variables that follow the rule would fill half the page; one line below tells the rule.
            param.show_envvar = bool(param.envvar)


def _write_examples(epilog: str | None, formatter: HelpFormatter) -> None:
    """The examples as they stand, since a broken command line is none; what else is there is wrapped."""
    for block in (epilog or "").removeprefix("\b").strip().split("\n\n"):
        if "\n " in block:
            formatter.write(f"\n{block}\n")
        elif block:
            formatter.write_paragraph()
            formatter.write_text(" ".join(block.split()))


def _write_variables(command: TyperCommand, ctx: Context, formatter: HelpFormatter) -> None:
    for option in command.params:
        if isinstance(option, TyperOption) and not option.show_envvar and (variable := variable_of(option, ctx)):
            formatter.write(f"\nEvery option has a variable: {variable} for {max(option.opts, key=len)}.\n")
            return
