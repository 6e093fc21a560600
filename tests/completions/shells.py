"""Real shells at a pseudo-terminal: what is typed is typed, TAB is pressed, and what the command then gets is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from pathlib import Path

from scripts.generate import ROOT

SCRIPTS = ROOT / "completions"
_SECONDS = 30

_RC = {
    "bash": """
PS1='ready> '
bind 'set bell-style none' 'set show-all-if-ambiguous off' 'set enable-bracketed-paste off' 2>/dev/null
source {scripts}/aiflow.bash
aiflow() {{ printf 'GOT'; printf '<%s>' "$@"; echo; }}
""",
    "zsh": """
PS1='ready> '
unsetopt BEEP PROMPT_SP AUTO_REMOVE_SLASH
fpath=({scripts} $fpath)
autoload -Uz compinit && compinit -u -D
aiflow() {{ printf 'GOT'; printf '<%s>' "$@"; echo; }}
""",
    "fish": """
function fish_prompt; printf 'ready> '; end
function fish_greeting; end
set -g fish_autosuggestion_enabled 0
source {scripts}/aiflow.fish
function aiflow; printf 'GOT'; printf '<%s>' $argv; echo; end
""",
}


class Shell:
    """One interactive shell.

    Args:
        name: bash, zsh or fish.
        home: an empty folder; the shell works in ``home/work``.
    """

    def __init__(self, name: str, home: Path) -> None:
        self.work = home / "work"
        self.work.mkdir()
        self.called = home / "called"
        script = home / "rc"
        script.write_text(_RC[name].format(scripts=SCRIPTS))
        (home / ".zshrc").write_text(_RC["zsh"].format(scripts=SCRIPTS))
        command = {
            "bash": ["bash", "--noprofile", "--rcfile", str(script), "-i"],
            "zsh": ["zsh", "-i"],
            "fish": ["fish", "--no-config", "-i", "-C", f"source {script}"],
        }[name]
        environ = {
            "HOME": str(home),
            "ZDOTDIR": str(home),
            "PATH": self._path(home),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            command,
            cwd=self.work,
            env=environ,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)
        self._seen = ""
        try:
            self._wait_for("ready> ")
        except BaseException:
            self.close()
            raise

    def _path(self, home: Path) -> str:
        """The usual programs, but behind a Python and an aiflow that tell when they are called."""
        folder = home / "bin"
        folder.mkdir()
        for name in ("aiflow", "python", "python3"):
            program = folder / name
            program.write_text(f"#!/bin/sh\necho {name} >> {self.called}\n")
            program.chmod(0o755)
        return f"{folder}:/usr/local/bin:/usr/bin:/bin"

    def type(self, keys: str) -> list[str]:
        """Type a command line (``\\t`` is TAB); returns the arguments that ``aiflow`` gets."""
        self._seen = ""
        os.write(self._master, keys.encode() + b"\r")
        got = re.search(r"GOT((?:<[^\n]*>)?)", self._wait_for("GOT<", "\n"))
        assert got is not None
        return got[1].removeprefix("<").removesuffix(">").split("><")

    def _wait_for(self, *parts: str) -> str:
        """Read until all parts were seen, one after the other."""
        deadline = time.monotonic() + _SECONDS
        while (text := self._between(parts)) is None:
            readable, _, _ = select.select([self._master], [], [], max(deadline - time.monotonic(), 0))
            assert readable, f"waited {_SECONDS} s for {parts}; seen: {self._seen!r}"
            self._seen += os.read(self._master, 65536).decode(errors="replace")
        return text

    def _between(self, parts: tuple[str, ...]) -> str | None:
        start = at = self._seen.find(parts[0])
        for part in parts[1:]:
            at = self._seen.find(part, at) if at >= 0 else -1
        return None if at < 0 else self._seen[start : at + 1].replace("\r", "")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


def _take_terminal() -> None:
    """The pseudo-terminal on stdin becomes the one that controls this process, as a terminal window does it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def bash_candidates(*words: str) -> list[str]:
    """What bash would offer for the last word; asked of the function, since a menu cannot be read reliably."""
    asked = 'COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _aiflow; printf "%s\\n" "${COMPREPLY[@]}"'
    code = f"source {SCRIPTS}/aiflow.bash; {asked}"
    return _lines(["bash", "--norc", "-c", code, "bash", *words])


def fish_candidates(*words: str) -> list[str]:
    """What fish offers for the last word."""
    line = " ".join(words)
    code = f"source {SCRIPTS}/aiflow.fish; complete -C {line!r}"
    return [found.partition("\t")[0] for found in _lines(["fish", "--no-config", "-c", code])]


def _lines(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]
