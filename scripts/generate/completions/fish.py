"""The script for fish: one line per command, option and argument, each under the condition that it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scripts.generate.completions.model import Argument, Entry, Option, Value

_HEAD = """\
# fish completion for aiflow. Written by `make generate`.

function __aiflow_at --description 'The command line so far is this command, with so many arguments'
    # $argv[1]: the path; $argv[2]: number of arguments, or nothing for any.
    set -l path aiflow
    set -l position 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            if not string match -q -- '*=*' $word; and contains -- "$path $word" $__aiflow_valued
                set skip 1
            end
        else if contains -- "$path $word" $__aiflow_commands
            set path "$path $word"
        else
            set position (math $position + 1)
        end
    end
    test "$path" = "$argv[1]"; and begin
        test (count $argv) = 1; or test $position -ge $argv[2] -a $position -le $argv[3]
    end
end
"""

_ANY = 9999


def script(entries: Sequence[Entry]) -> str:
    paths = [entry.path for entry in entries if entry.path != "aiflow"]
    valued = [f"{e.path} {name}" for e in entries for o in e.options if o.takes_value for name in o.names]
    lines = [_HEAD, _list("__aiflow_commands", paths), _list("__aiflow_valued", valued), "complete -c aiflow -f"]
    for entry in entries:
        lines += ["", f"# {entry.path}", *_lines(entry)]
    return "\n".join(lines) + "\n"


def _list(name: str, words: Sequence[str]) -> str:
    return f"set -g {name}" + "".join(f" \\\n    {_quoted(word)}" for word in words) + "\n"


def _lines(entry: Entry) -> Iterator[str]:
    for name, help in entry.commands:
        yield f"{_condition(entry, 0, 0)} -a {_quoted(name)} -d {_quoted(help.removesuffix('.'))}"
    for option in entry.options:
        yield f"{_condition(entry)}{_names(option)}{_value(option.value)} -d {_quoted(option.help)}"
    for position, argument in enumerate(entry.arguments):
        if values := _value(argument.value).replace(" -x", "").replace(" -r", ""):
            last = _ANY if argument.repeatable else position
            yield f"{_condition(entry, position, last)}{values}{_described(argument)}"


def _condition(entry: Entry, *positions: int) -> str:
    return f'complete -c aiflow -n "{" ".join(["__aiflow_at", _quoted(entry.path), *map(str, positions)])}"'


def _names(option: Option) -> str:
    return "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)


def _described(argument: Argument) -> str:
    return f" -d {_quoted(argument.help)}" if argument.value.kind == "words" else ""


def _value(value: Value) -> str:
    match value.kind:
        case "none":
            return ""
        case "words":
            return f" -x -a {_quoted(' '.join(value.words))}"
        case "file":
            return " -r -F"
        case "directory":
            return " -x -a '(__fish_complete_directories)'"
        case "at-file":
            return ' -x -a \'@(__fish_complete_path (string replace -r "^(--[^=]*=)?@?" "" -- (commandline -ct)))\''
        case "command":
            return " -x -a '(__fish_complete_command)'"
        case _:
            return " -x"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
