"""The wheel, in a fresh environment without extras: what a user gets."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aiflow_cli.commands.completion import FILES
from scripts.generate import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_what_the_package_reads_at_run_time(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    data = [path for path in (ROOT / "aiflow_cli").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert shipped >= {str(path.relative_to(ROOT)) for path in data}
    assert shipped >= {f"aiflow_cli/completions/{name}" for name in FILES.values()}
    assert not [name for name in shipped if name.startswith(("tests/", "scripts/", "bench/"))]


def test_the_wheel_works_without_extras(wheel: Path, tmp_path: Path) -> None:
    """Slow: one environment, everything that only an installed package can get wrong."""
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    programs = environment / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    environ = {"HOME": str(tmp_path), "PATH": f"{programs}:{os.environ['PATH']}", "LANG": "C.UTF-8"}

    def aiflow(*arguments: str) -> str:
        command = [str(programs / "aiflow"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "You said: Can you hear me?" in aiflow("demo", "--once")
    assert "aiflow" in aiflow("--version")
    assert "complete -F _aiflow aiflow" in aiflow("completion", "bash")
    for template in ("flask", "express", "go", "sinatra"):
        aiflow("init", f"{template}-bot", "--template", template)
        assert (tmp_path / f"{template}-bot" / "aiflow.toml").is_file()
        assert (tmp_path / f"{template}-bot" / ".env").stat().st_mode & 0o777 == 0o600
