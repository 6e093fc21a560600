"""Fresh environments to measure in: what pip installed there is compiled, as it is for a user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PEERS = ("httpie", "hatch", "copier")

_EMPTY = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "empty-script"
version = "1"
[project.scripts]
empty-script = "empty_script:main"
""",
    "empty_script.py": "def main():\n    pass\n",
}
"""A console script that does nothing: the floor for ``aiflow --version`` with the same pip."""


def with_aiflow(folder: Path) -> Path:
    """An environment with this checkout's wheel and the empty script; returns its folder of programs."""
    empty = folder / "empty-script"
    empty.mkdir(parents=True)
    for name, text in _EMPTY.items():
        (empty / name).write_text(text)
    return _environment(folder / "aiflow", str(ROOT), str(empty))


def with_peers(folder: Path) -> Path:
    """An environment with the programs to compare with."""
    return _environment(folder / "peers", *PEERS)


def _environment(folder: Path, *packages: str) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    programs = folder / "bin"
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(install, check=True)
    # A mounted home or PYTHONDONTWRITEBYTECODE must not make us measure compilation.
    subprocess.run([programs / "python", "-m", "compileall", "-q", folder / "lib"], check=False)
    return programs
