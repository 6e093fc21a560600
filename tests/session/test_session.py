"""The call, scene by scene. Fifteen characters last a second, so ``"x" * 15`` is a second of speech."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from aiflow_cli.session.session import CallSession
from aiflow_cli.session.states import IllegalMove

from .dialogue import (
    IDENTITY,
    Dialogue,
    act,
    answer,
    connect,
    hang_up,
    lose,
    nothing,
    press,
    push,
    say,
    speak,
    until,
)

ONE_SECOND = "fifteen letters"
TWO_SECONDS = "thirty letters, to be precise."


def started(**options: Any) -> Dialogue:
    """Connected, and ``session_start`` not answered yet."""
    return Dialogue(**options) >> connect() << "0 deliver session_start"


def listening(**options: Any) -> Dialogue:
    return started(**options) >> nothing()


def speaking(text: str = TWO_SECONDS, *more: dict[str, Any], voice_activity: bool = False, **fields: Any) -> Dialogue:
    """A playback of two seconds has just begun, and its event is answered."""
    call = started(voice_activity=voice_activity) >> answer(speak(text, **fields), *more)
    call << f"0 playing {text}"
    call << f"0 deliver assistant_speak text={text} duration_ms={len(text) * 1000 // 15} speech_started_at=0"
    return call >> nothing()


def test_a_greeting_is_played_to_its_end() -> None:
    call = started(epoch_ms=1_700_000_000_000) >> answer(speak(ONE_SECOND))
    call << f"0 playing {ONE_SECOND}"
    call << f"0 deliver assistant_speak text={ONE_SECOND} duration_ms=1000 speech_started_at=1700000000000"
    call >> nothing() >> until(1000) << "1000 heard 1000 of 1000 ms" << "1000 deliver assistant_speech_ended"
    assert call.done().wake_at is None


def test_the_caller_speaks_and_hangs_up() -> None:
    call = listening() >> say("hello there friend!", 1200) >> until(1200)
    call << "1200 deliver user_speak text=hello there friend! barged_in=False"
    call >> nothing() >> hang_up() << "1200 over caller_hangup" << "1200 deliver session_end reason=caller_hangup"
    assert (call >> nothing()).done().over


def test_events_go_one_at_a_time() -> None:
    call = started() >> press("1") >> press("2") >> nothing() << "0 deliver dtmf_received digit=1"
    (call >> nothing() << "0 deliver dtmf_received digit=2").done()


def test_speaks_queue_behind_a_playback() -> None:
    call = speaking(ONE_SECOND, speak("and then"))
    call >> until(1000) << "1000 heard 1000 of 1000 ms" << "1000 playing and then"
    call << "1000 deliver assistant_speech_ended"
    call >> nothing() << "1000 deliver assistant_speak text=and then duration_ms=533 speech_started_at=1000"
    (call >> nothing() >> until(1533) << "1533 heard 533 of 533 ms" << "1533 deliver assistant_speech_ended").done()


def test_ssml_lasts_as_long_as_its_text_and_breaks() -> None:
    document = f'<speak>{ONE_SECOND}<break time="500ms"/></speak>'
    call = started() >> answer(speak(ssml=document)) << f"0 playing {ONE_SECOND}"
    (call << f"0 deliver assistant_speak ssml={document} duration_ms=1500 speech_started_at=0").done()


def test_audio_lasts_as_long_as_its_file() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(2 * 16000 * 3))
    sound = base64.b64encode(buffer.getvalue()).decode()
    call = started() >> answer(act("audio", audio=sound)) << "0 playing "
    (call << "0 deliver assistant_speak duration_ms=3000 speech_started_at=0").done()


# -- barge-in ----------------------------------------------------------------------------------------


def test_three_characters_interrupt_by_default() -> None:
    call = speaking() >> until(500) >> say("stop it now", 1100)
    assert call.session.wake_at == 800, "three of eleven characters are out after 300 of 1100 ms"
    call >> until(800) << "800 heard 800 of 2000 ms, cut by caller" << "800 deliver assistant_speech_ended"
    call >> nothing() >> until(1600) << "1600 deliver user_speak text=stop it now barged_in=True"


def test_fewer_characters_than_the_minimum_do_not() -> None:
    call = speaking(barge_in={"strategy": "minimum_characters", "minimum_characters": 20})
    call >> until(100) >> say("too short", 600) >> until(700)
    call << "700 unheard too short: the playback asks for 20 characters, and these words have 9"
    call >> until(2000) << "2000 heard 2000 of 2000 ms" << "2000 deliver assistant_speech_ended"


@pytest.mark.parametrize("strategy", ["none", "manual"])
def test_some_playbacks_cannot_be_interrupted_by_words(strategy: str) -> None:
    call = speaking(barge_in={"strategy": strategy}) >> until(100) >> say(ONE_SECOND) >> until(1100)
    call << f"1100 unheard {ONE_SECOND}: the playback's barge_in strategy is {strategy}"
    (call >> until(2000) << "2000 heard 2000 of 2000 ms" << "2000 deliver assistant_speech_ended").done()


def test_words_that_outlast_such_a_playback_are_heard_after_it() -> None:
    call = speaking(barge_in={"strategy": "none"}) >> until(1500) >> say(ONE_SECOND)
    call >> until(2000) << "2000 heard 2000 of 2000 ms" << "2000 deliver assistant_speech_ended"
    call >> nothing() >> until(2500) << f"2500 deliver user_speak text={ONE_SECOND} barged_in=False"


def test_immediate_needs_no_characters() -> None:
    call = speaking(barge_in={"strategy": "immediate"}) >> until(700) >> say("a") >> until(700)
    call << "700 heard 700 of 2000 ms, cut by caller" << "700 deliver assistant_speech_ended"


def test_allow_after_ms_holds_an_interruption_back() -> None:
    call = speaking(barge_in={"strategy": "immediate", "allow_after_ms": 1500})
    call >> until(1000) >> say(ONE_SECOND) >> until(1500)
    (call << "1500 heard 1500 of 2000 ms, cut by caller" << "1500 deliver assistant_speech_ended").done()


def test_words_that_end_before_allow_after_ms_are_not_heard() -> None:
    call = speaking(barge_in={"strategy": "immediate", "allow_after_ms": 1500})
    call >> until(100) >> say(ONE_SECOND) >> until(1100)
    (call << f"1100 unheard {ONE_SECOND}: the playback can be interrupted only after 1500 ms").done()


def test_an_interruption_empties_the_queue() -> None:
    call = speaking(TWO_SECONDS, speak("one more"), barge_in={"strategy": "immediate"})
    call >> until(500) >> say("wait") >> until(500) << "500 heard 500 of 2000 ms, cut by caller"
    (call << "500 dropped one more, cut by caller" << "500 deliver assistant_speech_ended").done()


def test_the_settings_are_those_of_the_playback_under_way() -> None:
    call = speaking(ONE_SECOND, speak(TWO_SECONDS, barge_in={"strategy": "immediate"}), barge_in={"strategy": "none"})
    call >> until(500) >> say(ONE_SECOND) >> until(1000) << "1000 heard 1000 of 1000 ms"
    call << f"1000 playing {TWO_SECONDS}" << "1000 heard 0 of 2000 ms, cut by caller"
    (call << "1000 deliver assistant_speech_ended").done()


def test_typed_words_take_no_time() -> None:
    call = speaking() >> until(900) >> say("stop", 0) << "900 heard 900 of 2000 ms, cut by caller"
    call << "900 deliver assistant_speech_ended" >> nothing() << "900 deliver user_speak text=stop barged_in=True"


def test_the_barge_in_action_stops_the_playback_and_what_is_queued() -> None:
    call = speaking(TWO_SECONDS, speak("more"), barge_in={"strategy": "none"}) >> until(300) >> press("#")
    call << "300 deliver dtmf_received digit=#" >> answer(act("barge_in"), speak("ok"))
    call << "300 dropped more, cut by barge_in" << "300 heard 300 of 2000 ms, cut by barge_in" << "300 playing ok"
    call << "300 deliver assistant_speech_ended"
    (call >> nothing() << "300 deliver assistant_speak text=ok duration_ms=133 speech_started_at=300").done()


def test_barge_in_without_a_playback_does_nothing() -> None:
    (started() >> answer(act("barge_in"))).done()


def test_what_an_answer_queues_before_its_own_barge_in_is_never_heard() -> None:
    (started() >> answer(speak("gone"), act("barge_in")) << "0 dropped gone, cut by barge_in").done()


# -- voice activity ----------------------------------------------------------------------------------


def test_voice_activity_is_told_once_a_turn_on_websocket() -> None:
    call = listening(voice_activity=True) >> say(ONE_SECOND) >> until(60) << "60 deliver user_speech_started"
    call >> nothing() >> until(1000) << f"1000 deliver user_speak text={ONE_SECOND} barged_in=False"


def test_voice_activity_comes_before_words_that_are_over_at_once() -> None:
    call = listening(voice_activity=True) >> say("hi", 0) << "0 deliver user_speech_started"
    (call >> nothing() << "0 deliver user_speak text=hi barged_in=False").done()


def test_a_push_can_stop_a_manual_playback() -> None:
    call = speaking(barge_in={"strategy": "manual"}, voice_activity=True) >> until(100) >> say(ONE_SECOND)
    call >> until(160) << "160 deliver user_speech_started" >> nothing() >> push(act("barge_in"))
    call << "160 heard 160 of 2000 ms, cut by barge_in" << "160 deliver assistant_speech_ended"
    call >> nothing() >> until(1100) << f"1100 deliver user_speak text={ONE_SECOND} barged_in=False"


# -- input timeout -----------------------------------------------------------------------------------


def test_the_input_timeout_runs_from_the_end_of_the_playback() -> None:
    call = speaking(user_input_timeout_seconds=5) >> until(2000)
    call << "2000 heard 2000 of 2000 ms" << "2000 deliver assistant_speech_ended" >> nothing()
    assert call.session.wake_at == 7000
    assert (call >> until(7000) << "7000 deliver user_input_timeout" >> nothing()).done().wake_at is None


@pytest.mark.parametrize("step", [say("hello", 100), press("5")], ids=["speech", "digit"])
def test_speech_and_digits_cancel_it(step: Any) -> None:
    call = speaking(user_input_timeout_seconds=5) >> until(2000)
    call << "2000 heard 2000 of 2000 ms" << "2000 deliver assistant_speech_ended" >> nothing() >> until(4000)
    step(call.session)
    assert call.session.timer_at is None


def test_the_last_speak_decides_about_the_timeout() -> None:
    call = speaking(ONE_SECOND, speak(ONE_SECOND), user_input_timeout_seconds=5) >> until(1000)
    call << "1000 heard 1000 of 1000 ms" << f"1000 playing {ONE_SECOND}" << "1000 deliver assistant_speech_ended"
    call >> nothing() << f"1000 deliver assistant_speak text={ONE_SECOND} duration_ms=1000 speech_started_at=1000"
    call >> nothing() >> until(2000) << "2000 heard 1000 of 1000 ms" << "2000 deliver assistant_speech_ended"
    assert (call >> nothing()).done().wake_at is None


def test_it_runs_after_a_playback_that_an_action_stopped() -> None:
    call = speaking(user_input_timeout_seconds=2) >> until(500) >> press("1") << "500 deliver dtmf_received digit=1"
    call >> answer(act("barge_in")) << "500 heard 500 of 2000 ms, cut by barge_in"
    call << "500 deliver assistant_speech_ended" >> nothing()
    (call >> until(2500) << "2500 deliver user_input_timeout").done()


def test_a_new_playback_replaces_it() -> None:
    call = speaking(user_input_timeout_seconds=5) >> until(2000) << "2000 heard 2000 of 2000 ms"
    call << "2000 deliver assistant_speech_ended" >> answer(speak(ONE_SECOND)) << f"2000 playing {ONE_SECOND}"
    call << f"2000 deliver assistant_speak text={ONE_SECOND} duration_ms=1000 speech_started_at=2000"
    assert (call >> nothing()).done().wake_at == 3000


def test_it_does_not_run_while_the_caller_speaks() -> None:
    call = speaking(barge_in={"strategy": "none"}, user_input_timeout_seconds=1) >> until(1900) >> say(ONE_SECOND)
    call >> until(2000) << "2000 heard 2000 of 2000 ms" << "2000 deliver assistant_speech_ended" >> nothing()
    assert call.session.wake_at == 2900
    call >> until(2900) << f"2900 deliver user_speak text={ONE_SECOND} barged_in=False"
    assert (call >> nothing()).done().wake_at is None


# -- the end -----------------------------------------------------------------------------------------


def test_hangup_cuts_the_playback_off() -> None:
    call = speaking() >> until(400) >> press("9") << "400 deliver dtmf_received digit=9" >> answer(act("hangup"))
    call << "400 heard 400 of 2000 ms, cut by hangup" << "400 over assistant_hangup"
    (call << "400 deliver session_end reason=assistant_hangup" >> nothing()).done()


def test_speak_and_hangup_in_one_answer_are_never_heard() -> None:
    call = started() >> answer(speak("goodbye"), act("hangup")) << "0 dropped goodbye, cut by hangup"
    (call << "0 over assistant_hangup" << "0 deliver session_end reason=assistant_hangup").done()


def test_transfer_leaves_the_assistant() -> None:
    target = act("transfer", target_phone_number="+4930231250", caller_id_name="A", caller_id_number="+4930")
    call = started() >> answer(target) << "0 over transfer +4930231250"
    (call << "0 deliver session_end reason=transfer" >> nothing()).done()


def test_nothing_is_carried_out_after_the_end() -> None:
    call = started() >> answer(act("hangup"), speak("late")) << "0 over assistant_hangup"
    call << "0 refused speak: the call is over" << "0 deliver session_end reason=assistant_hangup"
    (call >> answer(speak("later")) << "0 refused speak: the call is over").done()


def test_hanging_up_twice_ends_once() -> None:
    call = listening() >> hang_up() << "0 over caller_hangup" << "0 deliver session_end reason=caller_hangup"
    (call >> hang_up() >> nothing() >> hang_up()).done()


def test_an_event_under_way_is_answered_before_the_end_is_told() -> None:
    call = started() >> hang_up() << "0 over caller_hangup" >> answer(speak("hello"))
    (call << "0 refused speak: the call is over" << "0 deliver session_end reason=caller_hangup").done()


def test_a_lost_webhook_is_still_told_of_the_end() -> None:
    call = speaking() >> until(400) >> press("1") << "400 deliver dtmf_received digit=1" >> press("2") >> lose()
    call << "400 heard 400 of 2000 ms, cut by end" << "400 over webhook_lost"
    (call << "400 deliver session_end reason=webhook_lost" >> lose()).done()


# -- what is refused ---------------------------------------------------------------------------------


def test_an_action_of_another_call_is_refused() -> None:
    other = {"type": "hangup", "session_id": "someone-else"}
    (started() >> answer(other) << "0 refused hangup: its session_id is not of this call").done()


def test_broken_ssml_and_audio_are_refused() -> None:
    call = started() >> answer(speak(ssml="<speak>oh"), act("audio", audio="bm90IGEgd2F2"))
    call << "0 refused speak: its SSML is not well-formed: no element found at line 1, column 10"
    (call << "0 refused audio: its audio cannot be played: it is base64, but not of a WAV file (no RIFF/WAVE header)")


def test_settings_without_a_sound_are_accepted() -> None:
    (started() >> answer(act("configure_transcription", languages=["de-DE"]), act("mix_audio", url="x"))).done()


def test_a_driver_that_does_the_impossible_is_told() -> None:
    session = CallSession(IDENTITY)
    with pytest.raises(IllegalMove, match="digit is not possible while the call is not connected yet"):
        session.press("1")
    session.connect()
    with pytest.raises(ValueError, match="not a key"):
        session.press("A")
    session.say("hello")
    with pytest.raises(IllegalMove, match="speech is not possible while the caller speaks"):
        session.say("again")
    with pytest.raises(ValueError, match="time goes from 0 to 333 at most, not to 334"):
        session.advance(334)
    session.answer(())
    with pytest.raises(RuntimeError, match="no event is under way"):
        session.answer(())
