"""The pytest plugin: call files of a project are test items, and ``aiflow_call`` leads a call from Python.

pytest imports this module in every run of every environment that has aiflow. So it imports nothing but pytest and
what pytest has imported already, and does nothing outside a folder with an aiflow.toml. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aiflow_cli.testing.caller import AiflowCall

PROJECT_FILE = "aiflow.toml"
SUFFIXES = (".yaml", ".yml")


@cache
def project_of(folder: Path) -> Path | None:
    """The nearest folder with an aiflow.toml, from ``folder`` upwards."""
    if (folder / PROJECT_FILE).is_file():
        return folder
    return None if folder.parent == folder else project_of(folder.parent)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A YAML file below ``calls.paths`` of a project, or one that was named on the command line, is a call file."""
    if file_path.suffix not in SUFFIXES:
        return None
    root = project_of(file_path.parent)
    if root is None:
        return None
    from aiflow_cli.testing.items import call_file

    return call_file(file_path, parent, root)


@pytest.fixture
def aiflow_call(request: pytest.FixtureRequest) -> Iterator[AiflowCall]:
    """A simulated call to the project's bot, which is started if it is not running.

    aiflow_call.say("hello").expect_speak("You said: hello")
    """
    from aiflow_cli.testing.items import calling

    yield from calling(request)
