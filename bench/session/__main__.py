"""Events a second of the session core alone, on one core: `python -m bench.session`.

Drives whole calls through `CallSession` without transport, store or JSON: a greeting, turns that are echoed with
barge-in and an input timeout, a key, a hang-up. An event is one `Deliver` with its answer carried out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from aiflow_cli.protocol.actions import Action
from aiflow_cli.protocol.codec import read_actions
from aiflow_cli.protocol.samples import sample_session
from aiflow_cli.session.effects import Deliver, Effect
from aiflow_cli.session.session import CallSession

TARGET = 100_000
SESSION = sample_session("bench")


def _actions(*raw: dict[str, object]) -> Sequence[Action]:
    items = [{"session_id": "bench", **action} for action in raw]
    return [read.action for read in read_actions(items).actions if read.action is not None]


ANSWERS: dict[str, Sequence[Action]] = {
    "session_start": _actions({"type": "speak", "text": "Welcome to the line."}),
    "user_speak": _actions({"type": "speak", "text": "You said something.", "user_input_timeout_seconds": 5}),
    "dtmf_received": _actions({"type": "barge_in"}, {"type": "speak", "text": "One."}),
    "user_input_timeout": _actions({"type": "speak", "text": "Still there?"}),
}


def play(turns: int) -> int:
    """One call; the number of its events."""
    session = CallSession(SESSION)
    events = _answer(session, session.connect())
    for turn in range(turns):
        events += _until_quiet(session)
        events += _answer(session, session.say("something to say"))
        if turn % 2:
            # Over the echo: the words end, it is answered, and the next ones interrupt the answer.
            assert session.wake_at is not None
            events += _answer(session, session.advance(session.wake_at))
            events += _answer(session, session.say("no, wait"))
        events += _until_quiet(session)
        events += _answer(session, session.press("1"))
    return events + _answer(session, session.hang_up())


def _until_quiet(session: CallSession) -> int:
    events = 0
    while session.wake_at is not None:
        events += _answer(session, session.advance(session.wake_at))
    return events


def _answer(session: CallSession, effects: Sequence[Effect]) -> int:
    """Answer every event that is delivered, and those that follow."""
    events = 0
    while effects:
        following: Sequence[Effect] = ()
        for effect in effects:
            if isinstance(effect, Deliver):
                events += 1
                following = session.answer(ANSWERS.get(effect.event["type"], ()))
        effects = following
    return events


def measure(calls: int, turns: int) -> float:
    """Events a second over so many calls."""
    started = perf_counter()
    events = sum(play(turns) for _ in range(calls))
    return events / (perf_counter() - started)


def main() -> None:
    """Measure in rounds and print the median."""
    parser = argparse.ArgumentParser(prog="python -m bench.session", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measure(10, options.turns)
    rates = [round(measure(options.calls, options.turns)) for _ in range(options.rounds)]
    if options.json:
        print(json.dumps({"unit": "events/s", "median": median(rates), "rounds": rates, "target": TARGET}))
        return
    print(f"session core: {median(rates):,.0f} events/s (median of {options.rounds}, {min(rates):,}-{max(rates):,})")
    print(f"target {TARGET:,}: {'reached' if median(rates) >= TARGET else 'missed'}")


if __name__ == "__main__":
    main()
