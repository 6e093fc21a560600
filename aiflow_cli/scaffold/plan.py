"""What a scaffold run will do, decided before anything is written: one step per file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from aiflow_cli.scaffold.files import File
from aiflow_cli.scaffold.names import check_path


class Action(StrEnum):
    """What happens to one file; the words are what a user sees."""

    CREATE = "create"
    IDENTICAL = "identical"
    CONFLICT = "conflict"
    OVERWRITE = "overwrite"
    APPEND = "append"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something other than a plain file that stands where a file should go; ``--force`` does not remove it."""

    reason: str


Found = bytes | Obstacle | None
"""What is at a path now: a file's content, an obstacle, or nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the plan.

    Args:
        content: what the file holds afterwards.
        mode: permission bits of a new file; the umask still applies.
        former: the content that is replaced.
        reason: why, where the action alone does not say it.
    """

    path: str
    action: Action
    content: bytes
    mode: int
    former: bytes | None = None
    reason: str = ""

    @property
    def writes(self) -> bool:
        return self.action in (Action.CREATE, Action.OVERWRITE, Action.APPEND)


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, sorted by path."""

    steps: tuple[Step, ...]

    @property
    def conflicts(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action is Action.CONFLICT)

    @property
    def obstacles(self) -> tuple[Step, ...]:
        """The conflicts that even ``--force`` does not solve."""
        return tuple(step for step in self.conflicts if step.former is None)


def make_plan(files: Iterable[File], look: Callable[[str], Found], *, force: bool = False) -> Plan:
    """Decide about every file.

    Args:
        look: tells what is at a path of the target now.
        force: conflicts with plain files become overwrites.

    Raises:
        AiflowError: a path that does not stay below the target.
    """
    by_path = {check_path(file.path): file for file in sorted(files, key=lambda file: file.path)}
    return Plan(tuple(_step(file, look(path), force=force) for path, file in by_path.items()))


def _step(file: File, found: Found, *, force: bool) -> Step:
    if found is None:
        return Step(file.path, Action.CREATE, file.content, file.mode)
    if isinstance(found, Obstacle):
        return Step(file.path, Action.CONFLICT, file.content, file.mode, reason=found.reason)
    if file.kept:
        return Step(file.path, Action.SKIP, found, file.mode, former=found, reason="never overwritten")
    content = add_missing_lines(found, file.content) if file.merged else file.content
    if found == content:
        return Step(file.path, Action.IDENTICAL, content, file.mode, former=found)
    if file.merged:
        return Step(file.path, Action.APPEND, content, file.mode, former=found)
    return Step(file.path, Action.OVERWRITE if force else Action.CONFLICT, content, file.mode, former=found)


def add_missing_lines(present: bytes, wanted: bytes) -> bytes:
    """``present``, unchanged, followed by the lines of ``wanted`` that it lacks."""
    known = {line.strip() for line in present.splitlines()}
    missing = [line for line in wanted.splitlines() if line.strip() and line.strip() not in known]
    if not missing:
        return present
    gap = b"" if not present or present.endswith(b"\n") else b"\n"
    return present + gap + b"\n".join(missing) + b"\n"
