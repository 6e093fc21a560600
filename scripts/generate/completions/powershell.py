"""The script for PowerShell: one table, and the search in it."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.generate.completions.model import Argument, Entry, Option, Value

_SEARCH = """\
Register-ArgumentCompleter -Native -CommandName aiflow -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $path = 'aiflow'
    $position = 0
    $pending = $null
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($pending) {
            $pending = $null
        } elseif ($word.StartsWith('-')) {
            $pending = $global:AiflowCommands[$path].Options |
                Where-Object { $_.Names -ccontains $word -and $_.Value -ne 'none' }
        } elseif ($global:AiflowCommands.ContainsKey("$path $word")) {
            $path = "$path $word"
        } else {
            $position++
        }
    }

    $command = $global:AiflowCommands[$path]
    $found = @()
    if ($pending) {
        if ($pending.Value -ne 'words') { return }
        $found = $pending.Words | ForEach-Object { @{ Name = $_; Help = $pending.Help } }
    } elseif ($wordToComplete.StartsWith('-')) {
        $found = $command.Options | ForEach-Object {
            $help = $_.Help
            $_.Names | ForEach-Object { @{ Name = $_; Help = $help } }
        }
    } elseif ($command.Commands.Count) {
        $found = $command.Commands
    } elseif ($command.Arguments.Count) {
        $argument = $command.Arguments[[Math]::Min($position, $command.Arguments.Count - 1)]
        if ($argument.Value -ne 'words') { return }
        $found = $argument.Words | ForEach-Object { @{ Name = $_; Help = $argument.Help } }
    }
    $found | Where-Object { $_.Name.StartsWith($wordToComplete) } | ForEach-Object {
        $help = if ($_.Help) { $_.Help } else { $_.Name }
        [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ParameterValue', $help)
    }
}
"""


def script(entries: Sequence[Entry]) -> str:
    table = "\n".join(f"    {_quoted(entry.path)} = @{{\n{_entry(entry)}    }}" for entry in entries)
    head = "# PowerShell completion for aiflow. Written by `make generate`."
    return f"{head}\n\n$global:AiflowCommands = @{{\n{table}\n}}\n\n{_SEARCH}"


def _entry(entry: Entry) -> str:
    commands = [f"@{{ Name = {_quoted(name)}; Help = {_quoted(help)} }}" for name, help in entry.commands]
    parts = {
        "Commands": commands,
        "Options": [_option(option) for option in entry.options],
        "Arguments": [_argument(argument) for argument in entry.arguments],
    }
    return "".join(f"        {name} = {_array(items)}\n" for name, items in parts.items())


def _option(option: Option) -> str:
    names = f"@({', '.join(map(_quoted, option.names))})"
    return f"@{{ Names = {names}; Help = {_quoted(option.help)}; {_value(option.value)} }}"


def _argument(argument: Argument) -> str:
    return f"@{{ Help = {_quoted(argument.help)}; {_value(argument.value)} }}"


def _value(value: Value) -> str:
    return f"Value = {_quoted(value.kind)}; Words = @({', '.join(map(_quoted, value.words))})"


def _array(items: Sequence[str]) -> str:
    return "@(" + "".join(f"\n            {item}" for item in items) + ("\n        )" if items else ")")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
