"""A bot that is reached by WebSocket is the same bot with another front."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiflow_cli.errors import UsageError
from aiflow_cli.scaffold.catalog import CATALOG, TEMPLATES, Template
from aiflow_cli.scaffold.files import ROOT, project_files
from aiflow_cli.scaffold.transports import HTTP, TRANSPORTS, WEBSOCKET, find_transport

with_websocket = [template for template in CATALOG if "websocket" in template.transports]
every_such_template = pytest.mark.parametrize("template", with_websocket, ids=lambda template: template.name)


def contents(template: Template, **options: object) -> dict[str, str]:
    files = project_files(template, name="my-bot", secret="s3cret", **options)  # type: ignore[arg-type]
    return {file.path: file.content.decode() for file in files}


def test_the_first_transport_is_the_default() -> None:
    assert {find_transport(None, template) for template in CATALOG} == {HTTP}
    assert find_transport("websocket", TEMPLATES["flask"]) is WEBSOCKET


@pytest.mark.parametrize(
    ("name", "template", "message", "hint"),
    [
        ("websocket", "go", "the template go has no websocket bot", "flask and express have one"),
        ("smoke", "flask", "there is no transport smoke", "the transports are http, websocket"),
    ],
)
def test_another_one_is_an_error(name: str, template: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        find_transport(name, TEMPLATES[template])
    assert caught.value.hint == hint


def test_every_other_transport_of_a_template_has_its_layer() -> None:
    wanted = {f"{template.name}+{name}" for template in CATALOG for name in template.transports[1:]}
    assert {path.name for path in ROOT.iterdir() if "+" in path.name} == wanted
    assert {name for template in CATALOG for name in template.transports} == set(TRANSPORTS)


@every_such_template
def test_the_bot_itself_is_the_same(template: Template) -> None:
    plain, over_websocket = contents(template), contents(template, transport=WEBSOCKET)
    suffix = Path(template.main_file).suffix
    assert over_websocket.keys() - plain.keys() >= {f"websocket{suffix}"}
    assert plain.keys() - over_websocket.keys() == set()
    for file in (template.bot_file, template.webhook_file):
        assert plain[file] == over_websocket[file]


@every_such_template
def test_its_pages_name_the_websocket(template: Template) -> None:
    files = contents(template, transport=WEBSOCKET)
    assert 'url = "ws://127.0.0.1:3000/webhook"' in files["aiflow.toml"]
    assert "<ws://127.0.0.1:3000/webhook>" in files["README.md"]
    assert "aiflow call --say hello\n" in files["README.md"]
    assert f"`websocket{Path(template.main_file).suffix}`" in files["AGENTS.md"]
    assert "@@" not in "".join(files.values())


def test_both_express_bots_ask_for_the_same_express() -> None:
    plain, over_websocket = (
        json.loads(contents(TEMPLATES["express"], transport=transport)["package.json"])
        for transport in (HTTP, WEBSOCKET)
    )
    assert over_websocket["dependencies"].pop("ws")
    assert plain == over_websocket
