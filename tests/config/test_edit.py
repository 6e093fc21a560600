"""One value is set; every other byte stays."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.config.edit import set_in_file, set_in_text
from aiflow_cli.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[dashboard]\nflow = "x"\n'),
        ("# empty\n", '# empty\n\n[dashboard]\nflow = "x"\n'),
        ("[app]\nhealth = '/'", "[app]\nhealth = '/'\n\n[dashboard]\nflow = \"x\"\n"),
        ("[dashboard]", '[dashboard]\nflow = "x"\n'),
        ("[dashboard]\n", '[dashboard]\nflow = "x"\n'),
        ('[dashboard] # here\nurl = ""\n', '[dashboard] # here\nflow = "x"\nurl = ""\n'),
        ('[dashboard]\nflow = "old"\n', '[dashboard]\nflow = "x"\n'),
        ("[dashboard]\n  flow='old'   # why\n[app]\n", '[dashboard]\n  flow = "x"   # why\n[app]\n'),
        ('[dashboard]\nflow = "old#er" # why\n', '[dashboard]\nflow = "x" # why\n'),
        ('[dashboard]\nurl = ""\n\n[app]\n', '[dashboard]\nflow = "x"\nurl = ""\n\n[app]\n'),
        ('[app]\r\n[dashboard]\r\nflow = ""\r\n', '[app]\r\n[dashboard]\r\nflow = "x"\r\n'),
        ('[ dashboard ]\nflow = ""\n', '[ dashboard ]\nflow = "x"\n'),
        ('[dashboard]\nflow-x = ""\nflow = "a"', '[dashboard]\nflow-x = ""\nflow = "x"'),
    ],
)
def test_the_line_is_changed_or_added(before: str, after: str) -> None:
    assert set_in_text(before, "dashboard.flow", "x") == after


values = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc"]))
    | st.integers(-9, 9)
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
sections = st.dictionaries(
    st.sampled_from(["dashboard", "app", "webhook"]),
    st.dictionaries(st.sampled_from(["flow", "url", "a-b"]), values, max_size=3),
)


@given(data=sections, value=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_nothing_else_changes_its_meaning(data: dict[str, dict[str, Any]], value: str) -> None:
    import json

    text = "".join(
        f"[{section}]\n" + "".join(f"{key} = {json.dumps(item, ensure_ascii=False)}\n" for key, item in content.items())
        for section, content in data.items()
    )
    changed = set_in_text(text, "dashboard.flow", value)
    expected = {**data, "dashboard": {**data.get("dashboard", {}), "flow": value}}
    assert tomllib.loads(changed) == expected


@pytest.mark.parametrize(
    "text",
    [
        'dashboard = { flow = "old" }\n',
        'dashboard.flow = "old"\n',
        '[webhook]\nurl = """\n[dashboard]\nflow = "not this one"\n"""\n',
        '[dashboard]\nflow = """old\n"""\n',
        'dashboard = "x"\n',
    ],
)
def test_what_cannot_be_edited_safely_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "aiflow.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="does not edit") as raised:
        set_in_file(path, "dashboard.flow", 'a "b"')
    assert r'flow = "a \"b\"" below [dashboard]' in str(raised.value.hint)
    assert path.read_text() == text


def test_a_file_that_is_not_toml_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "aiflow.toml"
    for content in (b"[dashboard\n", b"\xff"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match="is not TOML"):
            set_in_file(path, "dashboard.flow", "x")
        assert path.read_bytes() == content


def test_a_new_file_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a/b/config.toml"
    set_in_file(path, "dashboard.flow", "x")
    assert path.read_text() == '[dashboard]\nflow = "x"\n'
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("")
    real.chmod(0o640)
    link = tmp_path / "aiflow.toml"
    link.symlink_to(real)
    set_in_file(link, "dashboard.flow", "x")
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text() == '[dashboard]\nflow = "x"\n'


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        set_in_file(tmp_path / "a" / "config.toml", "dashboard.flow", "x")
