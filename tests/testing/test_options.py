"""What a test run is told by its environment."""

from __future__ import annotations

import pytest

from aiflow_cli.errors import UsageError
from aiflow_cli.testing.options import Options, pairs


def test_nothing_said_is_the_default() -> None:
    assert Options.read({}) == Options()


def test_what_is_passed_on_is_what_arrives() -> None:
    options = Options(
        record=True, timeout=2.5, patience=7.0, variables={"name": "Anna B.", "empty": ""}, bot_log="/tmp/a b"
    )
    assert Options.read(options.to_environ()) == options


def test_no_time_limit_is_passed_on() -> None:
    assert Options.read(Options(timeout=None).to_environ()).timeout is None


@pytest.mark.parametrize("no", ["", "0", "false", "No"])
def test_recording_can_be_switched_off(no: str) -> None:
    assert not Options.read({"AIFLOW_TEST_RECORD": no}).record


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf"])
def test_a_time_is_a_number_of_seconds(text: str) -> None:
    with pytest.raises(UsageError, match="AIFLOW_TEST_TIMEOUT"):
        Options.read({"AIFLOW_TEST_TIMEOUT": text})


@pytest.mark.parametrize("word", ["name", "=value", ""])
def test_a_variable_has_a_name_and_a_value(word: str) -> None:
    with pytest.raises(UsageError, match="--var .*is not NAME=VALUE"):
        pairs([word], flag="--var")


def test_quotes_that_do_not_end_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="AIFLOW_TEST_VAR"):
        Options.read({"AIFLOW_TEST_VAR": "name='Anna"})
