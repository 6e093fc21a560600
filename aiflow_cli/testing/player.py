"""Plays one call of a call file against the bot that is tested, and judges it."""

from __future__ import annotations

from aiflow_cli.session.expect import unmet, unreached
from aiflow_cli.session.steps import Script
from aiflow_cli.session.turns import Turn
from aiflow_cli.simulator.happenings import Exchanged, TurnDone
from aiflow_cli.simulator.play import scripted
from aiflow_cli.testing.story import Story, unmet_flaw
from aiflow_cli.testing.subject import Subject


class CallFailed(AssertionError):
    """A conversation did not go as expected.

    Args:
        summary: one line.
        story: the transcript with what is wrong.
    """

    def __init__(self, summary: str, story: str) -> None:
        super().__init__(f"{summary}\n\n{story}")
        self.summary = summary
        self.story = story


def play_and_judge(script: Script, subject: Subject, *, file: str | None = None) -> float | None:
    """One call; gives the longest silence that the caller felt, in milliseconds.

    Args:
        file: name of the call file, for messages.

    Raises:
        CallFailed: an expectation was not met, the bot broke the protocol, or it did not answer.
        ConfigError, WebhookError: the bot cannot be started.
    """
    story = Story(file)
    turns: list[Turn] = []
    webhook = subject.reach()
    try:
        for happening in scripted(script, webhook, options=subject.call_options).run():
            if isinstance(happening, Exchanged):
                subject.keep(happening.exchange)
            elif isinstance(happening, TurnDone):
                turns.append(happening.turn)
                for one in unmet(script, happening.turn):
                    story.blame(unmet_flaw(one))
            story.add(happening)
    finally:
        webhook.close()
    for one in unreached(script, turns):
        story.blame(unmet_flaw(one))
    check(story, subject)
    return max((turn.felt_ms for turn in turns if turn.felt_ms is not None), default=None)


def check(story: Story, subject: Subject, *, flaw_mark: str = "E") -> None:
    """Raises CallFailed where the story has something to blame."""
    __tracebackhide__ = True
    if flaws := story.flaws:
        more = f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""
        clean = subject.redactor.text
        raise CallFailed(clean(flaws[0].sentence + more), clean("\n".join(story.lines(flaw_mark))))
