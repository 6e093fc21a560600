"""docs/recordings.md names what there is, and nothing that is not."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from aiflow_cli.cli import load_command
from aiflow_cli.config.settings import from_toml
from aiflow_cli.recording.diff import Aspect, Status
from aiflow_cli.recording.files import Header, parse_recording
from aiflow_cli.recording.masks import Masks

PAGE = (Path(__file__).parents[2] / "docs" / "recordings.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.S | re.M)


def test_the_header_in_it_is_one() -> None:
    header = parse_recording(blocks("json")[0].encode(), name="docs").header

    assert set(json.loads(blocks("json")[0])) == set(Header(url="x").to_dict())
    assert header.transport == "websocket"


def test_every_field_of_a_line_is_named() -> None:
    sample = Path(__file__).parents[1] / "recording" / "samples" / "version-1.jsonl"
    names = {name for line in sample.read_text().splitlines() for name in json.loads(line)}

    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("word", [*get_args(Aspect), *get_args(Status)])
def test_every_aspect_and_status_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_every_option_in_it_exists_and_none_of_the_two_commands_is_forgotten() -> None:
    known = {name: set(_options(name)) for name in ("replay", "diff", "call", "logs")}
    named = set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", re.sub(r"\s-\s", " ", PAGE)))

    assert named - set().union(*known.values()) == set()
    common = {"--secret", "--help", "--output"}
    assert (known["replay"] | known["diff"]) - named - common == set()


def _options(command: str) -> list[str]:
    return [name for param in load_command(command).params for name in param.opts if name.startswith("-")]


def test_the_masks_section_in_it_is_read() -> None:
    values = from_toml(tomllib.loads(blocks("toml")[0]), "docs").values

    Masks(values["masks.patterns"], ignored=values["masks.ignore"])
