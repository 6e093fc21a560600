"""Side by side: every difference can be seen, nothing can steer the terminal, lines keep to their width."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.recording.diff import Diff, compare
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.files import Entry, Header, Recording
from aiflow_cli.render.diff import _columns, side_by_side, verdict
from tests.recording.exchanges import URL, answered, event, failed, speak

START = answered(event("session_start"), speak("Hello!"))
END = answered(event("session_end"))


def diff(left: list[Exchange], right: list[Exchange]) -> Diff:
    before, after = (Recording(Header(url=URL), tuple(Entry(one, 0) for one in side)) for side in (left, right))
    return compare(before, after)


def shown(left: list[Exchange], right: list[Exchange], **options: Any) -> list[str]:
    return side_by_side(diff(left, right), left="old", right="new", **options).splitlines()


def said(text: str, *actions: dict[str, Any], ms: float = 5) -> Exchange:
    return answered(event("user_speak", text=text), *actions, ms=ms)


def test_a_changed_answer_with_its_latencies() -> None:
    assert shown([START, said("hi", speak("one"), ms=4), END], [START, said("hi", speak("two"), ms=1500), END]) == [
        "old                                      new",
        "caller  (calls)                        │ caller  (calls)",
        "bot     Hello! [5.0 ms]                │ bot     Hello! [5.0 ms]",
        "caller  hi                             │ caller  hi",
        "bot     one [4.0 ms]                   ≠ bot     two [1500 ms]",
        "caller  (the call is over)             │ caller  (the call is over)",
    ]


def test_what_only_one_side_has() -> None:
    lines = shown(
        [said("a", speak("A")), said("b", speak("B"))],
        [said("b", speak("B"), {"type": "hangup", "session_id": "call-1"})],
    )

    assert lines[1:] == [
        "caller  a                              <",
        "bot     A [5.0 ms]                     <",
        "caller  b                              │ caller  b",
        "bot     B [5.0 ms]                     │ bot     B [5.0 ms]",
        "                                       > bot     (hangup)",
    ]


def test_turns_far_from_a_difference_are_counted_unless_all_are_wanted() -> None:
    many = [said(text, speak(text)) for text in "abcdef"]

    assert shown(many, many)[1:] == ["… 6 turns without a difference"]
    assert len(shown(many, many, everything=True)) == 13
    assert shown(many, [*many[:5], said("f", speak("x"))])[1] == "… 4 turns without a difference"


def test_settings_that_differ_have_lines_of_their_own() -> None:
    lines = shown(
        [said("hi", speak("a", tts={"voice": "x"}))], [said("hi", speak("a", barge_in={"strategy": "none"}))], width=120
    )

    assert [line.strip() for line in lines[3:]] == [
        "tts.voice: x                                       ≠         tts.voice: (not set)",
        "barge_in.strategy: minimum_characters              ≠         barge_in.strategy: none",
    ]


def test_every_kind_of_turn_and_answer_can_be_told() -> None:
    wav = {"type": "audio", "session_id": "call-1", "audio": "UklGRg=="}
    call = [
        answered(
            event("dtmf_received", digit="5"), {"type": "transfer", "session_id": "x", "target_phone_number": "+49"}
        ),
        answered(event("user_input_timeout"), wav),
        answered(event("brand_new", level=3), speak("", ssml="<speak>hm</speak>")),
        failed(event("user_speak", text="now"), status=502),
        failed(event("user_speak", text="later")),
    ]

    text = "\n".join(shown(call, call, everything=True, width=200))

    for part in ("(presses 5)", "(transfer to +49)", "(stays silent)", "(audio, 6 bytes)", "(brand_new level 3)"):
        assert part in text
    assert "(no answer: http-error 502)" in text
    assert "(no answer: timeout)" in text


def test_several_calls_are_told_apart() -> None:
    second = answered(event("session_start", "call-2"))

    assert any(line.startswith("call 2: call-2") for line in shown([START, second], [START, second]))


def test_colours_are_asked_of_the_painter() -> None:
    painted = side_by_side(
        diff([said("hi", speak("one"))], [said("hi", speak("two"))]),
        left="a",
        right="b",
        paint=lambda text, *styles: f"<{','.join(styles)}>{text}</>",
    )

    assert "<red>bot     one" in painted
    assert "<green>bot     two" in painted


def test_the_verdict_counts() -> None:
    one, other = [said("a", speak("A")), said("b", speak("B"))], [said("a", speak("x")), said("b", speak("y"))]

    assert verdict(diff(one, one)) == "no difference in 2 turns"
    assert verdict(diff(one[:1], other[:1])) == "1 of 1 turn is different"
    assert verdict(diff(one, other)) == "2 of 2 turns are different"


@given(st.text(max_size=80), st.text(max_size=80), st.integers(20, 120))
def test_any_text_keeps_to_the_width_and_steers_nothing(left: str, right: str, width: int) -> None:
    lines = shown([said(left, speak(right))], [said(right, speak(left))], width=width, everything=True)

    for line in lines:
        assert line.isprintable()
        assert _columns(line) <= max(width, 51)
