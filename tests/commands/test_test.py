"""``aiflow test`` as a process, in projects whose bot is a process, too."""

from __future__ import annotations

import signal
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store

from ..support.cli import Cli
from ..support.project import Project, Ran, wait_until

CALLS = """
calls:
  - name: welcome
    tags: [smoke]
    greeting: {speak: Welcome}
    steps:
      - say: hello
        expect: {speak: {equals: "You said: hello"}}
  - name: goodbye
    steps:
      - say: bye
        expect: {hangup: true}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project")
    project.write("calls/good.yaml", CALLS)
    return project


def summary(ran: Ran) -> str:
    return ran.out.strip().splitlines()[-1].strip("= ").partition(" in ")[0]


def test_the_bot_is_started_tested_and_ended(project: Project) -> None:
    ran = project.aiflow("test")
    assert (ran.code, summary(ran)) == (0, "2 passed"), ran
    assert ran.err == f"starting the bot: {sys.executable} bot.py\n"
    assert project.starts == [str(project.port)]
    assert project.bot_is_gone
    assert not (project.folder / ".aiflow/aiflow.db").exists(), "exchanges are kept only when asked for"


def test_a_changed_greeting_fails_readably_and_in_the_report(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", dotenv="GREETING=Good evening!\n")
    project.write("calls/good.yaml", CALLS)
    ran = project.aiflow("test", "--junitxml", "report.xml", "-v")
    assert (ran.code, summary(ran)) == (1, "1 failed, 1 passed"), ran
    assert "calls/good.yaml::goodbye PASSED" in ran.out
    lines = ran.out.splitlines()
    at = lines.index('speak.contains: expected "Welcome", got "Good evening!"')
    assert lines[at + 2].startswith(">     0.0 s  bot     Good evening!")
    assert lines[at + 3 : at + 6] == [
        "E   calls/good.yaml:5: speak.contains",
        'E     expected  "Welcome"',
        'E     got       "Good evening!"',
    ]
    assert lines[at + 6].startswith("      1.2 s  caller  hello")
    (suite,) = ET.parse(project.folder / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_a_bot_that_is_running_is_tested_and_left_alone(project: Project) -> None:
    with project.running_bot() as bot:
        ran = project.aiflow("test")
        assert (ran.code, bot.poll()) == (0, None), ran
    assert ran.err == f"testing the bot at {project.url}\n"
    assert len(project.starts) == 1


def test_options_of_other_runs_do_not_count(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = --no-such-option\ncache_dir = elsewhere\n")
    project.environ["PYTEST_ADDOPTS"] = "--nor-this-one"
    project.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    ran = project.aiflow("test")
    assert (ran.code, summary(ran)) == (0, "2 passed"), ran
    assert not (project.folder / "elsewhere").exists() and not (project.folder / ".pytest_cache").exists()


def test_a_module_of_the_project_is_not_taken_for_one_of_ours(project: Project) -> None:
    project.write("yaml.py", "raise SystemExit('wrong module')")
    project.write("pytest.py", "raise SystemExit('wrong module')")
    assert project.aiflow("test").code == 0


def test_choosing(project: Project) -> None:
    project.write("more/one.yaml", "steps: [{say: one, expect: {speak: two}}]")
    assert summary(project.aiflow("test", "--tag", "smoke", "--tag", "none")) == "1 passed, 1 deselected"
    assert summary(project.aiflow("test", "-k", "goodbye")) == "1 passed, 1 deselected"
    assert summary(project.aiflow("test", "calls/good.yaml::goodbye")) == "1 passed"
    assert summary(project.aiflow("test", "more")) == "1 failed"
    assert summary(project.aiflow("test", "more", "calls", "-x")) == "1 failed"
    assert summary(project.aiflow("test", "more", "calls", "--lf")) == "1 failed"


def test_several_processes_share_the_bot(project: Project) -> None:
    ran = project.aiflow("test", "-n", "2")
    assert (ran.code, summary(ran)) == (0, "2 passed"), ran
    assert project.starts == [str(project.port)]
    assert project.bot_is_gone


def test_variables_win_over_those_of_the_file(project: Project) -> None:
    project.write("calls/good.yaml", "variables: {name: Eve}\nsteps: [{say: '${name}', expect: {speak: Anna B}}]")
    assert project.aiflow("test", "--var", "name=Anna B").code == 0


def test_exchanges_are_kept_when_asked_for(project: Project) -> None:
    assert project.aiflow("test", "--record", "-k", "welcome").code == 0
    with Store(project.folder / ".aiflow/aiflow.db") as store:
        kept = store.last(Query(), 100)
    assert [exchange.source for exchange in kept] == ["test"] * len(kept)
    assert {exchange.type for exchange in kept} >= {"session_start", "user_speak", "session_end"}


# -- what can go wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nowhere.yaml",), 2, "there is no nowhere.yaml in"),
        (("-k", "nothing"), 2, "there is no conversation test that matches -k 'nothing'"),
        (("--var", "name"), 2, "--var name is not NAME=VALUE"),
        (("calls/good.yaml::no",), 2, "pytest refused to run"),
    ],
)
def test_what_is_asked_for_is_not_there(project: Project, arguments: tuple[str, ...], code: int, told: str) -> None:
    ran = project.aiflow("test", *arguments)
    assert ran.code == code, ran
    assert told in ran.err and "hint: " in ran.err


def test_a_call_file_that_is_wrong(project: Project) -> None:
    project.write("calls/bad.yaml", "steps: [{say: hello, expct: {}}]")
    ran = project.aiflow("test")
    assert ran.code == 3, ran
    assert "calls/bad.yaml:1: steps[0].expct: " in ran.out
    assert project.bot_is_gone


def test_no_conversation_tests(project: Project) -> None:
    (project.folder / "calls/good.yaml").unlink()
    (project.folder / "calls").rmdir()
    ran = project.aiflow("test")
    assert (ran.code, project.starts) == (3, []), ran
    assert "calls does not exist" in ran.err and "write a call file" in ran.err


def test_outside_a_project(cli: Cli) -> None:
    result = cli("test")
    assert result.code == 3
    assert "there is no aiflow.toml in" in result.err and "aiflow init --bare" in result.err


def test_a_bot_that_does_not_start(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", command=[sys.executable, "-c", "import no_such_module"])
    project.write("calls/good.yaml", CALLS)
    ran = project.aiflow("test")
    assert (ran.code, ran.out) == (5, ""), ran
    assert "error: the bot ended with exit code 1 before it answered: " in ran.err
    assert "No module named 'no_such_module'" in ran.err


def test_a_bot_that_nobody_can_start(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", command=[])
    project.write("calls/good.yaml", CALLS)
    ran = project.aiflow("test")
    assert ran.code == 5, ran
    assert "no [app] command" in ran.err and "starting" not in ran.err


def test_a_bot_that_dies_in_mid_call_fails_that_call(project: Project) -> None:
    project.write("calls/good.yaml", "steps: [{say: die, expect: {speak: no}}]")
    ran = project.aiflow("test")
    assert (ran.code, summary(ran)) == (1, "1 failed"), ran
    assert "connection-error" in ran.out


@pytest.mark.parametrize(("missing", "arguments"), [("pytest", []), ("xdist", ["-n", "2"])])
def test_what_has_to_be_installed_is_named(project: Project, missing: str, arguments: list[str]) -> None:
    script = (
        f"import sys; sys.modules['{missing}'] = None; from aiflow_cli.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    ran = project.run(sys.executable, "-c", script, "test", *arguments)
    assert ran.code == 3, ran
    cure = {"pytest": "pip install 'aiflow-cli[test]'", "xdist": "pip install pytest-xdist"}
    assert cure[missing] in ran.err
    assert project.starts == []


# -- interrupted ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_whatever_ends_it_the_bot_ends_too(project: Project, number: signal.Signals, code: int) -> None:
    project.write(
        "calls/test_waits.py",
        """
        import time
        from pathlib import Path

        def test_waits(aiflow_call):
            aiflow_call.expect_speak("Welcome")
            Path("waiting").touch()
            time.sleep(60)
        """,
    )
    with project.start(sys.executable, "-m", "aiflow_cli", "test", "calls/test_waits.py") as process:
        assert wait_until((project.folder / "waiting").exists)
        process.send_signal(number)
        # To the end of the streams: pytest, which holds them too, is gone.
        out, err = process.communicate(timeout=30)
    assert process.returncode == code, (out, err)
    assert project.bot_is_gone
    assert "Traceback" not in err


def test_nobody_who_reads_is_no_error(project: Project) -> None:
    for number in range(60):
        project.write(f"calls/{number}.yaml", CALLS)
    command = f"{sys.executable} -m aiflow_cli test -v; echo code $? >&2"
    ran = project.run("bash", "-c", f"({command}) | head -1")
    assert ran.err.splitlines()[-1] == "code 0", ran
    assert "Traceback" not in ran.err
