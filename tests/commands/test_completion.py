from __future__ import annotations

import subprocess

import pytest

from aiflow_cli.commands.completion import FILES, Shell
from scripts.generate import ROOT
from tests.support.cli import Cli


@pytest.mark.parametrize("shell", Shell)
def test_the_script_is_printed_as_it_is_shipped(cli: Cli, shell: Shell) -> None:
    result = cli("completion", shell)
    assert (result.code, result.err) == (0, "")
    assert result.out == (ROOT / "completions" / FILES[shell]).read_text()


def test_every_script_can_be_asked_for() -> None:
    assert {path.name for path in (ROOT / "completions").iterdir()} == set(FILES.values())


@pytest.mark.runtime("bash")
def test_bash_takes_it_as_its_help_says(cli: Cli) -> None:
    script = cli("completion", "bash").out
    done = subprocess.run(
        ["bash", "--norc", "-c", 'eval "$1"; complete -p aiflow', "bash", script], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("complete -F _aiflow aiflow\n", "")


@pytest.mark.runtime("zsh")
def test_zsh_takes_it_as_its_help_says(cli: Cli) -> None:
    script = cli("completion", "zsh").out
    code = 'autoload -Uz compinit && compinit -u -D; eval "$1"; print -- $_comps[aiflow]'
    done = subprocess.run(["zsh", "-f", "-c", code, "zsh", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("_aiflow\n", "")
