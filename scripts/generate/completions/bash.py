"""The script for bash. Plain enough for the bash 3.2 of macOS: no associative arrays, no bash-completion needed."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from scripts.generate.completions.model import Entry, Value

_HEAD = """\
# bash completion for aiflow. Written by `make generate`.
#
# Shared by the functions below: cur, the part of the word that is completed; pre, what stands before it in the same
# word; full, the whole word.

_aiflow_words() {
    # Not compgen -W, which expands what it is given.
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$pre$word"); fi
    done
}

_aiflow_names() {
    # $1: -f for files, -d for folders, -c for commands.
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do COMPREPLY+=("$pre$name"); done < <(compgen "$1" -- "$cur")
}

_aiflow_at_file() {
    if [[ $full == *@* ]]; then
        # readline cuts the word behind the @, but replaces it from the @ on.
        pre+=@ cur=${cur#@}
        _aiflow_names -f
    else
        compopt -o nospace 2>/dev/null
        COMPREPLY=("${pre}@")
    fi
}
"""

_TAIL = """\
_aiflow() {
    local cur=${COMP_WORDS[COMP_CWORD]} pre='' full='' path=aiflow option='' position=0 glued='' index word
    local -a words
    words=()
    COMPREPLY=()

    # COMP_WORDBREAKS cuts --option=value, http://host:port and @file into several words: join them again.
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $glued || ($word == [=:]* && ${#words[@]} -gt 0) ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        glued=''
        if [[ $word =~ ^[=:@]+$ ]]; then glued=1; fi
    done
    full=${words[${#words[@]}-1]}
    unset "words[${#words[@]}-1]"
    if [[ $cur =~ ^[=:@]+$ ]]; then cur=''; fi

    # Which command is this, whose value comes next, and how many arguments are there already?
    for word in "${words[@]}"; do
        if [[ $option ]]; then
            option=''
        elif [[ $word == -* ]]; then
            if _aiflow_takes_value "$path $word"; then option=$word; fi
        elif _aiflow_is_command "$path $word"; then
            path="$path $word"
        else
            position=$((position + 1))
        fi
    done

    if [[ ! $option && $full == --*=* ]]; then
        option=${full%%=*}
        if [[ $cur == *=* ]]; then pre=${cur%%=*}= cur=${cur#*=}; fi
    fi
    if [[ $option ]]; then
        _aiflow_value "$path $option"
    elif [[ $full == -* ]]; then
        _aiflow_options "$path"
    else
        _aiflow_argument "$path" "$position"
    fi
}

complete -F _aiflow aiflow
"""


def script(entries: Sequence[Entry]) -> str:
    parts = [
        _HEAD,
        _is_command(entries),
        _takes_value(entries),
        _values(entries),
        _options(entries),
        _arguments(entries),
    ]
    return "\n".join([*parts, _TAIL])


def _is_command(entries: Sequence[Entry]) -> str:
    paths = " | \\\n            ".join(quote(entry.path) for entry in entries if entry.path != "aiflow")
    return f"_aiflow_is_command() {{\n    case $1 in\n        {paths}) return 0 ;;\n    esac\n    return 1\n}}\n"


def _takes_value(entries: Sequence[Entry]) -> str:
    cases = [
        f"        {_either(entry, names)}) return 0 ;;"
        for entry in entries
        if (names := [name for option in entry.options if option.takes_value for name in option.names])
    ]
    return _function("_aiflow_takes_value", cases, end="    return 1\n")


def _values(entries: Sequence[Entry]) -> str:
    cases = [
        f"        {_either(entry, option.names)}) {action} ;;"
        for entry in entries
        for option in entry.options
        if (action := _action(option.value))
    ]
    return _function("_aiflow_value", cases)


def _options(entries: Sequence[Entry]) -> str:
    cases = [
        f"        {quote(entry.path)}) _aiflow_words {' '.join(quote(n) for o in entry.options for n in o.names)} ;;"
        for entry in entries
    ]
    return _function("_aiflow_options", cases)


def _arguments(entries: Sequence[Entry]) -> str:
    """What may stand at a position; a repeatable argument at its own and all later ones."""
    cases = []
    for entry in entries:
        if entry.commands:
            cases.append(
                f"        {quote(entry.path)}' '*) _aiflow_words {' '.join(name for name, _ in entry.commands)} ;;"
            )
        for position, argument in enumerate(entry.arguments):
            if action := _action(argument.value):
                place = "*" if argument.repeatable else str(position)
                cases.append(f"        {quote(entry.path)}' '{place}) {action} ;;")
    # More words than a command takes, and longer paths, would match the pattern of a shorter one.
    cases.sort(key=lambda case: -case.partition(")")[0].count(" "))
    return _function("_aiflow_argument", cases, subject='"$1 $2"')


def _action(value: Value) -> str:
    match value.kind:
        case "words":
            return f"_aiflow_words {' '.join(map(quote, value.words))}"
        case "file":
            return "_aiflow_names -f"
        case "directory":
            return "_aiflow_names -d"
        case "at-file":
            return "_aiflow_at_file"
        case "command":
            return "_aiflow_names -c"
        case _:
            return ""


def _either(entry: Entry, names: Sequence[str]) -> str:
    return " | ".join(quote(f"{entry.path} {name}") for name in names)


def _function(name: str, cases: Sequence[str], *, subject: str = "$1", end: str = "") -> str:
    body = "\n".join(cases)
    return f"{name}() {{\n    case {subject} in\n{body}\n    esac\n{end}}}\n"
