from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.errors import AiflowError, UsageError
from aiflow_cli.scaffold.names import MAX_NAME, check_path, check_project_name, suggest_name


@pytest.mark.parametrize("name", ["bot", "my-bot", "bot2", "a_b.c", "x" * MAX_NAME])
def test_takes_a_good_name(name: str) -> None:
    assert check_project_name(name) == name


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("", "my-bot"),
        ("My Bot", "my-bot"),
        ("-rf", "rf"),
        ("bot-", "bot"),
        ("a--b", "a-b"),
        ("Größter Bot!", "grosster-bot"),
        ("café", "cafe"),
        ("日本", "my-bot"),
        ("../up", "up"),
        ("bot\n", "bot"),
        ("x" * 51, "x" * 50),
    ],
)
def test_refuses_a_bad_name_and_suggests_a_good_one(name: str, suggested: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_project_name(name)
    assert refused.value.hint == f"for example --name {suggested}"


def test_refuses_a_name_that_the_languages_tools_have() -> None:
    with pytest.raises(UsageError) as refused:
        check_project_name("express", reserved=frozenset({"express"}))
    assert refused.value.hint == "for example --name express-bot"


@given(st.text())
def test_a_suggested_name_is_always_good(text: str) -> None:
    name = suggest_name(text)
    assert check_project_name(name) == name


PARTS = st.sampled_from(["a", "b.py", "..", ".", "", "~", "C:", "a\\b", "\0", "/", "x y"])


@given(st.lists(PARTS, max_size=5).map("/".join))
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    try:
        check_path(path)
    except AiflowError:
        return
    root = Path("/root-of-the-project")
    assert root in Path(os.path.normpath(root / path)).parents
    assert not set(path) & set("\\:\0")


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "C:/x", "a\\..\\b", "a\nb"]
)
def test_refuses_a_path_that_leaves_its_folder_or_is_no_plain_one(path: str) -> None:
    with pytest.raises(AiflowError, match="refusing to write"):
        check_path(path)


@pytest.mark.parametrize("path", ["app.py", ".env", "tests/test_bot.py", "a b/c"])
def test_takes_a_plain_path(path: str) -> None:
    assert check_path(path) == path
