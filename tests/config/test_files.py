from __future__ import annotations

from pathlib import Path

import pytest

from aiflow_cli.config.files import (
    find_project,
    load_settings,
    read_dotenv,
    store_path,
    user_config_path,
    user_data_dir,
)
from aiflow_cli.errors import ConfigError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "aiflow.toml").write_text('[webhook]\nurl = "http://toml/"\n')
    return tmp_path


def test_the_project_is_found_upwards_the_nearest_first(project: Path) -> None:
    inner = project / "a/b"
    inner.mkdir(parents=True)
    found = find_project(inner)
    assert found is not None
    assert found.root == project
    (project / "a/aiflow.toml").touch()
    nearer = find_project(inner)
    assert nearer is not None
    assert nearer.root == project / "a"


def test_a_folder_of_that_name_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "aiflow.toml").mkdir()
    assert find_project(tmp_path) is None


def test_the_order_of_precedence(project: Path) -> None:
    environ = {"HOME": str(project / "home")}
    config = user_config_path(environ)
    config.parent.mkdir(parents=True)
    config.write_text('[webhook]\nurl = "http://user/"\n[dashboard]\nflow = "mine"\n')
    (project / ".env").write_text("AIFLOW_WEBHOOK_URL=http://dotenv/\nAIFLOW_SECRET=from-dotenv\n")

    def settings(more: dict[str, str]) -> dict[str, str]:
        loaded = load_settings(find_project(project), {**environ, **more})
        return {setting.key: value.text for setting, value in loaded}

    assert settings({"AIFLOW_WEBHOOK_URL": "http://environ/"})["webhook.url"] == "http://environ/"
    assert settings({})["webhook.url"] == "http://dotenv/"
    (project / ".env").unlink()
    assert settings({})["webhook.url"] == "http://toml/"
    assert settings({})["dashboard.flow"] == "mine"
    (project / "aiflow.toml").unlink()
    assert settings({})["webhook.url"] == "http://user/"
    config.unlink()
    assert settings({})["webhook.url"] == "http://127.0.0.1:3000/webhook"


def test_each_value_tells_the_file_it_came_from(project: Path) -> None:
    (project / ".env").write_text("AIFLOW_SECRET=abcd\n")
    loaded = load_settings(find_project(project), {"HOME": "/nowhere"})
    assert loaded.find("webhook.url").source == str(project / "aiflow.toml")
    assert loaded.find("webhook.secret").source == str(project / ".env")
    assert loaded.find("app.health").source == "default"


def test_outside_a_project_no_dotenv_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AIFLOW_SECRET=abcd\n")
    assert load_settings(find_project(tmp_path), {"HOME": str(tmp_path)})["webhook.secret"] == ""


def test_plain_lines_of_a_dotenv_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    quoted = "C='single # quoted'\nD=\"double\"\n"
    file.write_text(f"# comment\n\nA=1\nexport B = two words \n{quoted}E=value # comment\nF=a#b\nG=\nH=$A\n")
    assert read_dotenv(file) == {
        "A": "1",
        "B": "two words",
        "C": "single # quoted",
        "D": "double",
        "E": "value",
        "F": "a#b",
        "G": "",
        "H": "$A",
    }


def test_a_bad_line_is_named_by_number_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\nhunter2 is my secret\n")
    with pytest.raises(ConfigError) as caught:
        read_dotenv(file)
    assert f"{file}, line 2" in caught.value.message
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_file_that_is_not_toml_is_named(project: Path) -> None:
    (project / "aiflow.toml").write_text("[webhook\n")
    with pytest.raises(ConfigError, match=r"aiflow\.toml is not TOML: .*line 1"):
        load_settings(find_project(project), {"HOME": "/nowhere"})


@pytest.mark.parametrize("name", ["aiflow.toml", ".env"])
def test_a_file_that_is_not_utf8_is_named(project: Path, name: str) -> None:
    (project / name).write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigError, match=r"is not UTF-8 \(byte 2\)"):
        load_settings(find_project(project), {"HOME": "/nowhere"})


def test_a_folder_in_place_of_a_file_is_named(project: Path) -> None:
    (project / ".env").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(find_project(project), {"HOME": "/nowhere"})


def test_folders_of_the_user_follow_xdg() -> None:
    home = {"HOME": "/home/me"}
    assert user_config_path(home) == Path("/home/me/.config/aiflow/config.toml")
    assert user_data_dir(home) == Path("/home/me/.local/share/aiflow")
    moved = {**home, "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}
    assert user_config_path(moved) == Path("/c/aiflow/config.toml")
    assert user_data_dir(moved) == Path("/d/aiflow")


def test_where_the_exchange_log_is(project: Path) -> None:
    environ = {"HOME": "/home/me"}
    inside, outside = find_project(project), None
    assert store_path(inside, environ, load_settings(inside, environ)) == project / ".aiflow/aiflow.db"
    assert store_path(outside, environ, load_settings(outside, environ)) == Path(
        "/home/me/.local/share/aiflow/aiflow.db"
    )
    named = {**environ, "AIFLOW_STORE": "/elsewhere.db"}
    assert store_path(inside, named, load_settings(inside, named)) == Path("/elsewhere.db")
