"""For any sequence of inputs the invariants of protocol.md section 3 hold."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aiflow_cli.protocol.codec import read_actions
from aiflow_cli.session.effects import Deliver, Effect, Heard, Over, Playing
from aiflow_cli.session.session import CallSession
from aiflow_cli.session.states import OVER, TABLE

from .dialogue import IDENTITY, act, speak
from .monitor import Monitor

STRATEGIES = ("none", "manual", "minimum_characters", "immediate")
barge_ins = st.none() | st.fixed_dictionaries(
    {"strategy": st.sampled_from(STRATEGIES)},
    optional={
        "minimum_characters": st.integers(1, 100),
        "allow_after_ms": st.integers(0, 10_000),
    },
)
texts = st.text(st.characters(codec="ascii", categories=("L", "N", "Z")), max_size=60)


@st.composite
def speaks(draw: st.DrawFn) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if (options := draw(barge_ins)) is not None:
        fields["barge_in"] = options
    if draw(st.booleans()):
        fields["user_input_timeout_seconds"] = draw(st.floats(0.001, 30))
    if draw(st.booleans()):
        return speak(draw(texts), **fields)
    return speak(ssml=f'<speak>hello<break time="{draw(st.integers(0, 3000))}ms"/></speak>', **fields)


actions = st.one_of(
    speaks(),
    speaks(),
    st.sampled_from(
        [
            act("barge_in"),
            act("hangup"),
            act("transfer", target_phone_number="+4930", caller_id_name="x", caller_id_number="+4930"),
            act("configure_transcription", languages=["de-DE"]),
            speak(ssml="<broken"),
            {"type": "speak", "session_id": "another", "text": "not ours"},
        ]
    ),
)
answers = st.lists(actions, max_size=3)


class AnyCall(RuleBasedStateMachine):
    """Any caller, any webhook, any order of the two."""

    def __init__(self) -> None:
        super().__init__()
        self.monitor = Monitor()
        self.under_way: Deliver | None = None
        self.ends: list[Over] = []
        self.ceiling: int | None = None
        self.sounding: Playing | None = None

    @initialize(voice=st.booleans())
    def connect(self, voice: bool) -> None:
        self.voice = voice
        self.session = CallSession(IDENTITY, voice_activity=voice)
        self.take(self.session.connect())

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Deliver):
                assert self.under_way is None, "one event at a time"
                self.under_way = effect
                # What is delivered late (an answer is awaited) is told of later than it happened.
                self.watch(effect)
            elif isinstance(effect, Over):
                self.ends.append(effect)
            elif isinstance(effect, Playing):
                assert self.sounding is None, "one sound at a time"
                self.sounding = effect
            elif isinstance(effect, Heard):
                self.check_heard(effect)

    def check_heard(self, heard: Heard) -> None:
        assert self.sounding is not None
        assert heard.playback is self.sounding.playback
        lasted = heard.at - heard.began
        if heard.cut_by is None:
            assert lasted == heard.playback.duration_ms, "a playback that is heard out has its true duration"
        else:
            assert 0 <= lasted <= heard.playback.duration_ms
        if heard.cut_by == "caller":
            assert heard.playback.barge_in.strategy in ("minimum_characters", "immediate")
            assert lasted >= heard.playback.barge_in.allow_after_ms
        self.sounding = None

    def watch(self, effect: Deliver) -> None:
        self.monitor.see(effect.event, effect.at)
        assert effect.event["session"] == IDENTITY
        if effect.event["type"] == "user_speech_started":
            assert self.voice, "WebSocket only"

    # -- what the webhook does --

    @precondition(lambda self: self.under_way is not None)
    @rule(said=answers)
    def answer(self, said: list[dict[str, Any]]) -> None:
        self.under_way = None
        self.take(self.session.answer(self.read(said)))

    @precondition(lambda self: self.session.voice_activity)
    @rule(said=answers)
    def push(self, said: list[dict[str, Any]]) -> None:
        self.take(self.session.push(self.read(said)))

    @precondition(lambda self: self.under_way is not None)
    @rule(chance=st.integers(0, 9))
    def vanish(self, chance: int) -> None:
        if chance == 0:
            self.under_way = None
            self.take(self.session.lose())

    def read(self, said: list[dict[str, Any]]) -> list[Any]:
        return [one.action for one in read_actions(said).actions if one.action is not None]

    # -- what the caller does --

    @precondition(lambda self: not self.session.over and self.session.words is None)
    @rule(text=texts, duration=st.none() | st.integers(0, 5000))
    def say(self, text: str, duration: int | None) -> None:
        self.take(self.session.say(text, duration_ms=duration))

    @precondition(lambda self: not self.session.over)
    @rule(digit=st.sampled_from("0123456789*#"))
    def press(self, digit: str) -> None:
        self.take(self.session.press(digit))

    @rule(chance=st.integers(0, 9))
    def hang_up(self, chance: int) -> None:
        if chance == 0:
            self.take(self.session.hang_up())

    # -- time --

    @rule(step=st.integers(0, 4000))
    def wait(self, step: int) -> None:
        to = self.session.now + step
        if self.session.wake_at is not None:
            to = min(to, self.session.wake_at)
        self.take(self.session.advance(to))

    @precondition(lambda self: self.session.wake_at is not None)
    @rule()
    def wake(self) -> None:
        assert self.session.wake_at is not None
        self.take(self.session.advance(self.session.wake_at))

    # -- always --

    @invariant()
    def the_state_is_what_is_going_on(self) -> None:
        session = getattr(self, "session", None)
        if session is None or session.over:
            return
        talking = {
            (False, False): ("listening", "waiting"),
            (True, False): ("speaking",),
            (False, True): ("hearing",),
            (True, True): ("overlap",),
        }
        assert session.state in talking[session.playing is not None, session.words is not None]
        assert (session.state == "waiting") == (session.timer_at is not None)
        assert (self.sounding is not None) == (session.playing is not None)

    @invariant()
    def a_call_ends_once(self) -> None:
        session = getattr(self, "session", None)
        if session is not None:
            assert len(self.ends) == (session.state is OVER)
            assert session.state in TABLE

    def teardown(self) -> None:
        """Whatever happened, hanging up and answering what is open ends the call with one session_end."""
        if not hasattr(self, "session"):
            return
        self.take(self.session.hang_up())
        while self.under_way is not None:
            self.under_way = None
            self.take(self.session.answer(()))
        assert self.monitor.types[-1] == "session_end"
        assert self.monitor.types.count("session_end") == 1
        assert self.session.wake_at is None


AnyCall.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestAnyCall = AnyCall.TestCase
