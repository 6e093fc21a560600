"""The script for zsh: one function per command, on zsh's own _arguments."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.generate.completions.model import Argument, Entry, Option, Value

_HEAD = """\
#compdef aiflow
# zsh completion for aiflow. Written by `make generate`.

_aiflow_at_files() {
    if compset -P '@'; then
        _files
    else
        compadd -S '' -- @
    fi
}
"""

_TAIL = """\
if [[ $funcstack[1] == _aiflow ]]; then
    _aiflow "$@"
else
    compdef _aiflow aiflow
fi
"""


def script(entries: Sequence[Entry]) -> str:
    return "\n".join([_HEAD, *(_function(entry) for entry in entries), _TAIL])


def _function(entry: Entry) -> str:
    specs = [_option(option) for option in entry.options]
    if entry.commands:
        return _group(entry, specs)
    specs += [_argument(argument, position) for position, argument in enumerate(entry.arguments, 1)]
    return f"{_name(entry.path)}() {{\n    _arguments -s -S {_lines(specs)}\n}}\n"


def _group(entry: Entry, specs: list[str]) -> str:
    commands = "\n".join(f"        {_quoted(f'{name}:{_colons(help)}')}" for name, help in entry.commands)
    calls = "\n".join(f"                {name}) {_name(f'{entry.path} {name}')} ;;" for name, _ in entry.commands)
    specs = [*specs, "'1: :->command'", "'*:: :->arguments'"]
    return f"""{_name(entry.path)}() {{
    local -a commands
    local context state state_descr line
    typeset -A opt_args
    commands=(
{commands}
    )
    _arguments -C -s {_lines(specs)}
    case $state in
        command) _describe -t commands command commands ;;
        arguments)
            case $line[1] in
{calls}
            esac ;;
    esac
}}
"""


def _name(path: str) -> str:
    return f"_{path.replace(' ', '_').replace('-', '_')}"


def _lines(specs: Sequence[str]) -> str:
    return "".join(f" \\\n        {spec}" for spec in specs).removeprefix(" ")


def _option(option: Option) -> str:
    help = f"[{_brackets(option.help)}]"
    value = f":{_colons(option.metavar)}:{_action(option.value)}" if option.takes_value else ""
    names = [f"{name}{_joint(name)}" if option.takes_value else name for name in option.names]
    if len(names) == 1:
        return (r"\*" if option.repeatable else "") + names[0] + _quoted(help + value)
    before = r"\*" if option.repeatable else f"'({' '.join(option.names)})'"
    return f"{before}{{{','.join(names)}}}{_quoted(help + value)}"


def _joint(name: str) -> str:
    """How the value may follow: --format=text, -n5, or as the next word."""
    return "=" if name.startswith("--") else "+"


def _argument(argument: Argument, position: int) -> str:
    where = "*" if argument.repeatable else str(position)
    return _quoted(f"{where}:{_colons(argument.help or argument.metavar)}:{_action(argument.value)}")


def _action(value: Value) -> str:
    match value.kind:
        case "words":
            return f"({' '.join(word.replace(':', chr(92) + ':') for word in value.words)})"
        case "file":
            return "_files"
        case "directory":
            return "_files -/"
        case "at-file":
            return "_aiflow_at_files"
        case "command":
            return "_command_names -e"
        case _:
            return " "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _colons(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _brackets(text: str) -> str:
    return _colons(text).replace("[", "\\[").replace("]", "\\]")
