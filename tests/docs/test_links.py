"""What the pages point at is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from scripts.generate import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text()
    assert not [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme]


WALK = (ROOT / "CONTRIBUTING.md").read_text().partition("## One command")[2].partition("\n## ")[0]
STOPS = re.findall(r"`(aiflow_cli/[\w/]+\.py)`, `(\w+)`", " ".join(WALK.split()))


def test_the_walk_has_ten_steps() -> None:
    assert re.findall(r"^(\d+)\. `aiflow_cli/", WALK, re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert len(STOPS) >= 10


@pytest.mark.parametrize(("file", "name"), STOPS, ids=lambda part: part)
def test_each_stop_of_the_walk_is_there(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert name in defined


def test_the_exit_codes_of_the_readme_are_those_of_the_code() -> None:
    from aiflow_cli.errors import ExitCode

    table = (ROOT / "README.md").read_text().partition("| exit code |")[2].partition("\n\n")[0]
    listed = [int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")]
    assert listed == [code.value for code in ExitCode]
