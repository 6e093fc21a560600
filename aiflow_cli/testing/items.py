"""Call files as pytest's collectors and items."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aiflow_cli.errors import AiflowError
from aiflow_cli.pytest_plugin import project_of
from aiflow_cli.session.script import CallFileError, parse
from aiflow_cli.session.steps import Script
from aiflow_cli.testing.caller import AiflowCall
from aiflow_cli.testing.player import CallFailed, play_and_judge
from aiflow_cli.testing.story import MARK
from aiflow_cli.testing.subject import Subject, world_of

_MARK = re.compile(r"[A-Za-z0-9][\w.+-]*")
_TAGS: pytest.StashKey[set[str]] = pytest.StashKey()
_SUBJECTS: pytest.StashKey[dict[Path, Subject]] = pytest.StashKey()


def call_file(path: Path, parent: pytest.Collector, root: Path) -> CallFile | None:
    """The collector for a YAML file below a project, if it is a call file.

    Raises:
        Collector.CollectError: aiflow.toml, .env or a variable is wrong.
    """
    if parent.session.isinitpath(path):
        return CallFile.from_parent(parent, path=path)
    try:
        folders = [root / name for name in subject_of(parent.config, root).world.settings.words("calls.paths")]
    except AiflowError as error:
        raise parent.CollectError(told(error)) from None
    if any(path.is_relative_to(folder) for folder in folders):
        return CallFile.from_parent(parent, path=path)
    return None


def subject_of(config: pytest.Config, root: Path) -> Subject:
    """The bot of a project, one for the whole run."""
    subjects = config.stash.setdefault(_SUBJECTS, {})
    if root not in subjects:
        # Under pytest-xdist each worker is a process: the bot that it starts must not meet that of another one.
        subjects[root] = Subject(world_of(root), own_port="PYTEST_XDIST_WORKER" in os.environ)
        config.add_cleanup(subjects[root].close)
    return subjects[root]


def told(error: AiflowError) -> str:
    """An error of ours, for people."""
    return f"{error.message}\nhint: {error.hint}" if error.hint else error.message


class CallFile(pytest.File):
    """A call file: one item a call."""

    def collect(self) -> Iterable[CallItem]:
        root = project_of(self.path.parent)
        assert root is not None, "only files of a project come here"
        try:
            subject = subject_of(self.config, root)
            scripts = parse(self.path.read_bytes(), self.shown, variables=subject.options.variables)
        except CallFileError as error:
            raise self.CollectError(f"{error.message}\nhint: {error.hint}") from None
        except AiflowError as error:
            raise self.CollectError(told(error)) from None
        except OSError as error:
            raise self.CollectError(f"{self.shown} cannot be read: {error.strerror}") from None
        for script in scripts:
            yield CallItem.from_parent(self, name=script.name, script=script, subject=subject)

    @property
    def shown(self) -> str:
        """Its path as pytest shows it."""
        return self.nodeid or str(self.path)


class CallItem(pytest.Item):
    """One call."""

    def __init__(self, *, script: Script, subject: Subject, name: str, parent: CallFile) -> None:
        super().__init__(name, parent)
        self.script = script
        self._subject = subject
        for tag in script.tags:
            self._mark(tag)

    def _mark(self, tag: str) -> None:
        """A tag is a mark of that name, where it can be one, and a keyword: ``-m smoke``, ``-k smoke``."""
        if not _MARK.fullmatch(tag):
            self.extra_keyword_matches.add(tag)
            return
        known = self.config.stash.setdefault(_TAGS, set())
        if tag not in known:
            # --strict-markers is about typing errors in Python code.
            self.config.addinivalue_line("markers", f"{tag}: tag of a call file")
            known.add(tag)
        self.add_marker(tag)

    def setup(self) -> None:
        ready(self._subject)

    def runtest(self) -> None:
        written = self._subject.written
        try:
            felt = play_and_judge(self.script, self._subject, file=self.script.file)
        except CallFailed:
            add_output(self, self._subject, written)
            raise
        if felt is not None:
            self.user_properties.append(("longest_silence_ms", round(felt, 1)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, CallFailed):
            return Failure(excinfo.value, Place(str(self.path), self.script.line or 1, excinfo.value.summary))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.script.line
        return self.path, None if line is None else line - 1, self.name


@dataclass(frozen=True, slots=True)
class Place:
    """Where and why a call failed, as pytest's one-line summary and JUnit reports ask for it."""

    path: str
    lineno: int
    message: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call as pytest shows it. (Shaped like pytest's own ``TerminalRepr``, which is private.)"""

    failed: CallFailed
    reprcrash: Place

    def toterminal(self, tw: Any) -> None:
        for line in str(self).splitlines():
            tw.line(line, red=line.startswith("E"), bold=line.startswith(("E", MARK)))

    def __str__(self) -> str:
        return str(self.failed)


def ready(subject: Subject) -> None:
    """The bot answers; a test that cannot have that is in error, without our traceback."""
    if error := subject.trouble():
        pytest.fail(subject.redactor.text(told(error)), pytrace=False)


def add_output(node: pytest.Item, subject: Subject, since: int) -> None:
    """Show beside a failure what the bot wrote meanwhile."""
    if text := subject.output(since):
        node.add_report_section("call", "output of the bot", text)


def calling(request: pytest.FixtureRequest) -> Iterator[AiflowCall]:
    """The fixture ``aiflow_call``."""
    root = project_of(request.path.parent)
    if root is None:
        pytest.fail("aiflow_call is for tests below a folder with an aiflow.toml; `aiflow init --bare` writes one")
    subject = _subject_or_failure(request.config, root)
    ready(subject)
    written = subject.written
    call = AiflowCall(subject, on_failure=lambda: add_output(request.node, subject, written))
    yield call
    call.finish()


def _subject_or_failure(config: pytest.Config, root: Path) -> Subject:
    try:
        return subject_of(config, root)
    except AiflowError as error:
        failure = pytest.fail.Exception(told(error), pytrace=False)
    raise failure
