"""Carries a plan out below one folder: all of it, or nothing at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from aiflow_cli.errors import ConfigError
from aiflow_cli.scaffold.names import check_path
from aiflow_cli.scaffold.plan import Found, Obstacle, Plan, Step


class Target:
    """The folder of a project, which need not exist yet.

    Args:
        root: the folder; a symbolic link here is the user's own choice and is followed, one below it never is.

    Raises:
        ConfigError: it, or a folder above it, is a file or cannot be reached.
    """

    def __init__(self, root: Path) -> None:
        try:
            self.root = root.resolve()
            files = [folder for folder in (self.root, *self.root.parents) if folder.exists() and not folder.is_dir()]
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
            raise ConfigError(f"{root} cannot be used: {error}", hint="choose another folder") from error
        if files:
            raise ConfigError(f"{files[0]} is a file, not a folder", hint="choose another folder")

    def look(self, path: str) -> Found:
        """What is at ``path`` now; never through a symbolic link."""
        target = self.root / check_path(path)
        for folder in self._folders_above(target):
            if not os.path.lexists(folder):
                return None
            if reason := _why_no_folder(folder):
                return Obstacle(f"{folder.relative_to(self.root).as_posix()} {reason}")
        return _look_at(target)

    def write(self, plan: Plan) -> None:
        """Write every step that writes.

        Contents are staged beside their places first, so that a full disk is met before the first file changes.
        Whatever stops this half-way (an error, Ctrl-C, SIGTERM), former contents are put back, and the files and
        folders that were made are removed.

        Raises:
            ConfigError: the file system refused, or the target changed since it was looked at.
        """
        with ExitStack() as undo:
            staged = [(self._stage(step, undo), step) for step in plan.steps if step.writes]
            for temporary, step in staged:
                self._put(temporary, step, undo)
            undo.pop_all()

    def _stage(self, step: Step, undo: ExitStack) -> Path:
        """Write a step's content to a temporary file beside its place."""
        path = self.root / step.path
        self._check_unchanged(step)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            _make_folder(path.parent, undo)
            undo.callback(_remove_file, temporary)
            _write_new(temporary, step.content, step.mode)
            if step.former is not None:
                temporary.chmod(stat.S_IMODE(path.lstat().st_mode))
        except OSError as error:
            raise _refused(path, error) from error
        return temporary

    def _put(self, temporary: Path, step: Step, undo: ExitStack) -> None:
        """Move a staged file to its place."""
        path = self.root / step.path
        self._check_unchanged(step)
        if step.former is None:
            undo.callback(_remove_file, path)
        else:
            undo.callback(_restore, path, step.former)
        try:
            temporary.replace(path)
        except OSError as error:
            raise _refused(path, error) from error

    def _check_unchanged(self, step: Step) -> None:
        if self.look(step.path) != step.former:
            raise ConfigError(f"{self.root / step.path} changed meanwhile", hint="nothing was written; try again")

    def _folders_above(self, target: Path) -> Iterator[Path]:
        """From the root's child downwards to ``target``'s folder."""
        above = target.relative_to(self.root).parts[:-1]
        return (self.root.joinpath(*above[: depth + 1]) for depth in range(len(above)))


def _why_no_folder(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "is a symbolic link"
    return "" if stat.S_ISDIR(mode) else "is a file, not a folder"


def _look_at(path: Path) -> Found:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Obstacle(f"cannot be read: {error.strerror}")
    if stat.S_ISLNK(mode):
        return Obstacle("is a symbolic link")
    return Obstacle("is a folder" if stat.S_ISDIR(mode) else "is not a plain file")


def _make_folder(path: Path, undo: ExitStack) -> None:
    if path.is_dir():
        return
    _make_folder(path.parent, undo)
    undo.callback(_remove_folder, path)
    path.mkdir()


def _write_new(path: Path, content: bytes, mode: int) -> None:
    # O_EXCL also refuses a symbolic link that somebody else put there.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _restore(path: Path, content: bytes) -> None:
    with suppress(OSError):
        if path.read_bytes() != content:
            path.write_bytes(content)


def _remove_file(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _remove_folder(path: Path) -> None:
    # One that is no longer empty holds something that is not ours.
    with suppress(OSError):
        path.rmdir()


def _refused(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot write {path}: {error.strerror or error}", hint="nothing was left behind")
