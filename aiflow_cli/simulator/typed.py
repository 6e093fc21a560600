"""What a person types into a call, as steps: a sentence is said, a line that begins with a slash is a command."""

from __future__ import annotations

import re

from aiflow_cli.errors import UsageError
from aiflow_cli.protocol.samples import DIGITS
from aiflow_cli.session.fields import near_miss
from aiflow_cli.session.steps import Step

COMMANDS = {
    "/dtmf": "/dtmf 12#       press keys",
    "/silence": "/silence 8      stay silent for 8 s",
    "/barge": "/barge wait     say it while the bot speaks (/barge 500 wait: after 500 ms)",
    "/hangup": "/hangup         hang up; so does the end of the input",
    "/help": "/help           this list",
}
HELP = "type what the caller says, or\n" + "\n".join(f"  {line}" for line in COMMANDS.values())


def read_line(line: str) -> Step | None:
    """The step of one line; None for a blank one.

    Raises:
        UsageError: the command is unknown, or what it needs is missing.
    """
    text = line.strip()
    if not text:
        return None
    if not text.startswith("/"):
        return Step(kind="say", text=text)
    command, _, rest = text.partition(" ")
    return _command(command, rest.strip())


def _command(command: str, rest: str) -> Step:
    match command:
        case "/dtmf" if rest and set(rest) <= set(DIGITS):
            return Step(kind="dtmf", text=rest)
        case "/silence" if re.fullmatch(r"\d{1,5}(\.\d{1,3})?", rest) and float(rest) > 0:
            return Step(kind="silence", ms=round(float(rest) * 1000))
        case "/barge" if match := re.fullmatch(r"(?:(\d{1,6})\s+)?(.+)", rest):
            return Step(kind="barge_in", text=match[2], ms=int(match[1] or 0))
        case "/hangup" if not rest:
            return Step(kind="hangup")
    if command in COMMANDS:
        example = " ".join(COMMANDS[command].split())
        raise UsageError(f"{command} {rest}".rstrip() + " is not complete", hint=f"write {example}")
    raise UsageError(f"there is no command {command}", hint=near_miss(command, list(COMMANDS), "commands"))
