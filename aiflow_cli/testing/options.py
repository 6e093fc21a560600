"""What a test run can be told, as environment variables: they reach every pytest, with or without ``aiflow test``.

A plugin that added options of its own to pytest would change every run of every environment that has aiflow.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiflow_cli.errors import UsageError
from aiflow_cli.testing.bot import START_SECONDS

RECORD = "AIFLOW_TEST_RECORD"
TIMEOUT = "AIFLOW_TEST_TIMEOUT"
START_TIMEOUT = "AIFLOW_TEST_START_TIMEOUT"
VARIABLES = "AIFLOW_TEST_VAR"
LOG = "AIFLOW_TEST_BOT_LOG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Of a test run.

    Args:
        record: keep what is exchanged in the log.
        timeout: seconds to wait for an answer; None waits for ever.
        patience: seconds that a bot may take to start.
        variables: for call files; they win over the file's own.
        bot_log: where the output of a bot goes that somebody else started for this run.
    """

    record: bool = False
    timeout: float | None = 5.0
    patience: float = START_SECONDS
    variables: Mapping[str, str] = field(default_factory=dict)
    bot_log: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Options:
        """Raises UsageError: a variable makes no sense."""
        return cls(
            record=environ.get(RECORD, "").lower() not in ("", "0", "false", "no"),
            timeout=_seconds(environ, TIMEOUT, 5.0) or None,
            patience=_seconds(environ, START_TIMEOUT, START_SECONDS),
            variables=pairs(_words(environ.get(VARIABLES, "")), flag=VARIABLES),
            bot_log=environ.get(LOG) or None,
        )

    def to_environ(self) -> dict[str, str]:
        """What ``read`` understands."""
        values = {
            RECORD: "1" if self.record else "",
            TIMEOUT: f"{self.timeout or 0:g}",
            START_TIMEOUT: f"{self.patience:g}",
            VARIABLES: shlex.join(f"{name}={value}" for name, value in self.variables.items()),
            LOG: self.bot_log or "",
        }
        return {name: value for name, value in values.items() if value}


def pairs(given: list[str], *, flag: str) -> dict[str, str]:
    """``NAME=VALUE`` words as a mapping.

    Raises:
        UsageError: a word is none; the message names ``flag``.
    """
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise UsageError(f"{flag} {one} is not NAME=VALUE", hint=f"for example {flag} name=Anna")
        found[name] = value
    return found


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{VARIABLES} cannot be split into words: {error}", hint="check its quotes") from None


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "")
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"{name}={text} is not a number of seconds", hint=f"for example {name}=5")
    return seconds
