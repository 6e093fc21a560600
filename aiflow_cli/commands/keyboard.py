"""Lines of stdin as steps of a call: typed at a terminal, or from a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiflow_cli.console import Console
from aiflow_cli.errors import UsageError

if TYPE_CHECKING:
    from aiflow_cli.session.steps import Step


class Terminal:
    """A person at the terminal, as the simulator's keyboard."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step: Step | None = None

    def wait(self, seconds: float) -> bool:
        """Wait up to so long for a line that is a step."""
        if self._step is None:
            try:
                line = self._console.typed(seconds)
            except EOFError:
                line = "/hangup"
            self._step = _typed_step(self._console, line) if line else None
        return self._step is not None

    def take(self) -> Step | None:
        step, self._step = self._step, None
        return step


def _typed_step(console: Console, line: str) -> Step | None:
    """The step of a line; a mistake or /help is answered on stderr, and the call goes on."""
    from aiflow_cli.simulator.typed import HELP, read_line

    if line.strip() == "/help":
        console.say(HELP)
        return None
    try:
        return read_line(line)
    except UsageError as error:
        console.say(f"{error.message}; {error.hint}")
        return None


def piped_steps(console: Console) -> Iterator[Step]:
    """Lines of stdin as steps, each read when the caller is about to need it."""
    while True:
        try:
            line = console.read_line()
        except EOFError:
            return
        if step := _typed_step(console, line):
            yield step
