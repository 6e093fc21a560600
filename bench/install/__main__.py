"""What it costs to install: `python -m bench.install [--json]`.

A fresh virtual environment, the wheel built from this checkout, pip without its cache of wheels built before. Reports
seconds, megabytes, number of packages, and seconds until the first event was answered (`aiflow demo --once`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def measure(folder: Path) -> dict[str, float]:
    """Build, install, play a call; seconds and megabytes."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wheel = next(folder.glob("*.whl"))
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    before = _megabytes(environment)
    install = _seconds([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)])
    first = _seconds([str(environment / "bin" / "aiflow"), "demo", "--once"])
    listed = subprocess.run([str(python), "-m", "pip", "list", "--format", "json"], check=True, capture_output=True)
    packages = {package["name"] for package in json.loads(listed.stdout)} - {"pip", "setuptools"}
    return {
        "install_seconds": round(install, 1),
        "megabytes": round(_megabytes(environment) - before, 1),
        "packages": len(packages),
        "wheel_megabytes": round(wheel.stat().st_size / 1e6, 2),
        "first_call_seconds": round(first, 2),
    }


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.install")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aiflow-bench-") as folder:
        figures = measure(Path(folder))
    if arguments.json:
        return print(json.dumps(figures))
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<20} {value:g}")


if __name__ == "__main__":
    main()
