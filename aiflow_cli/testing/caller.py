"""``aiflow_call``: a call that a test in Python leads step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

from aiflow_cli.protocol.samples import DIGITS
from aiflow_cli.session.expect import judge
from aiflow_cli.session.steps import Direction, Expect, Script, Step, WantedBargeIn, WantedVoice
from aiflow_cli.session.turns import Turn
from aiflow_cli.simulator.caller import PromptedCaller
from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening, Paused, TurnDone
from aiflow_cli.simulator.line import Webhook
from aiflow_cli.simulator.play import prompted
from aiflow_cli.testing.player import check
from aiflow_cli.testing.story import Flaw, Story, unmet_flaw
from aiflow_cli.testing.subject import Subject

Texts = str | Iterable[str]
ANYTHING = re.compile(r"\S")


class AiflowCall:
    """A call to the bot that is tested.

    Steps and expectations give the call back, so that they can be written in one line. A step is only noted; it is
    played, and all before it, when something is asked about the call. So ``say("...").barge_in("wait")`` interrupts
    the answer, and ``expect_...`` is about the turn of the step before it: what the bot does from that step until
    nobody speaks. Before the first step it is the greeting.

    Raises:
        CallFailed: (of ``expect_...``, an AssertionError) with the transcript.
    """

    def __init__(self, subject: Subject, *, on_failure: Callable[[], None] = lambda: None) -> None:
        self._subject = subject
        self._on_failure = on_failure
        self._script = Script()
        self._caller = PromptedCaller()
        self._happenings: Iterator[Happening] | None = None
        self._webhook: Webhook | None = None
        self._story = Story()
        self._steps: list[Step] = []
        self._turns: list[Turn] = []
        self._ended: Ended | None = None
        self._flaws_told = 0

    # -- steps ----------------------------------------------------------------------------------------

    def dial(self, *, caller: str | None = None, number: str | None = None, direction: Direction | None = None) -> Self:
        """Say who calls whom (E.164 numbers), before the first step."""
        if self._happenings is not None:
            raise RuntimeError("dial() comes before the first step and the first expectation")
        script = self._script
        self._script = replace(
            script,
            caller=caller or script.caller,
            number=number or script.number,
            direction=direction or script.direction,
        )
        return self

    def say(self, text: str) -> Self:
        """The caller says this once nobody speaks."""
        return self._tell(Step(kind="say", text=text))

    def dtmf(self, digits: str) -> Self:
        """The caller presses these keys (0-9, * and #) once nobody speaks."""
        if not digits or set(digits) - set(DIGITS):
            raise ValueError(f"{digits!r} are not keys of a telephone")
        return self._tell(Step(kind="dtmf", text=digits))

    def silence(self, seconds: float) -> Self:
        """The caller stays silent for so long after the bot has spoken. Nothing waits: the time is simulated."""
        if seconds <= 0:
            raise ValueError("a silence lasts more than 0 seconds")
        return self._tell(Step(kind="silence", ms=round(seconds * 1000)))

    def barge_in(self, text: str, *, after_ms: int = 0) -> Self:
        """The caller says this while the bot speaks, so many milliseconds after it began."""
        return self._tell(Step(kind="barge_in", text=text, ms=after_ms))

    def hangup(self) -> Self:
        """The caller hangs up once nobody speaks. A call that is left without this ends the same way."""
        return self._tell(Step(kind="hangup"))

    # -- expectations ---------------------------------------------------------------------------------

    def expect_speak(
        self,
        *contains: str,
        equals: str | None = None,
        matches: Texts = (),
        absent: Texts = (),
        within_ms: int | None = None,
    ) -> Self:
        """The caller hears something: each text of ``contains``, exactly ``equals``, each regular expression of
        ``matches``, no text of ``absent``. Without any of them: anything at all.
        """
        __tracebackhide__ = True
        patterns = tuple(re.compile(pattern) for pattern in _all(matches))
        if not contains and equals is None and not patterns:
            patterns = (ANYTHING,)
        return self._judge(
            Expect(contains=contains, equals=equals, matches=patterns, absent=_all(absent), within_ms=within_ms)
        )

    def expect_hangup(self) -> Self:
        """The bot hangs up."""
        __tracebackhide__ = True
        return self._judge(Expect(hangup=True))

    def expect_transfer(self, to: str = "") -> Self:
        """The bot transfers the call, to this number if one is given."""
        __tracebackhide__ = True
        return self._judge(Expect(transfer=to))

    def expect_nothing(self) -> Self:
        """The bot does nothing at all."""
        __tracebackhide__ = True
        return self._judge(Expect(nothing=True))

    def expect_within(self, ms: int) -> Self:
        """The silence until the first sound is at most so many milliseconds; the bot's answers are measured."""
        __tracebackhide__ = True
        return self._judge(Expect(within_ms=ms))

    def expect_barge_in(
        self,
        strategy: str | None = None,
        *,
        minimum_characters: int | None = None,
        allow_after_ms: int | None = None,
    ) -> Self:
        """Everything that is said has these barge-in settings."""
        __tracebackhide__ = True
        wanted = WantedBargeIn(strategy=strategy, minimum_characters=minimum_characters, allow_after_ms=allow_after_ms)
        return self._judge(Expect(barge_in=wanted))

    def expect_voice(
        self, voice: str | None = None, *, provider: str | None = None, language: str | None = None
    ) -> Self:
        """Everything is said with this voice."""
        __tracebackhide__ = True
        return self._judge(Expect(voice=WantedVoice(voice=voice, provider=provider, language=language)))

    # -- what happened --------------------------------------------------------------------------------

    @property
    def turn(self) -> Turn:
        """The turn of the last step, played to its end."""
        __tracebackhide__ = True
        self._play()
        return self._turns[-1]

    @property
    def turns(self) -> Sequence[Turn]:
        """All turns so far; the first one is the greeting."""
        self._play()
        return tuple(self._turns)

    @property
    def heard(self) -> str:
        """What the bot said in the turn of the last step."""
        return " ".join(self.turn.spoken)

    @property
    def actions(self) -> Sequence[dict[str, Any]]:
        """What the bot did in the turn of the last step, as it was sent."""
        return tuple(self.turn.actions)

    @property
    def is_over(self) -> bool:
        """Somebody has hung up, or the call was transferred."""
        self._play()
        return self._ended is not None

    @property
    def transcript(self) -> str:
        """The call so far."""
        self._play()
        return self._subject.redactor.text("\n".join(self._story.lines("!")))

    def finish(self) -> None:
        """Play what is left, and hang up. The fixture does this at the end of a test.

        Raises:
            CallFailed: the bot broke the protocol, or did not answer, and nobody was told yet.
        """
        __tracebackhide__ = True
        try:
            self._play(to_the_end=True)
        finally:
            if self._webhook is not None:
                self._webhook.close()
        self._check()

    # -- the call -------------------------------------------------------------------------------------

    def _tell(self, step: Step) -> Self:
        self._steps.append(step)
        self._caller.tell(step)
        if self._ended is not None:
            self._blame_unreached([step])
        return self

    def _judge(self, expect: Expect) -> Self:
        __tracebackhide__ = True
        for one in judge(expect, self.turn):
            self._story.blame(unmet_flaw(one))
        self._check()
        return self

    def _check(self) -> None:
        """Tell what is wrong, once."""
        __tracebackhide__ = True
        count = len(self._story.flaws)
        if count > self._flaws_told:
            self._flaws_told = count
            self._on_failure()
            check(self._story, self._subject, flaw_mark="!")

    def _play(self, *, to_the_end: bool = False) -> None:
        """Go on until the caller has to be told what comes next, or to the end."""
        happenings = self._happenings or self._begin()
        while self._ended is None and (to_the_end or not self._caller.asks):
            self._note(next(happenings))

    def _begin(self) -> Iterator[Happening]:
        self._webhook = self._subject.reach()
        call = prompted(self._script, self._webhook, self._caller, options=self._subject.call_options)
        self._happenings = call.run()
        return self._happenings

    def _note(self, happening: Happening) -> None:
        match happening:
            case Exchanged():
                self._subject.keep(happening.exchange)
            case Paused(turn=Turn() as turn) | TurnDone(turn=turn) if turn not in self._turns[-1:]:
                self._turns.append(turn)
            case Ended():
                self._ended = happening
        self._story.add(happening)
        if self._ended is not None:
            taken = {id(turn.step) for turn in self._turns}
            self._blame_unreached([step for step in self._steps if id(step) not in taken])

    def _blame_unreached(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.kind != "hangup":
                self._story.blame(Flaw(f"the call was over before: {step.kind} {step.text}".rstrip()))


def _all(texts: Texts) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)
