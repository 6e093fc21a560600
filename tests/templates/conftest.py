"""Real bots for the template tests: scaffolded and started once per session, stopped at its end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from .bots import SECRET, TRANSFER_NUMBER, Project, RunningBot, scaffold

Projects = Callable[[str], Project]
Bots = Callable[[str, bool], RunningBot]


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """The scaffolded project of a template, built where its language has a compiler."""

    @cache
    def project(template: str) -> Project:
        return scaffold(template, tmp_path_factory.mktemp(template)).build()

    return project


@pytest.fixture(scope="session")
def bots(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """The running bot of a template: `guarded` has a secret and a number to transfer to."""
    settings = {True: {"AIFLOW_SECRET": SECRET, "TRANSFER_NUMBER": TRANSFER_NUMBER}, False: {}}
    logs: Path = tmp_path_factory.mktemp("logs")
    running: list[RunningBot] = []
    with ExitStack() as stack:

        @cache
        def bot(template: str, guarded: bool) -> RunningBot:
            log = logs / f"{template}-{guarded}"
            running.append(stack.enter_context(projects(template).running(settings[guarded], log=log)))
            return running[-1]

        yield bot
        assert [bot.stop() for bot in running] == [0] * len(running)
