"""scripts/install-test-runtimes and the `runtime` marker: a missing runtime is named, skipped here, failed in CI."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
INSTALLER = REPOSITORY / "scripts" / "install-test-runtimes"
NEEDS_GO = 'import pytest\n\n\n@pytest.mark.runtime("go")\ndef test_needs_go() -> None:\n    pass\n'


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with the tools of the script and no runtime, no apt-get and no sudo."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "id"):
        (tools / tool).symlink_to(Path("/usr/bin") / tool)
    return str(tools)


def _install(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/bash", str(INSTALLER), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True)


def test_check_names_what_is_missing_and_its_packages(bare_path: str) -> None:
    result = _install("--check", "go", PATH=bare_path)
    assert result.returncode == 1
    assert result.stderr == "install-test-runtimes: missing: go (Debian packages: golang-go)\n"


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_what_cannot_be_installed_is_fatal_in_ci_alone(bare_path: str, ci: str, status: int) -> None:
    result = _install("go", "ruby", PATH=bare_path, CI=ci)
    assert result.returncode == status
    assert "cannot install Debian packages here" in result.stderr
    assert "missing: go" in result.stderr and "missing: ruby" in result.stderr


def test_refuses_a_runtime_that_it_does_not_know(bare_path: str) -> None:
    result = _install("cobol", PATH=bare_path)
    assert (result.returncode, "unknown runtime cobol" in result.stderr) == (2, True)


@pytest.mark.runtime("go")
def test_is_quiet_about_what_is_there() -> None:
    result = _install("go", PATH=os.environ["PATH"])
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 error"), ("", "1 skipped")])
def test_marked_test_without_its_runtime(tmp_path: Path, bare_path: str, ci: str, outcome: str) -> None:
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(REPOSITORY / 'tests')!r})\nfrom runtimes import *\n"
    )
    (tmp_path / "test_it.py").write_text(NEEDS_GO)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rfEs", "-c", "/dev/null", str(tmp_path)]
    result = subprocess.run(command, env={"PATH": bare_path, "CI": ci}, capture_output=True, text=True)
    assert outcome in result.stdout, result.stdout + result.stderr
    assert "missing: go" in result.stdout


def test_what_can_be_installed_is_installed_where_nothing_is_named() -> None:
    """``make test`` names nothing: a runtime that is not on the list would be missing on every fresh machine."""
    text = INSTALLER.read_text()
    (listed,) = re.findall(r"^RUNTIMES=\((.*)\)$", text, re.MULTILINE)
    assert sorted(listed.split()) == sorted(re.findall(r"^have_(\w+)\(\)", text, re.MULTILINE))
