"""A call as text, while it happens. Pure: happenings in, lines out.

Without ``timed`` a transcript holds nothing that was measured: the same script gives the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aiflow_cli.render.exchanges import BUDGET_MS, Paint, finding_line, latencies, milliseconds, plain
from aiflow_cli.session.turns import Turn
from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening, Heard, Noted, Said, Speaking

_END = {
    "caller_hangup": "the caller hangs up",
    "assistant_hangup": "the bot hangs up",
    "transfer": "the call is transferred",
    "webhook_lost": "the bot went away",
}
_CUT = {
    "caller": "the caller interrupts",
    "barge_in": "the bot stops itself",
    "hangup": "the bot hangs up",
    "transfer": "the call is transferred",
    "end": "the call ends",
}


class CallView:
    """Turns happenings into lines.

    Args:
        paint: colours.
        timed: show how long the silences really were.
        echoed: the caller's words are on the screen already, for they were typed there.
    """

    def __init__(self, paint: Paint = plain, *, timed: bool = False, echoed: bool = False) -> None:
        self._paint = paint
        self._timed = timed
        self._echoed = echoed

    def lines(self, happening: Happening) -> Iterator[str]:
        """The lines that one happening adds."""
        match happening:
            case Said() if not self._echoed and happening.kind != "hangup":
                yield self._line(happening.at_ms, "caller", self._said(happening))
            case Speaking():
                yield self._line(happening.at_ms, "bot", self._spoken(happening))
            case Heard(cut_by=str(cut_by)):
                heard = f'after "{happening.heard}"' if happening.heard else f"after {happening.heard_ms} ms"
                yield self._aside(happening.at_ms, f"cut off {heard}: {_CUT[cut_by]}")
            case Noted():
                yield self._aside(happening.at_ms, happening.message)
            case Exchanged():
                yield from self._problems(happening)
            case Ended():
                target = f" to {happening.target}" if happening.target else ""
                yield self._line(happening.at_ms, "-", self._paint(_END[happening.reason] + target, "dim"))

    def _said(self, said: Said) -> str:
        match said.kind:
            case "dtmf":
                return f"(presses {said.text})"
            case "silence":
                return f"(stays silent for {said.ms / 1000:g} s)"
            case _:
                return f"{said.text}{self._paint('  (while the bot speaks)', 'dim') if said.over else ''}"

    def _spoken(self, speaking: Speaking) -> str:
        text = speaking.text or "(audio)"
        if self._timed and speaking.felt_ms is not None:
            style = "red" if speaking.felt_ms > BUDGET_MS else "dim"
            return f"{text}  {self._paint(f'[silence {milliseconds(speaking.felt_ms)}]', style)}"
        if speaking.silence_ms:
            return f"{text}  [silence {speaking.silence_ms} ms]"
        return text

    def _problems(self, exchanged: Exchanged) -> Iterator[str]:
        if exchanged.exchange.type == "session_end" and exchanged.exchange.outcome == "connection-error":
            # Told already, of the event before it.
            return
        for finding in exchanged.exchange.problems:
            # How slow an answer was differs from run to run; the silence says it where it is shown.
            if finding.severity != "note" and finding.rule != "slow-answer":
                yield self._line(exchanged.at_ms, self._paint("!", "red"), finding_line(finding, self._paint), pad=7)

    def _line(self, at_ms: int, who: str, text: str, *, pad: int = 0) -> str:
        name = who + " " * pad if pad else self._paint(f"{who:8}", "cyan" if who == "bot" else "bold")
        return f"{self._paint(f'{at_ms / 1000:7.1f} s', 'dim')}  {name}{text}"

    def _aside(self, at_ms: int, text: str) -> str:
        return self._line(at_ms, "-", self._paint(text, "yellow"))


def summary(turns: Sequence[Turn], ended: Ended) -> str:
    """``4 turns, 12 events; silence: min 1.2 ms  median ...; a caller accepts 1000 ms``"""
    felt = [turn.felt_ms for turn in turns if turn.felt_ms is not None]
    head = f"{ended.at_ms / 1000:.1f} s, {ended.events} events"
    if not felt:
        return f"{head}; the caller heard nothing"
    slow = sum(silence > BUDGET_MS for silence in felt)
    verdict = f"; {slow} over the budget of {BUDGET_MS} ms" if slow else f" (budget {BUDGET_MS} ms)"
    return f"{head}; silence before an answer: {latencies(felt)}{verdict}"
