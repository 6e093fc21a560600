"""The completion scripts in the shells that they are for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.generate.completions.model import Entry, entries

from .shells import Shell, bash_candidates, fish_candidates

SHELLS = [pytest.param(name, marks=pytest.mark.runtime(name)) for name in ("bash", "zsh", "fish")]

TYPED = [
    ("aiflow se\t", ["send-event"]),
    ("aiflow send-event user_b\t", ["send-event", "user_barge_in"]),
    ("aiflow send-event --te\thi", ["send-event", "--text", "hi"]),
    ("aiflow send-event --text hi user_b\t", ["send-event", "--text", "hi", "user_barge_in"]),
    ("aiflow logs --format tr\t", ["logs", "--format", "transcript"]),
    ("aiflow logs --format=tr\t", ["logs", "--format=transcript"]),
    ("aiflow logs -n 5 --outc\tinv\t", ["logs", "-n", "5", "--outcome", "invalid-action"]),
    ("aiflow flows li\t--da\tv\t", ["flows", "list", "--dashboard", "vendor"]),
    ("aiflow init --template si\t", ["init", "--template", "sinatra"]),
    ("aiflow init my-d\t", ["init", "my-dir/"]),
    ("aiflow config get webhook.u\t", ["config", "get", "webhook.url"]),
    ("aiflow completion po\t", ["completion", "powershell"]),
    ("aiflow call --script ord\t", ["call", "--script", "order a pizza.yaml"]),
    (
        "aiflow send-event --url http://127.0.0.1:3000/webhook user_b\t",
        ["send-event", "--url", "http://127.0.0.1:3000/webhook", "user_barge_in"],
    ),
    ("aiflow send-event --data @eve\t", ["send-event", "--data", "@event.json"]),
    ("aiflow send-event --data=@eve\t", ["send-event", "--data=@event.json"]),
]


@pytest.fixture(scope="module", params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param))
    for name in ("order a pizza.yaml", "event.json"):
        (shell.work / name).touch()
    (shell.work / "my-dir").mkdir()
    yield shell
    shell.close()


def split(arguments: list[str]) -> list[str]:
    """zsh puts a value into the same word as its option, where that is allowed."""
    return [part for word in arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]


@pytest.mark.parametrize(("keys", "arguments"), TYPED, ids=[keys.replace("\t", "<TAB>") for keys, _ in TYPED])
def test_what_tab_makes_of_it(shell: Shell, keys: str, arguments: list[str]) -> None:
    assert split(shell.type(keys)) == split(arguments)
    assert not shell.called.exists(), f"TAB started {shell.called.read_text()}"


def offered(entry: Entry) -> set[str]:
    """What stands for an option or a command in an entry."""
    return {name for option in entry.options for name in option.names}


@pytest.mark.runtime("bash")
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.path)
def test_bash_offers_every_option_and_command(entry: Entry) -> None:
    words = entry.path.split()
    assert set(bash_candidates(*words, "-")) == offered(entry)
    assert set(bash_candidates(*words, "")) >= {name for name, _ in entry.commands}
    for option in entry.options:
        found = bash_candidates(*words, option.names[0], "")
        if option.value.words:
            assert found == list(option.value.words)


@pytest.mark.runtime("fish")
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.path)
def test_fish_offers_every_option_and_command(entry: Entry) -> None:
    words = entry.path.split()
    assert set(fish_candidates(*words, "-")) == offered(entry)
    if entry.commands:
        assert set(fish_candidates(*words, "''")) | {name for name, _ in entry.commands}
    for option in entry.options:
        if option.value.words:
            assert set(fish_candidates(*words, option.names[0], "")) == set(option.value.words)


@pytest.mark.runtime("bash")
def test_bash_offers_a_word_that_it_would_expand_as_it_stands(tmp_path: Path) -> None:
    assert bash_candidates("aiflow", "logs", "--format", "$HOME") == []
    assert bash_candidates("aiflow", "logs", "--format", "*") == []
