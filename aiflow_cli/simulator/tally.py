"""Keeps the books of a call: turns, what was heard in them, and how long the silences were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aiflow_cli.protocol.actions import Action
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.session.effects import Heard, Over, Playing
from aiflow_cli.session.steps import Step
from aiflow_cli.session.turns import Turn, Utterance


class Tally:
    """Fed by ``Call``; holds the turn under way.

    Args:
        answer_time_ms: virtual milliseconds that each answer takes.
    """

    def __init__(self, answer_time_ms: int) -> None:
        self.events = 0
        self.unanswered = 0
        self._answer_time_ms = answer_time_ms
        self._turn: Turn | None = Turn(index=0, step=None, began_ms=0, words_end_ms=0)
        self._count = 1
        self._sounding: tuple[Utterance, tuple[int | None, float | None]] | None = None
        self._sound_ended = 0

    @property
    def turn(self) -> Turn | None:
        """The turn under way."""
        return self._turn

    def begin(self, step: Step, now: int, words_ms: int | None, *, opens: bool) -> None:
        """The caller makes a move; with ``opens`` it begins a turn."""
        if opens or self._turn is None:
            self._turn = Turn(index=self._count, step=step, began_ms=now)
            self._count += 1
        if words_ms is not None:
            self._turn.words_end_ms = now + words_ms

    def finish(self) -> Turn | None:
        """Close the turn under way."""
        turn, self._turn = self._turn, None
        return turn

    def delivered(self, exchange: Exchange, at: int) -> None:
        """An event was delivered at this call time, and this came back."""
        self.events += 1
        turn = self._turn
        lost = exchange.outcome in ("connection-error", "timeout")
        self.unanswered += lost
        if turn is None:
            return
        turn.failed = turn.failed or lost
        if turn.silence_ms is None and turn.words_end_ms is not None and at >= turn.words_end_ms:
            turn.measured_ms += exchange.duration_ms or 0.0
            turn.waited_ms += self._answer_time_ms

    def pushed(self, exchange: Exchange, session_id: str) -> Exchange:
        """A push belongs to the call, though it carries no event to say so."""
        return replace(exchange, session_id=session_id)

    def answered(self, actions: Sequence[Action], *, over: bool) -> None:
        """These actions are carried out now."""
        if self._turn is not None and not over:
            self._turn.actions.extend(action.model_dump(exclude_unset=True) for action in actions)

    def playing(self, one: Playing) -> tuple[Turn, bool]:
        """The bot begins to be heard; gives the turn, and whether it is the turn's first sound."""
        turn = self._turn
        assert turn is not None, "the bot is heard in a turn"
        first = turn.silence_ms is None and turn.words_end_ms is not None
        if turn.words_end_ms is not None and turn.silence_ms is None:
            # An answer that waits behind a playback (keys pressed one after the other) is no silence.
            turn.silence_ms = max(one.at - max(turn.words_end_ms, self._sound_ended), 0)
        playback = one.playback
        action = playback.action.model_dump(exclude_unset=True)
        utterance = Utterance(playback.text, action, one.at, playback.duration_ms)
        turn.utterances.append(utterance)
        self._sounding = utterance, (turn.silence_ms, turn.felt_ms) if first else (None, None)
        return turn, first

    def heard(self, one: Heard, heard: str) -> tuple[int | None, float | None]:
        """The bot stops being heard; gives silence and felt silence where it was a turn's first sound."""
        assert self._sounding is not None
        utterance, silence = self._sounding
        utterance.cut_by, utterance.heard = one.cut_by, heard
        self._sound_ended = one.at
        return silence

    def over(self, one: Over) -> None:
        """The call is over."""
        if self._turn is not None:
            self._turn.ended, self._turn.transfer_to = one.reason, one.target
