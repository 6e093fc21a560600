"""Whole calls against real bots over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.session.steps import Script, Step, saying
from aiflow_cli.session.turns import Turn
from aiflow_cli.simulator.call import Options
from aiflow_cli.simulator.caller import PromptedCaller
from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening, Heard, Noted, Paused, Said, Speaking, TurnDone
from aiflow_cli.simulator.play import play, prompted, scripted
from aiflow_cli.transports.http import HttpWebhook

from ..session.monitor import Monitor
from .bots import DROP, Answer, Bot, Event, Pizza, act, http_bot, speak

WHOLE_CALL = Script(
    steps=(
        Step(kind="silence", ms=12_000),
        Step(kind="say", text="a margherita please"),
        Step(kind="barge_in", text="no wait, a funghi", ms=900),
        Step(kind="dtmf", text="12#"),
        Step(kind="say", text="goodbye"),
    )
)


@pytest.fixture
def pizza() -> Iterator[Bot]:
    with http_bot(Pizza()) as bot:
        yield bot


def run(url: str, script: Script, **options: Any) -> list[Happening]:
    with HttpWebhook(url, timeout=options.pop("timeout", 5.0)) as webhook:
        return list(play(script, webhook, **options))


def transcript(happenings: list[Happening]) -> list[str]:
    """What was said and heard when, and nothing that was measured."""
    lines = []
    for one in happenings:
        match one:
            case Said():
                lines.append(f"{one.at_ms} {one.kind} {one.text}".rstrip())
            case Speaking():
                lines.append(f"{one.at_ms} bot {one.text}")
            case Heard() if one.cut_by:
                lines.append(f"{one.at_ms} cut by {one.cut_by} after {one.heard}")
            case Noted():
                lines.append(f"{one.at_ms} note {one.message}")
            case Ended():
                lines.append(f"{one.at_ms} end {one.reason}")
    return lines


def turns(happenings: list[Happening]) -> list[Turn]:
    return [one.turn for one in happenings if isinstance(one, TurnDone)]


def ended(happenings: list[Happening]) -> Ended:
    last = happenings[-1]
    assert isinstance(last, Ended)
    return last


def test_a_whole_call(pizza: Bot) -> None:
    assert transcript(run(pizza.url, WHOLE_CALL)) == [
        "0 bot Welcome to the pizza line. What can I bring you?",
        "3200 silence",
        "8200 bot Are you still there?",
        "14533 bot Are you still there?",
        "16166 say a margherita please",
        "17432 bot You said: a margherita please. Anything else with that?",
        "18332 barge_in no wait, a funghi",
        "18532 cut by caller after You said: a",
        "19465 bot Sorry. You said: no wait, a funghi. Anything else with that?",
        "23765 dtmf 1",
        "23965 dtmf 2",
        "24165 dtmf #",
        "24165 bot Starting over.",
        "25398 say goodbye",
        "25864 bot Thank you, goodbye!",
        "27130 end assistant_hangup",
    ]


def test_its_events_keep_the_order_of_the_protocol(pizza: Bot) -> None:
    happenings = run(pizza.url, WHOLE_CALL)
    monitor = Monitor()
    for one in happenings:
        if isinstance(one, Exchanged):
            assert one.exchange.event is not None
            monitor.see(one.exchange.event, one.at_ms)
    assert monitor.types == pizza.types
    assert pizza.types.count("user_input_timeout") == 2
    assert ended(happenings).events == len(pizza.events)


def test_the_same_script_gives_the_same_transcript_with_fresh_ids(pizza: Bot) -> None:
    first, second = run(pizza.url, WHOLE_CALL), run(pizza.url, WHOLE_CALL)
    assert transcript(first) == transcript(second)
    assert len({event["session"]["id"] for event in pizza.events}) == 2


def test_a_seed_fixes_ids_and_times(pizza: Bot) -> None:
    def stable(happenings: list[Happening]) -> list[Any]:
        exchanges = [one.exchange for one in happenings if isinstance(one, Exchanged)]
        return [(one.at, one.event) for one in exchanges]

    first, second = run(pizza.url, WHOLE_CALL, seed=7), run(pizza.url, WHOLE_CALL, seed=7)
    assert stable(first) == stable(second)
    assert stable(first)[0][0] == "2025-01-01T00:00:00.000Z"
    assert stable(first) != stable(run(pizza.url, WHOLE_CALL, seed=8))


def test_five_minutes_take_no_time(pizza: Bot) -> None:
    steps = [Step(kind="say", text="one more"), Step(kind="silence", ms=21_000)] * 13
    happenings = run(pizza.url, Script(steps=tuple(steps)))
    assert ended(happenings).at_ms > 300_000
    assert ended(happenings).reason == "caller_hangup"


def test_a_caller_who_was_called(pizza: Bot) -> None:
    run(pizza.url, Script(direction="outbound", caller="+491713920000", number="+4922147100100"))
    session = pizza.events[0]["session"]
    assert session["direction"] == "outbound"
    assert session["to_phone_number"] == "+491713920000"
    assert session["from_phone_number"] == session["phone_number"] == "+4922147100100"
    assert set(session) == {
        "id",
        "account_id",
        "phone_number",
        "direction",
        "from_phone_number",
        "to_phone_number",
    }


def test_calls_share_a_connection(pizza: Bot) -> None:
    with HttpWebhook(pizza.url) as webhook:
        lasts = [ended(list(play(saying(["goodbye"]), webhook))) for _ in range(2)]
    assert [last.reason for last in lasts] == ["assistant_hangup"] * 2


# -- time --------------------------------------------------------------------------------------------


def test_a_slow_bot_does_not_move_the_clock(pizza: Bot) -> None:
    hold = threading.Event()

    def slow(event: Event) -> Answer:
        hold.wait(0.05)
        return Pizza()(event)

    with http_bot(slow) as bot:
        slowly = run(bot.url, saying(["hello"]))
    assert transcript(slowly) == transcript(run(pizza.url, saying(["hello"])))
    (greeting, hello) = turns(slowly)[:2]
    for turn in (greeting, hello):
        assert turn.silence_ms == 0
        assert turn.felt_ms is not None
        assert turn.felt_ms >= 50


def test_answer_time_is_heard_as_silence(pizza: Bot) -> None:
    happenings = run(pizza.url, saying(["hello"]), options=Options(answer_time_ms=700))
    hello = turns(happenings)[1]
    assert hello.silence_ms == 700
    assert hello.felt_ms is not None
    assert hello.felt_ms == hello.measured_ms, "a real answer takes the place of the simulated one"
    assert transcript(happenings) == [
        "700 bot Welcome to the pizza line. What can I bring you?",
        "4600 say hello",
        "5633 bot You said: hello. Anything else with that?",
        "9066 hangup",
        "9066 end caller_hangup",
    ]


def test_a_queued_answer_counts_as_silence_only_once() -> None:
    def two(event: Event) -> Answer:
        return [speak(event, "one"), speak(event, "two")] if event["type"] == "user_speak" else None

    with http_bot(two) as bot:
        happenings = run(bot.url, saying(["hello"]))
    silences = [one.silence_ms for one in happenings if isinstance(one, Speaking)]
    assert silences == [0, None]
    assert turns(happenings)[1].spoken == ["one", "two"]


class PatientClock(SystemClock):
    """A real clock that runs a hundred times as fast while it sleeps."""

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds


def test_real_time_gives_the_same_transcript_and_waits_for_all_of_it(pizza: Bot) -> None:
    clock = PatientClock()
    started = clock.monotonic()
    real = run(pizza.url, WHOLE_CALL, real_time=True, clock=clock)
    lasted = clock.monotonic() - started
    assert transcript(real) == transcript(run(pizza.url, WHOLE_CALL))
    assert lasted * 1000 >= ended(real).at_ms


def test_real_time_really_waits() -> None:
    clock = SystemClock()
    started = clock.monotonic()
    with http_bot(lambda event: None) as bot:
        happenings = run(bot.url, saying(["hi"]), real_time=True)
    assert ended(happenings).at_ms == 733
    assert clock.monotonic() - started >= 0.733


# -- ends and failures -------------------------------------------------------------------------------


def test_a_transfer_ends_the_call(pizza: Bot) -> None:
    last = ended(run(pizza.url, saying(["human", "never said"])))
    assert (last.reason, last.target) == ("transfer", "+493023125999")
    assert pizza.events[-1] == {"type": "session_end", "session": pizza.events[0]["session"], "reason": "transfer"}


def test_speak_and_hangup_in_one_answer_is_told() -> None:
    def rude(event: Event) -> Answer:
        return [speak(event, "Bye!"), act(event, "hangup")] if event["type"] == "user_speak" else None

    with http_bot(rude) as bot:
        happenings = run(bot.url, saying(["hello"]))
    assert transcript(happenings) == [
        "300 say hello",
        "633 note never heard: Bye!",
        "633 end assistant_hangup",
    ]
    assert bot.types == ["session_start", "user_speak", "session_end"]


def test_words_that_cannot_interrupt_are_told() -> None:
    def stubborn(event: Event) -> Answer:
        return speak(event, "Please listen to all of this.", barge_in={"strategy": "none"})

    with http_bot(lambda event: stubborn(event) if event["type"] == "session_start" else None) as bot:
        happenings = run(bot.url, Script(steps=(Step(kind="barge_in", text="stop", ms=500),)))
    assert "766 note the bot does not hear this: the playback's barge_in strategy is none" in transcript(happenings)
    assert "user_speak" not in bot.types


def test_a_barge_in_without_a_playback_is_told() -> None:
    with http_bot(lambda event: None) as bot:
        happenings = run(bot.url, Script(steps=(Step(kind="barge_in", text="stop", ms=500),)))
    assert transcript(happenings)[:2] == [
        "300 barge_in stop",
        "300 note nothing was playing that these words could interrupt",
    ]


@pytest.mark.parametrize("answer", [500, b"not json", b"[1]", 404], ids=["500", "text", "no object", "404"])
def test_a_broken_answer_is_silence_and_the_call_goes_on(answer: int | bytes) -> None:
    with http_bot(lambda event: answer if event["type"] == "user_speak" else None) as bot:
        happenings = run(bot.url, saying(["one", "two"]))
    assert bot.types == ["session_start", "user_speak", "user_speak", "session_end"]
    outcomes = [one.exchange.outcome for one in happenings if isinstance(one, Exchanged)]
    assert outcomes[1] in ("http-error", "invalid-action")
    assert ended(happenings).unanswered == 0


def test_an_action_with_an_error_is_not_carried_out_and_the_others_are() -> None:
    def half(event: Event) -> Answer:
        return [act(event, "speak"), act(event, "speek", text="x"), speak(event, "fine")]

    with http_bot(lambda event: half(event) if event["type"] == "session_start" else None) as bot:
        happenings = run(bot.url, Script())
    assert turns(happenings)[0].spoken == ["fine"]


def test_no_answer_in_time_fails_that_event_alone() -> None:
    release = threading.Event()

    def stuck(event: Event) -> Answer:
        if event["type"] == "user_speak" and event["text"] == "one":
            release.wait(5)
        return speak(event, "ok") if event["type"] == "user_speak" else None

    with http_bot(stuck) as bot:
        happenings = run(bot.url, saying(["one", "two"]), timeout=0.2)
        release.set()
    last = ended(happenings)
    assert (last.unanswered, last.lost, last.reason) == (1, None, "caller_hangup")
    assert [turn.failed for turn in turns(happenings)] == [False, True, False, False]
    assert turns(happenings)[2].spoken == ["ok"]


def test_a_bot_that_goes_away_ends_the_call() -> None:
    def dying(event: Event) -> Answer:
        return DROP if event["type"] in ("user_speak", "session_end") else speak(event, "hello")

    with http_bot(lambda event: None if "assistant" in event["type"] else dying(event)) as bot:
        happenings = run(bot.url, saying(["hello", "still there?"]))
    last = ended(happenings)
    assert last.reason == "webhook_lost"
    assert last.lost is not None and "did not answer" in last.lost
    assert bot.types[-2:] == ["user_speak", "session_end"], "it may only have dropped this one"
    assert [turn.failed for turn in turns(happenings)] == [False, True]


def test_nothing_listens() -> None:
    happenings = run("http://127.0.0.1:9/webhook", saying(["hello"]))
    assert transcript(happenings) == ["0 end webhook_lost"]
    assert (ended(happenings).events, ended(happenings).unanswered) == (2, 2)


def test_a_call_that_is_aborted_still_ends_properly(pizza: Bot) -> None:
    with HttpWebhook(pizza.url) as webhook:
        call = scripted(WHOLE_CALL, webhook)
        for one in call.run():
            if isinstance(one, Said) and one.kind == "say":
                break
        rest = list(call.abort())
        assert list(call.abort()) == [], "once"
    assert ended(rest).reason == "caller_hangup"
    assert pizza.types[-1] == "session_end"
    assert pizza.types.count("session_end") == 1


def test_an_abort_while_an_answer_is_awaited_ends_properly(pizza: Bot) -> None:
    class Interrupted(HttpWebhook):
        def deliver(self, event: Any) -> Any:
            if event["type"] == "user_speak":
                raise KeyboardInterrupt
            return super().deliver(event)

    with Interrupted(pizza.url) as webhook:
        call = scripted(saying(["hello"]), webhook)
        with pytest.raises(KeyboardInterrupt):
            list(call.run())
        assert ended(list(call.abort())).reason == "caller_hangup"
    assert pizza.types[-1] == "session_end"


@pytest.mark.parametrize("text", ["", "and again"])
def test_a_bot_that_talks_to_itself_is_left_after_a_while(text: str) -> None:
    def endless(event: Event) -> Answer:
        if event["type"] in ("session_start", "assistant_speech_ended"):
            return speak(event, text)
        return None

    with http_bot(endless) as bot:
        happenings = run(bot.url, saying(["never said"]), options=Options(most_events=100, longest_ms=10_000))
    assert ended(happenings).reason == "caller_hangup"
    assert ended(happenings).events <= 103
    assert bot.types[-1] == "session_end"


def test_a_bot_that_never_gets_past_one_moment_is_left_too() -> None:
    def frantic(event: Event) -> Answer:
        return [act(event, "barge_in"), speak(event, "x")] if event["type"] != "session_end" else None

    with http_bot(frantic) as bot:
        happenings = run(bot.url, Script(), options=Options(most_events=60))
    assert ended(happenings).reason == "caller_hangup"
    assert bot.types[-1] == "session_end"


# -- a call that is led step by step ------------------------------------------------------------------


def until_paused(happenings: Iterator[Happening]) -> Turn:
    """Go on until the caller has to be told what comes next."""
    for one in happenings:
        if isinstance(one, Paused):
            assert one.turn is not None
            return one.turn
    raise AssertionError("the call ended")


def test_a_call_can_be_led_step_by_step(pizza: Bot) -> None:
    caller = PromptedCaller()
    with HttpWebhook(pizza.url) as webhook:
        happenings = prompted(Script(), webhook, caller).run()
        seen: list[Happening] = []

        def record() -> Iterator[Happening]:
            for one in happenings:
                seen.append(one)
                yield one

        led = record()
        greeting = until_paused(led)
        for step in WHOLE_CALL.steps[:-1]:
            caller.tell(step)
            if step.kind != "say":  # what follows it here interrupts the answer
                until_paused(led)
        caller.tell(WHOLE_CALL.steps[-1])
        rest = list(led)
    assert greeting.index == 0 and greeting.spoken
    assert isinstance(rest[-1], Ended)
    assert transcript(seen) == transcript(run(pizza.url, WHOLE_CALL)), "as the same script at once"


def test_a_caller_who_is_told_nothing_more_hangs_up(pizza: Bot) -> None:
    caller = PromptedCaller()
    with HttpWebhook(pizza.url) as webhook:
        happenings = prompted(Script(), webhook, caller).run()
        until_paused(happenings)
        rest = list(happenings)
    assert isinstance(rest[-1], Ended) and rest[-1].reason == "caller_hangup"
    assert pizza.types[-1] == "session_end"
