"""``aiflow init`` as a user types it, in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ..support.bot import Response, running_bot

AIFLOW = [sys.executable, "-m", "aiflow_cli"]
FLASK_FILES = {
    ".dockerignore",
    ".env",
    ".env.example",
    ".gitignore",
    "AGENTS.md",
    "Dockerfile",
    "README.md",
    "aiflow.toml",
    "app.py",
    "bot.py",
    "calls/basics.yaml",
    "pytest.ini",
    "requirements-dev.txt",
    "requirements.txt",
    "tests/test_bot.py",
    "tests/test_webhook.py",
    "webhook.py",
}


def environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIFLOW_")}
    return kept | {"NO_COLOR": "1"}


def init(cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [*AIFLOW, "init", *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env=environ() | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def init_on_terminal(cwd: Path, *arguments: str, typed: str) -> tuple[int, str, str]:
    """Run with a terminal on stdin and stderr; returns exit code, stdout and what the terminal showed."""
    terminal, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [*AIFLOW, "init", *arguments], cwd=cwd, env=environ(), stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
        )
        os.close(theirs)
        os.write(terminal, typed.encode())
        output, _ = process.communicate(timeout=60)
        return process.returncode, output.decode(), _read_all(terminal)
    finally:
        os.close(terminal)


def _read_all(terminal: int) -> str:
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # EIO: how Linux says that the other side of a terminal is closed
        pass
    return shown.decode()


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def actions(output: str) -> dict[str, str]:
    """Path -> action of a printed plan."""
    return {line.split()[1]: line.split()[0] for line in output.splitlines()}


def test_makes_a_project_and_says_what_next(tmp_path: Path) -> None:
    made = init(tmp_path, "my-bot", "--template", "flask")
    assert made.returncode == 0
    assert actions(made.stdout) == {f"my-bot/{path}": "create" for path in FLASK_FILES}
    assert files_in(tmp_path / "my-bot") == FLASK_FILES
    for step in ("cd my-bot", "set -a; . ./.env; set +a; python app.py", "aiflow send-event user_speak --text hello"):
        assert f"  {step}\n" in made.stderr


def test_the_secret_is_private_fresh_and_not_shown(tmp_path: Path) -> None:
    secrets = set()
    for name in ("one", "two"):
        made = init(tmp_path, name, "-t", "flask")
        env = tmp_path / name / ".env"
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        secret = env.read_text().partition("AIFLOW_SECRET=")[2].splitlines()[0]
        assert len(secret) >= 40
        assert secret not in made.stdout + made.stderr
        secrets.add(secret)
    assert len(secrets) == 2


def test_a_dry_run_prints_the_plan_of_the_real_run_and_writes_nothing(tmp_path: Path) -> None:
    planned = init(tmp_path, "my-bot", "-t", "flask", "--dry-run")
    assert (planned.returncode, list(tmp_path.iterdir())) == (0, [])
    assert planned.stdout == init(tmp_path, "my-bot", "-t", "flask").stdout


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    init(tmp_path, "my-bot", "-t", "flask")
    before = {path: path.read_bytes() for path in (tmp_path / "my-bot").rglob("*") if path.is_file()}
    again = init(tmp_path, "my-bot", "-t", "flask", "--force")
    assert again.returncode == 0
    assert set(actions(again.stdout).values()) == {"identical", "skip"}
    assert actions(again.stdout)["my-bot/.env"] == "skip"
    assert before == {path: path.read_bytes() for path in (tmp_path / "my-bot").rglob("*") if path.is_file()}


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_a_conflict_is_shown_and_nothing_is_written(tmp_path: Path, dry_run: tuple[str, ...]) -> None:
    (tmp_path / "bot.py").write_text("mine")
    refused = init(tmp_path, ".", "-t", "flask", "--name", "my-bot", *dry_run)
    assert refused.returncode == 2
    assert actions(refused.stdout) == {path: "create" for path in FLASK_FILES} | {"bot.py": "conflict"}
    assert "these exist and differ: bot.py\n" in refused.stderr
    assert "hint: --force overwrites them" in refused.stderr
    assert files_in(tmp_path) == {"bot.py"}


def test_force_overwrites_what_differs_but_never_a_secret(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("mine")
    (tmp_path / ".env").write_text("AIFLOW_SECRET=real\n")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / ".gitignore").write_text("*.log")
    made = init(tmp_path, ".", "-t", "flask", "--name", "my-bot", "--force")
    assert made.returncode == 0
    done = actions(made.stdout)
    assert (done["bot.py"], done[".env"], done[".gitignore"], done["app.py"]) == (
        "overwrite",
        "skip",
        "append",
        "create",
    )
    assert (tmp_path / ".env").read_text() == "AIFLOW_SECRET=real\n"
    assert (tmp_path / ".gitignore").read_text().startswith("*.log\n.env\n")
    assert ".env can be read by others on this machine" in made.stderr


def test_an_existing_env_without_a_secret_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\n")
    made = init(tmp_path, "--bare")
    assert made.returncode == 0
    assert ".env sets no AIFLOW_SECRET" in made.stderr


def test_force_does_not_remove_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "app.py").mkdir()
    refused = init(tmp_path, ".", "-t", "flask", "--name", "my-bot", "--force")
    assert refused.returncode == 2
    assert "conflict   app.py (is a folder)\n" in refused.stdout
    assert "hint: move these away: app.py (is a folder)" in refused.stderr
    assert files_in(tmp_path) == set()


def test_bare_writes_what_aiflow_needs_for_a_bot_that_exists(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    made = init(tmp_path, "--bare", "--url", "http://127.0.0.1:8080/hook")
    assert made.returncode == 0
    assert actions(made.stdout) == {".env": "create", ".gitignore": "append", "aiflow.toml": "create"}
    assert 'url = "http://127.0.0.1:8080/hook"' in (tmp_path / "aiflow.toml").read_text()
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n.env\n.aiflow/\n"


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (("bot",), "--template is missing, and there is no terminal to ask on", "add --template"),
        (("-t", "flask"), "DIR is missing, and there is no terminal to ask on", "add DIR"),
        (("bot", "-t", "flaks"), "there is no template flaks", "did you mean --template flask?"),
        (("bot", "-t", "xyz"), "there is no template xyz", "the templates are flask, express, go, sinatra"),
        (("My Bot", "-t", "flask"), "'My Bot' is not a project name", "for example --name my-bot"),
        (("express", "-t", "express"), "cannot be called express", "for example --name express-bot"),
        (("--bare", "-t", "flask"), "--bare writes no template", "leave --template or --bare out"),
        (("bot", "-t", "flask", "--url", "http://x/"), "--url is for --bare", "aiflow.toml"),
        (("--bare", "--url", "localhost:3000"), "localhost:3000 is not a webhook URL", "http://localhost:3000"),
    ],
)
def test_a_wrong_command_line_says_what_to_do_and_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], error: str, hint: str
) -> None:
    refused = init(tmp_path, *arguments)
    assert (refused.returncode, refused.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert error in refused.stderr.splitlines()[0]
    assert hint in refused.stderr.splitlines()[1]


def test_a_file_as_target_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("")
    refused = init(tmp_path, "bot", "-t", "flask")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "is a file, not a folder" in refused.stderr


def test_lists_the_templates(tmp_path: Path) -> None:
    listed = init(tmp_path, "--list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["flask", "express", "go", "sinatra"]
    entries = json.loads(init(tmp_path, "--list", "--json").stdout)
    assert [entry["name"] for entry in entries] == ["flask", "express", "go", "sinatra"]
    assert entries[0]["command"] == ["python", "app.py"]


def test_prints_the_plan_as_json(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / ".env").write_text("AIFLOW_SECRET=x\n")
    plan = json.loads(init(tmp_path, "bot", "-t", "flask", "--dry-run", "--json").stdout)
    assert plan["root"] == str(tmp_path / "bot")
    assert {"path": ".env", "action": "skip", "reason": "never overwritten"} in plan["files"]
    assert {"path": "app.py", "action": "create"} in plan["files"]


def test_asks_on_a_terminal_for_what_no_flag_gave(tmp_path: Path) -> None:
    code, output, shown = init_on_terminal(tmp_path, typed="cobol\nflask\n\n")
    assert code == 0
    assert shown.count("Template [flask/express/go/sinatra]: ") == 2
    assert "Folder of the project (my-bot): " in shown
    assert actions(output) == {f"my-bot/{path}": "create" for path in FLASK_FILES}


def test_asks_on_a_terminal_for_nothing_that_a_flag_gave(tmp_path: Path) -> None:
    code, _, shown = init_on_terminal(tmp_path, "bot", "-t", "flask", typed="")
    assert (code, "]: " in shown) == (0, False)


@pytest.mark.parametrize(
    ("typed", "code", "action", "content"),
    [("yes\n", 0, "overwrite", '"""What the bot says'), ("\n", 2, "conflict", "mine"), ("no\n", 2, "conflict", "mine")],
)
def test_asks_on_a_terminal_before_it_overwrites(
    tmp_path: Path, typed: str, code: int, action: str, content: str
) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "bot.py").write_text("mine")
    exit_code, output, shown = init_on_terminal(tmp_path, "bot", "-t", "flask", typed=typed)
    assert "Overwrite bot.py? [yes/no] (no): " in shown
    assert (exit_code, actions(output)["bot/bot.py"]) == (code, action)
    assert (tmp_path / "bot" / "bot.py").read_text().startswith(content)


# -- --verify ------------------------------------------------------------------------------------------


def test_verify_starts_the_project_and_runs_its_calls(tmp_path: Path) -> None:
    made = init(tmp_path, "my-bot", "--template", "flask", "--verify")
    assert made.returncode == 0, made.stderr
    assert actions(made.stdout) == {f"my-bot/{path}": "create" for path in FLASK_FILES}, "the plan alone is data"
    assert "calls/basics.yaml::greets and repeats PASSED" in made.stderr
    assert "4 passed" in made.stderr and "  cd my-bot\n" in made.stderr


def test_verify_does_not_ask_whoever_has_the_port(tmp_path: Path) -> None:
    with running_bot(lambda _: Response(500)) as other:
        environ = {"AIFLOW_WEBHOOK_URL": other.url}
        made = init(tmp_path, "my-bot", "--template", "flask", "--verify", **environ)
        assert (made.returncode, other.requests) == (0, []), made.stderr


@pytest.mark.runtime("express")
def test_verify_says_what_to_install(tmp_path: Path) -> None:
    made = init(tmp_path, "my-bot", "--template", "express", "--verify")
    assert made.returncode == 5
    assert "Cannot find package 'express'" in made.stderr
    assert f"cd {tmp_path / 'my-bot'} && npm install && aiflow test" in made.stderr
    assert (tmp_path / "my-bot" / "app.js").exists()


@pytest.mark.parametrize("other", ["--bare", "--dry-run"])
def test_verify_needs_a_bot(tmp_path: Path, other: str) -> None:
    template = [] if other == "--bare" else ["--template", "flask"]
    refused = init(tmp_path, "my-bot", *template, "--verify", other)
    assert (refused.returncode, list(tmp_path.iterdir())) == (2, [])
    assert f"--verify has no bot to start with {other}" in refused.stderr
