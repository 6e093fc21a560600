"""The `runtime` marker: a test that needs Go, Ruby or the like names it, and says so where it is missing."""

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

INSTALLER = Path(__file__).parents[1] / "scripts" / "install-test-runtimes"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose runtime is missing; in CI that is a failure, so that nothing goes untested unseen."""
    for marker in item.iter_markers("runtime"):
        if missing := _missing(*marker.args):
            _report(missing)


@cache
def _missing(name: str) -> str:
    check = subprocess.run(["bash", INSTALLER, "--check", name], capture_output=True, text=True)
    return "" if check.returncode == 0 else check.stderr.strip()


def _report(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
