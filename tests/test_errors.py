from __future__ import annotations

import pytest

from aiflow_cli.errors import AiflowError, CheckFailed, ExitCode, UsageError, closest


def test_the_list_of_exit_codes_is_that_of_the_design() -> None:
    assert [code.value for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 70, 130, 143]


@pytest.mark.parametrize("kind", [AiflowError, *AiflowError.__subclasses__()], ids=lambda kind: kind.__name__)
def test_each_error_has_a_code_of_the_list(kind: type[AiflowError]) -> None:
    assert kind.exit_code in ExitCode


def test_an_error_has_a_message_and_what_to_do_next() -> None:
    error = UsageError("which event?", hint="add TYPE")
    assert (error.message, error.hint, str(error)) == ("which event?", "add TYPE", "which event?")
    assert CheckFailed().message == ""


@pytest.mark.parametrize(("word", "close"), [("lgos", "logs"), ("flow", "flows"), ("qqqq", None), ("", None)])
def test_a_near_miss(word: str, close: str | None) -> None:
    assert closest(word, iter(["logs", "flows", "init"])) == close
