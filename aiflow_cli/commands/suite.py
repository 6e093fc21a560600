"""Runs conversation tests for commands: the bot first, then a pytest of our own, then the exit code."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from aiflow_cli.config.files import Project
from aiflow_cli.config.webhook import check_url
from aiflow_cli.console import OutputClosed
from aiflow_cli.context import World
from aiflow_cli.errors import AiflowError, CheckFailed, ConfigError, UsageError
from aiflow_cli.guardian import guardian
from aiflow_cli.loopback import is_loopback
from aiflow_cli.testing.bot import answers, launch, running
from aiflow_cli.testing.options import Options

LAST_WORDS_SECONDS = 10
"""How long pytest may take to end after a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which calls are run, and how they are reported; as the options of ``aiflow test``."""

    paths: Sequence[str] = ()
    keyword: str | None = None
    tags: Sequence[str] = ()
    exit_first: bool = False
    last_failed: bool = False
    workers: str | None = None
    junitxml: str | None = None
    verbose: bool = False


def run_suite(world: World, selection: Selection, options: Options, *, as_talk: bool = False) -> None:
    """Run conversation tests. What they find is on stdout when this returns or raises.

    Args:
        as_talk: on stderr instead, where stdout has other data.

    Raises:
        CheckFailed: a call did not go as expected.
        UsageError, ConfigError: nothing to run, or it cannot be run.
        WebhookError: the bot cannot be started.
    """
    _check_installed(selection)
    project = world.project
    if project is None:
        raise ConfigError(
            f"there is no aiflow.toml in {world.cwd} or above it",
            hint="run this in the folder of your project; for a bot that has none: aiflow init --bare",
        )
    paths = _paths(world, project, selection)
    with _bot(world, options) as log:
        # With several processes, what the bot writes cannot be told apart by call.
        options = replace(options, bot_log=None if selection.workers else log)
        environ = _environ(world, paths if selection.paths else (), options)
        code = _run([*_command(project, selection), *paths], environ, world.cwd, output=2 if as_talk else 1)
    if _nobody_reads():
        raise OutputClosed
    _conclude(code, selection)


def _check_installed(selection: Selection) -> None:
    if find_spec("pytest") is None:
        raise ConfigError("aiflow test needs pytest", hint="pip install 'aiflow-cli[test]'")
    if selection.workers and find_spec("xdist") is None:
        raise ConfigError("-n needs pytest-xdist", hint="pip install pytest-xdist")


def _paths(world: World, project: Project, selection: Selection) -> list[str]:
    """What is run, as absolute paths; the part behind ``::`` is kept."""
    if not selection.paths:
        folders = [project.root / name for name in world.settings.words("calls.paths")]
        if missing := [str(folder) for folder in folders if not folder.exists()]:
            raise ConfigError(
                f"there are no conversation tests: {', '.join(missing)} does not exist",
                hint="write a call file, as calls/hello.yaml: see docs/testing.md; or set [calls] paths in aiflow.toml",
            )
        return [str(folder) for folder in folders]
    found = []
    for given in selection.paths:
        name, mark, call = given.partition("::")
        path = world.cwd / name
        if not path.exists():
            raise UsageError(f"there is no {name} in {world.cwd}", hint="name a call file, a folder, or FILE::CALL")
        found.append(f"{path}{mark}{call}")
    return found


@contextmanager
def _bot(world: World, options: Options) -> Iterator[str | None]:
    """The bot, running; gives the file that takes its output, where it is started here."""
    url = check_url(world.settings["webhook.url"])
    if not is_loopback(url) or answers(url, world.settings["app.health"]):
        world.console.say(f"testing the bot at {url}")
        yield None
        return
    start = launch(world, url, patience=options.patience)
    if start.command:
        world.console.say(f"starting the bot: {shlex.join(start.command)}")
    with running(start, world.clock) as bot:
        yield str(bot.log)


def _environ(world: World, paths: Sequence[str], options: Options) -> dict[str, str]:
    """For our pytest: without the options of other runs, and with what the plugin has to know."""
    environ = {name: value for name, value in world.environ.items() if name != "PYTEST_ADDOPTS"}
    if paths:
        environ["AIFLOW_CALLS_PATHS"] = shlex.join(path.partition("::")[0] for path in paths)
    return {**environ, **options.to_environ()}


def _command(project: Project, selection: Selection) -> list[str]:
    # -P: a file of the project must not be taken for a module that pytest imports.
    command = [sys.executable, "-P", "-m", "pytest", "-p", "aiflow", "--no-header", f"--rootdir={project.root}"]
    command += ["--override-ini=addopts=", f"--override-ini=cache_dir={project.root / '.aiflow' / 'pytest'}"]
    given: Mapping[str, str | None] = {
        "-k": selection.keyword,
        "-m": " or ".join(selection.tags),
        "-n": selection.workers,
        "--junitxml": selection.junitxml,
    }
    for option, value in given.items():
        command += [option, value] if value else []
    flags = {"-x": selection.exit_first, "--last-failed": selection.last_failed, "-v": selection.verbose}
    return command + [flag for flag, is_set in flags.items() if is_set]


def _run(command: Sequence[str], environ: Mapping[str, str], cwd: Path, *, output: int) -> int:
    """Run pytest to its end. It has a process group of its own, so that it hears of Ctrl-C once: from us."""
    with guardian() as tell:
        process = subprocess.Popen(
            command, env=dict(environ), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, process_group=0
        )
        tell(-process.pid)
        try:
            return process.wait()
        except BaseException as interruption:
            _end(process, signal.SIGINT if isinstance(interruption, KeyboardInterrupt) else signal.SIGTERM)
            raise


def _nobody_reads() -> bool:
    """The reader of our output is gone (``aiflow test | head``); pytest has noticed, and stopped."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(1, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
    try:
        process.wait(LAST_WORDS_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _conclude(code: int, selection: Selection) -> None:
    """pytest's exit code as ours (design: "Exit codes"); what happened was printed already."""
    match code:
        case 0:
            return
        case 1:
            raise CheckFailed
        case 2:
            raise ConfigError("the tests above cannot be read", hint="the messages name file, line and key")
        case 4:
            raise UsageError("pytest refused to run: see above", hint="see `aiflow test --help`")
        case 5:
            raise UsageError(f"there is no conversation test{_narrowed(selection)}", hint="see `aiflow test --help`")
    raise AiflowError(f"pytest ended with exit code {code}", hint="what it wrote above says why")


def _narrowed(selection: Selection) -> str:
    given = [f"-k {selection.keyword!r}" if selection.keyword else "", *(f"--tag {tag}" for tag in selection.tags)]
    chosen = " ".join(filter(None, given))
    return f" that matches {chosen}" if chosen else ""
