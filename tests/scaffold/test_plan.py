from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.errors import AiflowError
from aiflow_cli.scaffold.files import File
from aiflow_cli.scaffold.plan import Action, Found, Obstacle, add_missing_lines, make_plan


def decide(file: File, found: Found, *, force: bool = False) -> tuple[Action, bytes]:
    (step,) = make_plan([file], lambda path: found, force=force).steps
    return step.action, step.content


PLAIN = File("app.py", b"new")
KEPT = File(".env", b"new", kept=True)
MERGED = File(".gitignore", b".env\n.aiflow/\n", merged=True)


@pytest.mark.parametrize(
    ("file", "found", "force", "action", "content"),
    [
        (PLAIN, None, False, Action.CREATE, b"new"),
        (PLAIN, b"new", False, Action.IDENTICAL, b"new"),
        (PLAIN, b"old", False, Action.CONFLICT, b"new"),
        (PLAIN, b"old", True, Action.OVERWRITE, b"new"),
        (PLAIN, b"new", True, Action.IDENTICAL, b"new"),
        (PLAIN, Obstacle("is a folder"), False, Action.CONFLICT, b"new"),
        (PLAIN, Obstacle("is a folder"), True, Action.CONFLICT, b"new"),
        (KEPT, None, False, Action.CREATE, b"new"),
        (KEPT, b"old", False, Action.SKIP, b"old"),
        (KEPT, b"old", True, Action.SKIP, b"old"),
        (KEPT, b"", True, Action.SKIP, b""),
        (MERGED, None, False, Action.CREATE, b".env\n.aiflow/\n"),
        (MERGED, b"x\n", False, Action.APPEND, b"x\n.env\n.aiflow/\n"),
        (MERGED, b"x\n", True, Action.APPEND, b"x\n.env\n.aiflow/\n"),
        (MERGED, b".aiflow/\r\n.env", False, Action.IDENTICAL, b".aiflow/\r\n.env"),
    ],
)
def test_decides(file: File, found: Found, force: bool, action: Action, content: bytes) -> None:
    assert decide(file, found, force=force) == (action, content)


def test_knows_its_conflicts_and_which_of_them_force_does_not_solve() -> None:
    state: dict[str, Found] = {"a": b"old", "b": Obstacle("is a folder"), "c": None}
    plan = make_plan([File(path, b"new") for path in "cba"], state.__getitem__)
    assert [step.path for step in plan.steps] == ["a", "b", "c"]
    assert [step.path for step in plan.conflicts] == ["a", "b"]
    assert [(step.path, step.reason) for step in plan.obstacles] == [("b", "is a folder")]


def test_refuses_a_path_outside_the_target() -> None:
    with pytest.raises(AiflowError, match="refusing to write"):
        make_plan([File("../x", b"")], lambda path: None)


LINES = st.lists(st.sampled_from([b".env", b"", b"*.pyc", b"# comment", b" x "])).map(b"\n".join)


@given(LINES, LINES)
def test_adding_lines_loses_nothing_and_needs_no_second_time(present: bytes, wanted: bytes) -> None:
    merged = add_missing_lines(present, wanted)
    assert merged.startswith(present)
    assert {line.strip() for line in wanted.split(b"\n")} <= {line.strip() for line in merged.split(b"\n")} | {b""}
    assert add_missing_lines(merged, wanted) == merged
