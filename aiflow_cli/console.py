"""The terminal as one object: data to stdout, talk to stderr, colour and questions only on a TTY."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from aiflow_cli.errors import ConfigError, UsageError

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


class OutputClosed(Exception):
    """Nobody reads our data any more (``aiflow logs | head -1``). Ends the command quietly."""


class Console:
    """Where a command writes and asks.

    Args:
        stdin, stdout, stderr: the streams; None where the process was started without one.
        environ: read for NO_COLOR, FORCE_COLOR and TERM.
    """

    def __init__(
        self, stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None, environ: Mapping[str, str]
    ) -> None:
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr
        self._environ = environ
        self._typed = b""

    @classmethod
    def from_process(cls, environ: Mapping[str, str]) -> Console:
        return cls(sys.stdin, sys.stdout, sys.stderr, environ)

    # -- writing -------------------------------------------------------------------------------------

    def out(self, text: str = "") -> None:
        """Write data: one line (or several) to stdout, at once.

        Raises:
            OutputClosed: the reader is gone.
            ConfigError: it cannot be written, for example to a full disk.
        """
        try:
            _write(self._stdout, text)
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise ConfigError(f"the output cannot be written: {error.strerror}", hint="check the disk") from None

    def json(self, value: Any) -> None:
        """Write one JSON value as one line of data."""
        self.out(json.dumps(value, ensure_ascii=False))

    def say(self, text: str = "") -> None:
        """Talk: progress, hints and errors, to stderr."""
        try:
            _write(self._stderr, text)
        except OSError:
            # Nobody listens to the talk; the data may still be wanted.
            self._stderr = None

    def style(self, text: str, *styles: str) -> str:
        """Text in colour for stdout, where stdout shows it."""
        return paint(text, *styles) if self.is_colored else text

    def style_talk(self, text: str, *styles: str) -> str:
        """Text in colour for stderr, where stderr shows it."""
        return paint(text, *styles) if self._colored(self._stderr) else text

    # -- what is on the other side -------------------------------------------------------------------

    @property
    def is_terminal(self) -> bool:
        """stdout is a TTY."""
        return _is_tty(self._stdout)

    @property
    def is_colored(self) -> bool:
        """stdout shows colour: a TTY, and NO_COLOR is not set."""
        return self._colored(self._stdout)

    @property
    def is_interactive(self) -> bool:
        """A person can be asked: stdin and stderr are TTYs."""
        return _is_tty(self._stdin) and _is_tty(self._stderr)

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none."""
        import shutil

        return shutil.get_terminal_size().columns if self.is_terminal else 80

    def _colored(self, stream: TextIO | None) -> bool:
        if self._environ.get("NO_COLOR") or self._environ.get("TERM") == "dumb":
            return False
        return _is_tty(stream)

    # -- reading -------------------------------------------------------------------------------------

    def ask(self, question: str, *, flag: str, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """Ask on stderr, read from stdin, until the answer is one of ``choices`` (where given).

        Raises:
            UsageError: nobody can be asked; the message names the flag.
        """
        if not self.is_interactive:
            raise UsageError(f"{flag} is missing, and there is no terminal to ask on", hint=f"add {flag}")
        shown = f" [{'/'.join(choices)}]" if choices else ""
        preset = f" ({default})" if default else ""
        while True:
            answer = self.read_line(f"{question}{shown}{preset}: ") or default or ""
            if answer and (not choices or answer in choices):
                return answer
            self.say(f"please answer with one of: {', '.join(choices)}" if choices else "please type an answer")

    def read_line(self, prompt: str = "") -> str:
        """One line of stdin without its newline.

        Raises:
            EOFError: stdin is at its end.
        """
        if self._stdin is None:
            raise EOFError
        if prompt and self._stderr is not None:
            self._stderr.write(prompt)
            self._stderr.flush()
        line = self._stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n").strip()

    def typed(self, seconds: float) -> str | None:
        """A line that is typed within so many seconds, without its newline; None if none is.

        Raises:
            EOFError: stdin is at its end.
        """
        import select

        if self._stdin is None:
            raise EOFError
        while b"\n" not in self._typed:
            ready, _, _ = select.select([self._stdin], [], [], max(seconds, 0))
            if not ready:
                return None
            # Past Python's own buffer, which would hide lines from select.
            read = os.read(self._stdin.fileno(), 4096)
            if not read:
                raise EOFError
            self._typed += read
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip()

    def read_all(self) -> str | bytes:
        """All of stdin, as it is: whoever parses it says what is wrong with it."""
        if isinstance(self._stdin, io.TextIOWrapper):
            content: bytes = self._stdin.buffer.read()
            return content
        return self._stdin.read() if self._stdin is not None else ""


def paint(text: str, *styles: str) -> str:
    """Text between ANSI codes."""
    return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m" if styles else text


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    line = text + "\n"
    try:
        stream.write(line)
    except UnicodeEncodeError:
        stream.write("".join(_escaped(character, stream.encoding or "ascii") for character in line))
    stream.flush()


def _escaped(character: str, encoding: str) -> str:
    """A character that the terminal lacks as JSON writes it, so that ``--json`` stays JSON in any locale."""
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(character)[1:-1]
    return character


def _is_tty(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
