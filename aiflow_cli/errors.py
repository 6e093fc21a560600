"""Errors that a user can act on, and the exit codes they stand for.

    AiflowError              70  our own fault
    ├── UsageError            2  the command line is wrong
    ├── ConfigError           3  aiflow.toml, .env, a file or the store is wrong
    ├── CredentialsError      4  the dashboard refused the credential, or there is none
    ├── WebhookError          5  the webhook or the network did not answer
    ├── TunnelError           6  the tunnel did not open or did not stay up
    └── CheckFailed           1  a check, test or rule failed; already reported

Every message says what happened and why; ``hint`` says what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """The whole list of exit codes (design: "Exit codes")."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    CREDENTIALS = 4
    NETWORK = 5
    TUNNEL = 6
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


class AiflowError(Exception):
    """Base of all errors shown to the user.

    Args:
        message: one sentence: what happened, and why.
        hint: what to do next; printed on its own line.
    """

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AiflowError):
    """The command line is wrong."""

    exit_code = ExitCode.USAGE


class ConfigError(AiflowError):
    """aiflow.toml, .env, a file that was named, or the store is unusable."""

    exit_code = ExitCode.CONFIG


class CredentialsError(AiflowError):
    """The dashboard refused the credential, or none is set."""

    exit_code = ExitCode.CREDENTIALS


class WebhookError(AiflowError):
    """The webhook or the network did not answer."""

    exit_code = ExitCode.NETWORK


class TunnelError(AiflowError):
    """The tunnel did not open or did not stay up."""

    exit_code = ExitCode.TUNNEL


class CheckFailed(AiflowError):
    """A check, test or rule failed. The findings were printed already, so the message may be empty."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str = "", *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` is a near miss of, for hints like "did you mean ...?"."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), n=1)), None)
