"""Writes every generated file of the repository: ``python -m scripts.generate`` (``make generate``).

Each generator is a pure function from the code to texts by path; ``outputs()`` is all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

ROOT = Path(__file__).parents[2]

FOLDERS = ("completions", "docs/schemas", "tests/snapshots/help")
"""Folders in which everything is generated: what no generator writes any more is deleted."""

CURE = "run `make generate` (or `python -m scripts.generate`) and commit what it writes"


def outputs() -> dict[Path, str]:
    """Every generated file: path from the root of the repository, and text.

    A module of this package that has ``files()`` is a generator; a new one needs no mention here.
    """
    found = (
        import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if module.name != "__main__"
    )
    parts = [module.files() for module in found if hasattr(module, "files")]
    return {Path(path): text for part in parts for path, text in part.items()}


def stale(root: Path = ROOT) -> Iterator[tuple[Path, str | None]]:
    """Files below ``root`` that are not as they would be generated: path and right text (None: one too many)."""
    wanted = outputs()
    for path, text in wanted.items():
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text:
            yield path, text
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and file.relative_to(root) not in wanted:
                yield file.relative_to(root), None
