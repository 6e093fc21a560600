"""The code that a user gets keeps the rules that ours keeps (ruff does not look into the templates themselves)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aiflow_cli.scaffold.catalog import TEMPLATES
from aiflow_cli.scaffold.files import project_files
from aiflow_cli.scaffold.plan import make_plan
from aiflow_cli.scaffold.transports import TRANSPORTS
from aiflow_cli.scaffold.writer import Target

CHECKS = {
    "lint": ["ruff", "check", "--isolated", "--line-length", "120", "--select", "E,F,I,B,PIE,UP,SIM,C90", "."],
    "format": ["ruff", "format", "--isolated", "--line-length", "120", "--check", "."],
    "types": ["mypy", "--strict", "--ignore-missing-imports", "--cache-dir", "/dev/null", "app.py"],
}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("check", CHECKS)
def test_scaffolded_python_is_clean(tmp_path: Path, check: str, transport: str) -> None:
    target = Target(tmp_path)
    files = project_files(TEMPLATES["flask"], transport=TRANSPORTS[transport], name="my-bot", secret="")
    target.write(make_plan(files, target.look))
    command = [sys.executable, "-m", *CHECKS[check]]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr
