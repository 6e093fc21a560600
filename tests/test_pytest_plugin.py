"""The pytest plugin as pytest sees it: real runs in real projects, with every warning an error."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .support.project import Project

CALLS = """
calls:
  - name: welcome
    tags: [smoke, "2 words"]
    greeting: {speak: Welcome}
    steps:
      - say: hello
        expect: {speak: {equals: "You said: hello"}, within_ms: 5000}
  - name: goodbye
    steps:
      - say: bye
        expect: {hangup: true}
"""
WRONG = """
steps:
  - say: hello
    expect: {speak: Good evening}
"""
PYTHON = """
def test_welcome(aiflow_call):
    aiflow_call.expect_speak("Welcome")
    aiflow_call.say("hello").expect_speak("You said: hello")
    aiflow_call.say("bye").expect_hangup()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project")
    project.write("calls/good.yaml", CALLS)
    return project


def summary(out: str) -> str:
    """The last line, without decoration and time."""
    return out.strip().splitlines()[-1].strip("= ").partition(" in ")[0]


# -- what it costs those who do not use it -------------------------------------------------------------


def test_it_imports_nothing_but_what_pytest_has_imported() -> None:
    script = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import aiflow_cli.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["aiflow_cli", "aiflow_cli.pytest_plugin"]


def test_outside_a_project_it_does_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path / "other")
    (project.folder / "aiflow.toml").unlink()
    project.write("calls/good.yaml", CALLS)
    project.write(
        "test_it.py",
        """
        import sys

        def test_it(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("aiflow")
            ours = {name for name in sys.modules if name.startswith("aiflow_cli")}
            assert ours == {"aiflow_cli", "aiflow_cli.pytest_plugin"}
        """,
    )
    assert project.pytest("calls/good.yaml").code == 4, "a YAML file is nothing to pytest, here"
    ran = project.pytest()
    assert (ran.code, summary(ran.out)) == (0, "1 passed"), ran.out


def test_pytest_has_nothing_against_a_package_that_was_imported_before(tmp_path: Path) -> None:
    """An installed plugin's whole package is registered for the rewriting of asserts, at the start of every run."""
    project = Project(tmp_path / "other")
    project.write(
        "test_it.py",
        """
        import aiflow_cli, pytest

        def test_it():
            pytest.register_assert_rewrite("aiflow_cli")
        """,
    )
    ran = project.pytest()
    assert (ran.code, summary(ran.out)) == (0, "1 passed"), ran.out


def test_it_adds_no_option(project: Project) -> None:
    assert project.pytest("--help").out == project.pytest("--help", "-p", "no:aiflow").out


def test_only_call_files_are_collected(project: Project) -> None:
    project.write("compose.yaml", "services: {}")
    project.write("config/calls.yaml", "a: 1")
    project.write("test_own.py", "def test_own(): pass")
    ran = project.pytest("--collect-only", "-q")
    assert ran.out.split()[:3] == ["calls/good.yaml::welcome", "calls/good.yaml::goodbye", "test_own.py::test_own"]
    assert (ran.code, project.starts) == (0, []), "and no bot is started for that"


# -- a plain pytest ------------------------------------------------------------------------------------


def test_calls_and_python_tests_share_one_bot_that_ends_with_the_run(project: Project) -> None:
    project.write("calls/test_python.py", PYTHON)
    ran = project.pytest()
    assert (ran.code, summary(ran.out)) == (0, "3 passed"), ran.out
    assert project.starts == [str(project.port)]
    assert project.bot_is_gone


def test_a_bot_that_is_running_is_used_and_left_alone(project: Project) -> None:
    with project.running_bot() as bot:
        ran = project.pytest("calls")
        assert (summary(ran.out), bot.poll()) == ("2 passed", None), ran.out
    assert len(project.starts) == 1


def test_one_that_cannot_be_started_is_an_error_told_in_a_sentence(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", command=[sys.executable, "-c", "raise SystemExit('no database')"])
    project.write("calls/good.yaml", CALLS)
    project.write("calls/test_python.py", PYTHON)
    ran = project.pytest()
    assert (ran.code, summary(ran.out)) == (1, "3 errors"), ran.out
    assert "the bot ended with exit code 1 before it answered" in ran.out
    assert "  no database" in ran.out
    for ugly in ("Traceback", "aiflow_cli/", "During handling"):
        assert ugly not in ran.out


def test_a_failure_shows_the_call_what_was_expected_and_what_the_bot_wrote(project: Project) -> None:
    project.write("calls/wrong.yaml", WRONG)
    ran = project.pytest("calls/wrong.yaml")
    assert ran.code == 1
    lines = ran.out.splitlines()
    at = lines.index('speak.contains: expected "Good evening", got "You said: hello"')
    assert lines[at + 1] == ""
    assert lines[at + 2].startswith("      0.0 s  bot     Welcome!")
    assert lines[at + 3].startswith(">     0.8 s  caller  hello")
    assert lines[at + 4].startswith(">     1.2 s  bot     You said: hello")
    assert lines[at + 5 : at + 8] == [
        "E   calls/wrong.yaml:4: speak.contains",
        'E     expected  "Good evening"',
        'E     got       "You said: hello"',
    ]
    assert lines[at + 8].endswith("the caller hangs up")
    assert lines[at + 9].strip("- ") == "Captured output of the bot call"
    assert lines[at + 10] == "event session_start"
    assert lines[-2].startswith('FAILED calls/wrong.yaml::wrong - speak.contains: expected "Good evening"')


def test_a_step_that_the_call_does_not_reach_fails(project: Project) -> None:
    project.write("calls/late.yaml", "steps: [{say: bye}, {say: more}, {say: hello, expect: {speak: hello}}]")
    ran = project.pytest("calls/late.yaml")
    assert ran.code == 1
    assert 'step: expected say "hello", got the call was over (assistant_hangup)' in ran.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("steps: [{say: hello, expct: {}}]", "calls/bad.yaml:1: steps[0].expct: "),
        ("steps: [", "calls/bad.yaml:1: it is not YAML"),
        ("steps: [{say: '${nobody}'}]", "there is no variable nobody"),
    ],
)
def test_a_call_file_that_is_wrong_is_an_error_with_its_place(project: Project, text: str, told: str) -> None:
    project.write("calls/bad.yaml", text)
    ran = project.pytest()
    assert ran.code == 2
    assert told in ran.out
    assert "Traceback" not in ran.out and project.starts == []


def test_an_aiflow_toml_that_is_wrong_is_an_error_with_its_place(project: Project) -> None:
    project.write("aiflow.toml", "[calls]\npahts = []")
    ran = project.pytest("calls/good.yaml")
    assert ran.code == 2
    assert "unknown key calls.pahts" in ran.out and "did you mean calls.paths?" in ran.out


def test_secrets_do_not_appear(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", dotenv="AIFLOW_SECRET=correct-horse-battery\n")
    project.write("calls/secret.yaml", "steps: [{say: secret, expect: {speak: nothing}}]")
    project.write("calls/test_it.py", "def test_it(aiflow_call): aiflow_call.say('secret').expect_nothing()")
    ran = project.pytest("--junitxml=report.xml")
    assert summary(ran.out) == "2 failed"
    assert "the secret is [redacted]" in ran.out and "It is [redacted]" in ran.out
    assert "correct-horse" not in ran.out + ran.err + (project.folder / "report.xml").read_text()


def test_the_fixture_needs_a_project(tmp_path: Path) -> None:
    project = Project(tmp_path / "other")
    (project.folder / "aiflow.toml").unlink()
    project.write("test_it.py", "def test_it(aiflow_call): pass")
    ran = project.pytest()
    assert ran.code == 1
    assert "aiflow_call is for tests below a folder with an aiflow.toml" in ran.out


# -- what pytest's users are used to -------------------------------------------------------------------


def test_choosing_and_stopping(project: Project) -> None:
    project.write("calls/wrong.yaml", WRONG)
    assert summary(project.pytest("-k", "goodbye").out) == "1 passed, 2 deselected"
    assert summary(project.pytest("calls/good.yaml::welcome").out) == "1 passed"
    assert summary(project.pytest("-m", "smoke", "--strict-markers").out) == "1 passed, 2 deselected"
    assert summary(project.pytest("-k", "2 and words").out) == "1 passed, 2 deselected"
    assert summary(project.pytest("-x", "calls/wrong.yaml", "calls/good.yaml").out) == "1 failed"


def test_last_failed_and_junit(project: Project) -> None:
    project.write("calls/wrong.yaml", WRONG)
    assert summary(project.pytest("--junitxml=report.xml").out) == "1 failed, 2 passed"
    suite = ET.parse(project.folder / "report.xml").getroot()[0]
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert set(cases) == {"welcome", "goodbye", "wrong"}
    failure = cases["wrong"].find("failure")
    assert failure is not None
    assert failure.get("message") == 'speak.contains: expected "Good evening", got "You said: hello"'
    assert ">     0.8 s  caller  hello" in str(failure.text)
    names = {one.get("name"): one.get("value") for one in cases["welcome"].iter("property")}
    assert float(names["longest_silence_ms"] or "nan") > 0
    assert summary(project.pytest("--lf").out) == "1 failed"


def test_in_several_processes_each_has_a_bot_of_its_own(project: Project) -> None:
    for name in "abcd":
        project.write(f"calls/{name}.yaml", CALLS)
    project.write("calls/test_python.py", PYTHON)
    ran = project.pytest("-n", "2", "--dist", "each")
    assert (ran.code, summary(ran.out)) == (0, "22 passed"), ran.out
    assert len(set(project.starts)) == len(project.starts) == 2
    assert project.bot_is_gone


def test_a_tag_that_is_skip_skips(project: Project) -> None:
    project.write("calls/wrong.yaml", f"tags: [skip]\n{WRONG}")
    assert summary(project.pytest("calls/wrong.yaml").out) == "1 skipped"


def test_variables_and_time_limit_come_from_the_environment(project: Project) -> None:
    project.write("calls/wrong.yaml", "variables: {name: Eve}\nsteps: [{say: '${name}', expect: {speak: Anna Bell}}]")
    project.environ["AIFLOW_TEST_VAR"] = "'name=Anna Bell'"
    assert summary(project.pytest("calls/wrong.yaml").out) == "1 passed"
