"""The package's modules and what they import, read with ``ast``: nothing is imported to find out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "aiflow_cli"
_TEMPLATES = PACKAGE / "scaffold/templates"


@dataclass(frozen=True)
class Module:
    """One module.

    Args:
        name: below the package: ``protocol.rules``; a package's ``__init__`` has the package's name.
        path: of its file.
        imports: full names of what it imports, anywhere in the file, with the line.
    """

    name: str
    path: Path
    imports: tuple[tuple[str, int], ...]

    @property
    def group(self) -> str:
        """The folder below the package, or the module itself where there is none."""
        return self.name.partition(".")[0]


@cache
def modules() -> tuple[Module, ...]:
    files = [file for file in sorted(PACKAGE.rglob("*.py")) if _TEMPLATES not in file.parents]
    return tuple(_read(file) for file in files)


def _read(file: Path) -> Module:
    name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    return Module(name, file, tuple(_imports(ast.parse(file.read_text()))))


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide what a module needs"
            # `from a import b` may mean the module a.b.
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
