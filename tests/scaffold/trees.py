"""Folders as values, so that a test can say what is in one before and after."""

from __future__ import annotations

from pathlib import Path

Tree = dict[str, bytes | str]


def snapshot(root: Path) -> Tree:
    """Everything below a folder: content of files, ``-> target`` for links, ``dir`` for folders."""
    return {path.relative_to(root).as_posix(): _state(path) for path in sorted(root.rglob("*"))}


def _state(path: Path) -> bytes | str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return "dir" if path.is_dir() else path.read_bytes()
