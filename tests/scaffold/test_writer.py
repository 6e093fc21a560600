from __future__ import annotations

import os
import resource
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from aiflow_cli.errors import AiflowError, ConfigError
from aiflow_cli.scaffold import writer
from aiflow_cli.scaffold.files import File
from aiflow_cli.scaffold.plan import Action, Obstacle, Plan, Step, make_plan
from aiflow_cli.scaffold.writer import Target

from .trees import snapshot

FILES = [
    File("app.py", b"app"),
    File("a/b/deep.py", b"deep"),
    File(".env", b"SECRET=1", mode=0o600, kept=True),
    File(".gitignore", b".env\n", merged=True),
]


def plan_for(target: Target, files: list[File] | None = None, *, force: bool = False) -> Plan:
    return make_plan(files or FILES, target.look, force=force)


def test_writes_a_project_into_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    target = Target(tmp_path / "new" / "bot")
    target.write(plan_for(target))
    assert snapshot(target.root) == {
        ".env": b"SECRET=1",
        ".gitignore": b".env\n",
        "a": "dir",
        "a/b": "dir",
        "a/b/deep.py": b"deep",
        "app.py": b"app",
    }


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_gives_files_their_mode_within_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    target = Target(tmp_path)
    before = os.umask(umask)
    try:
        target.write(plan_for(target))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "app.py").stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    target = Target(tmp_path)
    target.write(plan_for(target))
    (tmp_path / ".env").write_bytes(b"SECRET=real")
    before = snapshot(tmp_path)
    again = plan_for(target, force=True)
    assert {step.action for step in again.steps} == {Action.IDENTICAL, Action.SKIP}
    target.write(again)
    assert snapshot(tmp_path) == before


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_bytes(b"old")
    (tmp_path / "app.py").chmod(0o750)
    target = Target(tmp_path)
    target.write(plan_for(target, force=True))
    assert (tmp_path / "app.py").read_bytes() == b"app"
    assert stat.S_IMODE((tmp_path / "app.py").stat().st_mode) == 0o750


# -- what it refuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "a/../../out"])
def test_refuses_a_path_outside_its_folder(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(AiflowError, match="refusing to write"):
        Target(root).write(Plan((Step(path, Action.CREATE, b"x", 0o644),)))
    assert snapshot(tmp_path) == {"root": "dir"}


@pytest.mark.parametrize("link", ["a", "a/b", "app.py"])
def test_never_writes_through_a_symbolic_link(tmp_path: Path, link: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside)
    target = Target(root)
    plan = plan_for(target, force=True)
    assert [step.reason for step in plan.obstacles] == [
        "is a symbolic link" if link == "app.py" else f"{link} is a symbolic link"
    ]
    before = snapshot(tmp_path)
    with pytest.raises(ConfigError, match="changed meanwhile"):
        target.write(Plan(tuple(Step(step.path, Action.CREATE, b"x", 0o644) for step in plan.conflicts)))
    assert snapshot(tmp_path) == before


def test_never_reads_or_replaces_a_link_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "app.py").symlink_to(tmp_path / "secret")
    assert Target(tmp_path).look("app.py") == Obstacle("is a symbolic link")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert Target(tmp_path).look("dangling") == Obstacle("is a symbolic link")


def test_sees_what_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    target = Target(tmp_path)
    assert target.look("folder") == Obstacle("is a folder")
    assert target.look("file/below") == Obstacle("file is a file, not a folder")
    assert target.look("pipe") == Obstacle("is not a plain file")
    assert target.look("nothing/below") is None


@pytest.mark.parametrize("below", ["", "below/that"])
def test_a_file_cannot_be_the_target(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ConfigError, match="is a file, not a folder"):
        Target(tmp_path / "file" / below)


def test_links_in_a_circle_cannot_be_the_target(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(ConfigError):
        Target(tmp_path / "a" / "bot").write(plan_for(Target(tmp_path / "a" / "bot")))


# -- failing half-way ------------------------------------------------------------------------------------


def existing_project(root: Path) -> Target:
    """A folder with files of its own: one that is overwritten, one that is added to, one beside."""
    root.mkdir(parents=True)
    for name, content in {"app.py": b"my own", ".gitignore": b"*.pyc\n", "mine.txt": b"mine"}.items():
        (root / name).write_bytes(content)
    return Target(root)


@pytest.mark.parametrize("path", ["app.py", "a/b/deep.py", ".gitignore"])
def test_a_file_that_changed_after_the_plan_stops_the_run_and_is_left_alone(tmp_path: Path, path: str) -> None:
    target = existing_project(tmp_path / "bot")
    plan = plan_for(target, force=True)
    (target.root / path).parent.mkdir(parents=True, exist_ok=True)
    (target.root / path).write_bytes(b"changed meanwhile")
    before = snapshot(tmp_path)
    with pytest.raises(ConfigError, match=f"{path} changed meanwhile"):
        target.write(plan)
    assert snapshot(tmp_path) == before


def test_a_folder_that_appeared_after_the_plan_stops_the_run(tmp_path: Path) -> None:
    target = Target(tmp_path / "bot")
    plan = plan_for(target)
    (target.root / "app.py").mkdir(parents=True)
    before = snapshot(tmp_path)
    with pytest.raises(ConfigError, match="app.py changed meanwhile"):
        target.write(plan)
    assert snapshot(tmp_path) == before


@contextmanager
def full_disk(*, after: int) -> Iterator[None]:
    """Writing past ``after`` bytes of a file fails in the kernel, for root too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("exists", [False, True])
def test_a_write_that_fails_leaves_everything_as_it_was(tmp_path: Path, exists: bool) -> None:
    target = existing_project(tmp_path / "bot") if exists else Target(tmp_path / "new" / "bot")
    plan = plan_for(target, [*FILES, File("z/big.bin", b"x" * 10_000)], force=True)
    before = snapshot(tmp_path)
    with full_disk(after=5_000), pytest.raises(ConfigError, match=r"cannot write .*big.bin: File too large"):
        target.write(plan)
    assert snapshot(tmp_path) == before


class Interrupt:
    """Ctrl-C at the n-th line that the writer runs."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Interrupt | None:
        if frame.f_code.co_filename != writer.__file__:
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self


def interrupted_at(line: int, target: Target, plan: Plan) -> bool:
    """Whether the writer got as far as that line before it was done."""
    former = sys.gettrace()
    sys.settrace(Interrupt(line))
    try:
        target.write(plan)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(former)
    return False


# The tracer can also strike between opening a file and its `with`, where the interpreter takes no signal.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("exists", [False, True])
def test_ctrl_c_at_any_line_leaves_all_or_nothing(tmp_path: Path, exists: bool) -> None:
    done: set[bool] = set()
    line = 0
    interrupted = True
    while interrupted:
        line += 1
        place = tmp_path / str(line)
        target = existing_project(place / "bot") if exists else Target(place / "bot")
        place.mkdir(exist_ok=True)
        plan = plan_for(target, force=True)
        before = snapshot(place)
        interrupted = interrupted_at(line, target, plan)
        complete = {step.path: step.content for step in plan.steps}
        after = snapshot(place)
        if after != before:
            assert complete.items() <= snapshot(target.root).items(), f"half a project after line {line}"
            assert not [path for path in after if path.endswith(".tmp")]
        done.add(after != before)
    assert line > 50
    assert done == {True, False}
