from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from aiflow_cli.config.files import Project as ConfiguredProject
from aiflow_cli.config.files import load_settings, read_dotenv
from aiflow_cli.errors import AiflowError
from aiflow_cli.scaffold.catalog import CATALOG, Template
from aiflow_cli.scaffold.files import ROOT, File, bare_files, fill_in, project_files
from aiflow_cli.scaffold.plan import make_plan
from aiflow_cli.scaffold.writer import Target

SECRET = "a-generated-secret"
every_template = pytest.mark.parametrize("template", CATALOG, ids=lambda template: template.name)


def files_of(template: Template) -> dict[str, File]:
    return {file.path: file for file in project_files(template, name="my-bot", secret=SECRET)}


def test_catalog_and_folders_name_the_same_templates() -> None:
    folders = {path.name.partition("+")[0] for path in ROOT.iterdir() if not path.name.startswith("_")}
    assert folders == {template.name for template in CATALOG}


@every_template
def test_every_placeholder_is_known_and_filled_in(template: Template) -> None:
    left = {path: re.findall(rb"@@\w*@@", file.content) for path, file in files_of(template).items()}
    assert {path: names for path, names in left.items() if names} == {}


@every_template
def test_every_project_has_the_files_that_its_words_name(template: Template) -> None:
    files = files_of(template)
    named = {template.main_file, template.webhook_file, template.bot_file}
    always = {
        "README.md",
        "AGENTS.md",
        "Dockerfile",
        ".dockerignore",
        ".env",
        ".env.example",
        ".gitignore",
        "aiflow.toml",
    }
    assert named | always <= files.keys()
    for page in ("README.md", "AGENTS.md"):
        assert all(name in files[page].content.decode() for name in named | {template.start, template.test})


@every_template
def test_the_secret_is_in_the_private_file_alone(template: Template) -> None:
    assert [path for path, file in files_of(template).items() if SECRET.encode() in file.content] == [".env"]
    assert [path for path, file in files_of(template).items() if file.mode != 0o644] == [".env"]
    assert files_of(template)[".env"].mode == 0o600


@every_template
def test_git_and_docker_leave_the_secret_out(template: Template) -> None:
    files = files_of(template)
    for path in (".gitignore", ".dockerignore"):
        assert b".env" in files[path].content.splitlines()
    assert b".aiflow/" in files[".gitignore"].content.splitlines()


@every_template
def test_what_a_project_says_is_what_aiflow_reads(template: Template, tmp_path: Path) -> None:
    Target(tmp_path).write(make_plan(files_of(template).values(), Target(tmp_path).look))
    settings = load_settings(ConfiguredProject(tmp_path), {"HOME": str(tmp_path)})
    environ = read_dotenv(tmp_path / ".env")
    assert settings.words("app.command") == template.command
    assert settings["webhook.url"] == f"http://127.0.0.1:{environ['PORT']}/webhook"
    assert settings["webhook.secret"] == SECRET == environ["AIFLOW_SECRET"]
    assert settings["app.health"] == "/health"


@every_template
def test_the_example_names_the_same_settings_without_the_secret(template: Template, tmp_path: Path) -> None:
    Target(tmp_path).write(make_plan(files_of(template).values(), Target(tmp_path).look))
    example = read_dotenv(tmp_path / ".env.example")
    assert example == read_dotenv(tmp_path / ".env") | {"AIFLOW_SECRET": ""}


def test_a_bare_project_is_what_aiflow_needs_and_no_more() -> None:
    files = {file.path: file for file in bare_files(secret=SECRET, url='http://host:8080/a"b\\c')}
    assert files.keys() == {"aiflow.toml", ".env", ".gitignore"}
    assert tomllib.loads(files["aiflow.toml"].content.decode())["webhook"]["url"] == 'http://host:8080/a"b\\c'
    assert f"AIFLOW_SECRET={SECRET}\n".encode() in files[".env"].content


def test_a_templates_own_file_wins_over_the_common_one(tmp_path: Path) -> None:
    for path, text in {"_common/dot_a": "common", "_common/b": "common", "flask/dot_a": "@@project@@"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    files = project_files(CATALOG[0], name="my-bot", secret="", root=tmp_path)
    assert [(file.path, file.content) for file in files] == [(".a", b"my-bot"), ("b", b"common")]


def test_what_is_filled_in_is_not_searched_again() -> None:
    assert fill_in("@@a@@ @@b@@", {"a": "@@b@@", "b": "x"}, source="file") == "@@b@@ x"


def test_an_unknown_placeholder_is_an_error_that_names_it() -> None:
    with pytest.raises(AiflowError, match=r"app.py: unknown placeholder @@prot@@"):
        fill_in("port = @@prot@@", {"port": "3000"}, source="app.py")


def test_an_installation_without_the_template_says_so(tmp_path: Path) -> None:
    (tmp_path / "_common").mkdir()
    with pytest.raises(AiflowError, match="flask is not part of this installation"):
        project_files(CATALOG[0], name="my-bot", secret="", root=tmp_path)
