from __future__ import annotations

import pytest

from aiflow_cli.config.settings import SETTINGS, Layer, Settings, from_toml, from_variables
from aiflow_cli.errors import ConfigError


def test_the_first_layer_that_has_a_value_wins_and_tells_its_name() -> None:
    settings = Settings(
        [Layer("one", {}), Layer("two", {"webhook.url": "http://b"}), Layer("three", {"webhook.url": "c"})]
    )
    found = settings.find("webhook.url")
    assert (found.text, found.source) == ("http://b", "two")


def test_an_empty_value_counts_as_not_set() -> None:
    settings = Settings([Layer("one", {"webhook.url": ""}), Layer("two", {"webhook.url": "http://b"})])
    assert settings["webhook.url"] == "http://b"


def test_defaults_are_last() -> None:
    found = Settings([]).find("webhook.url")
    assert (found.text, found.source) == ("http://127.0.0.1:3000/webhook", "default")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_setting_has_a_variable(setting: object) -> None:
    from aiflow_cli.config.settings import Setting

    assert isinstance(setting, Setting)
    layer = from_variables({setting.variable: "value"}, "environment")
    assert Settings([layer])[setting.key] == "value"


def test_a_list_in_a_variable_is_split_as_a_shell_does() -> None:
    layer = from_variables({"AIFLOW_APP_COMMAND": "python -m 'my app'"}, "environment")
    assert Settings([layer]).words("app.command") == ("python", "-m", "my app")


def test_quotes_that_do_not_match_are_an_error() -> None:
    with pytest.raises(ConfigError, match="AIFLOW_APP_COMMAND"):
        from_variables({"AIFLOW_APP_COMMAND": "python 'app"}, "environment")


def test_a_list_in_toml() -> None:
    layer = from_toml({"app": {"command": ["python", "app.py"]}}, "aiflow.toml")
    assert Settings([layer]).words("app.command") == ("python", "app.py")
    assert Settings([layer])["app.command"] == "python app.py"


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"webhook": {"ulr": "x"}}, "unknown key webhook.ulr", "did you mean webhook.url?"),
        ({"webhok": {"url": "x"}}, "unknown key webhok.url", "did you mean webhook.url?"),
        ({"webhook": "x"}, "unknown key webhook", "webhook.url"),
        ({"qqq": {"qqq": 1}}, "unknown key qqq.qqq", "known keys: webhook.url"),
        ({"webhook": {"secret": "x"}}, "does not belong in this file", "AIFLOW_SECRET"),
        ({"dashboard": {"token": "x"}}, "does not belong in this file", "AIFLOW_TOKEN"),
        ({"webhook": {"url": 3000}}, "must be a string, not 3000", "URL of the bot"),
        ({"app": {"command": "python app.py"}}, "must be a list of strings", "starts the bot"),
        ({"app": {"command": ["python", 3]}}, "must be a list of strings", "starts the bot"),
    ],
)
def test_what_does_not_fit_is_named_with_its_file(data: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_toml(data, "the-file")
    assert caught.value.message.startswith("the-file: ")
    assert message in caught.value.message
    assert hint in str(caught.value.hint)
