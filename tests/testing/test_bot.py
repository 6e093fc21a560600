"""The bot as a process: real ones, started and ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.errors import ConfigError, WebhookError
from aiflow_cli.testing.bot import Launch, answers, environment, on_port, running

from ..support.project import Project, wait_until


def launch(project: Project, *command: str, patience: float = 30.0) -> Launch:
    environ = environment({"PATH": "/usr/bin:/bin"}, {}, folder=project.folder, url=project.url)
    return Launch(command=command, folder=project.folder, environ=environ, url=project.url, patience=patience)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def test_a_bot_answers_while_it_runs_and_is_gone_afterwards(project: Project) -> None:
    with running(launch(project, sys.executable, "bot.py"), SystemClock()) as bot:
        assert answers(project.url)
        assert bot.process.poll() is None
    assert project.bot_is_gone
    assert not answers(project.url)
    assert project.starts == [str(project.port)]


def test_all_that_a_bot_has_started_ends_with_it(project: Project) -> None:
    """``go run`` and ``npm start`` are parents of the bot."""
    with running(launch(project, "sh", "-c", f"{sys.executable} bot.py; true"), SystemClock()):
        assert answers(project.url)
    assert project.bot_is_gone


def test_a_bot_that_ignores_sigterm_is_killed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiflow_cli.testing.bot.STOP_SECONDS", 0.2)
    script = "import signal, runpy; signal.signal(signal.SIGTERM, signal.SIG_IGN); runpy.run_path('bot.py')"
    with running(launch(project, sys.executable, "-c", script), SystemClock()):
        pass
    assert project.bot_is_gone


def test_a_bot_that_ends_at_once_is_told_with_its_last_words(project: Project) -> None:
    with (
        pytest.raises(WebhookError) as failed,
        running(launch(project, sys.executable, "-c", "import no_such_module"), SystemClock()),
    ):
        pass
    assert failed.value.message.startswith("the bot ended with exit code 1 before it answered: ")
    assert "ModuleNotFoundError: No module named 'no_such_module'" in failed.value.message
    assert "install what it needs" in str(failed.value.hint)


def test_a_bot_that_a_signal_ends_is_told_so(project: Project) -> None:
    with (
        pytest.raises(WebhookError, match="by signal 9"),
        running(launch(project, "sh", "-c", "kill -9 $$"), SystemClock()),
    ):
        pass


def test_a_bot_that_never_answers_is_given_up(project: Project) -> None:
    with (
        pytest.raises(WebhookError, match=r"within 0\.3 s nobody answers at") as failed,
        running(launch(project, "sh", "-c", "echo deaf; sleep 60", patience=0.3), SystemClock()),
    ):
        pass
    assert "  deaf" in failed.value.message
    assert "PORT" in str(failed.value.hint)


def test_a_command_that_is_not_there(project: Project) -> None:
    with (
        pytest.raises(ConfigError, match="no-such-program"),
        running(launch(project, "no-such-program"), SystemClock()),
    ):
        pass


def test_no_command_at_all(project: Project) -> None:
    with pytest.raises(WebhookError, match="no \\[app\\] command"), running(launch(project), SystemClock()):
        pass


def test_a_bot_has_its_own_settings_ours_before_them_and_its_port(tmp_path: Path) -> None:
    environ = environment(
        {"PATH": "/bin", "A": "ours"},
        {"A": "theirs", "B": "theirs", "PORT": "1"},
        folder=tmp_path,
        url="http://h:8080/",
    )
    assert (environ["A"], environ["B"], environ["PORT"]) == ("ours", "theirs", "8080")
    assert environ["PATH"].split(":") == ["/bin", str(Path(sys.executable).parent)]


def test_the_python_of_the_project_comes_first(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    path = environment({"PATH": "/bin"}, {}, folder=tmp_path, url="http://h/")["PATH"]
    assert path.split(":")[:2] == [str(tmp_path / ".venv/bin"), "/bin"]


@pytest.mark.parametrize(
    ("url", "port"), [("http://h/", "80"), ("https://h/", "443"), ("ws://h/x", "80"), ("wss://h:9/", "9")]
)
def test_the_port_of_a_url(tmp_path: Path, url: str, port: str) -> None:
    assert environment({}, {}, folder=tmp_path, url=url)["PORT"] == port


@pytest.mark.parametrize(
    ("url", "moved"),
    [
        ("http://127.0.0.1:3000/webhook?a=1", "http://127.0.0.1:9/webhook?a=1"),
        ("ws://localhost/x", "ws://localhost:9/x"),
        ("http://[::1]:3/", "http://[::1]:9/"),
    ],
)
def test_a_url_moves_to_another_port(url: str, moved: str) -> None:
    assert on_port(url, 9) == moved


def test_a_killed_test_run_leaves_no_bot(project: Project) -> None:
    project.write("calls/slow.yaml", "steps: [{say: hello}]")
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from aiflow_cli.testing.subject import Subject, world_of\n"
        "subject = Subject(world_of(Path.cwd()))\n"
        "assert subject.url\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    with project.start(sys.executable, "-c", script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert answers(project.url)
        process.kill()
        process.communicate()
    assert project.bot_is_gone
    assert wait_until(lambda: not answers(project.url))
