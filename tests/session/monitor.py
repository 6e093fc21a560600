"""The invariants of protocol.md section 3, written a second time as an observer of the delivered events.

It knows nothing of ``CallSession`` but its effects; tests of sessions, simulators and recordings share it.
"""

from __future__ import annotations

from typing import Any


class Monitor:
    """Fed each delivered event with its time; raises AssertionError at the first that breaks an invariant."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.now = 0
        self.playback: dict[str, Any] | None = None
        self.playback_began = 0
        self.quiet_since: int | None = None
        self.last_timeout_ms: int | None = None
        self.voice_noticed = False
        self.last_ended_early = False

    def see(self, event: dict[str, Any], at: int) -> None:
        assert at >= self.now, "time does not run backwards"
        self.now = at
        kind = event["type"]
        assert bool(self.types) == (kind != "session_start"), "session_start comes first and once"
        assert "session_end" not in self.types, "session_end comes last and once"
        check = getattr(self, f"_{kind}", None)
        if check is not None:
            check(event)
        self.types.append(kind)

    def _assistant_speak(self, event: dict[str, Any]) -> None:
        assert self.playback is None, "one playback at a time"
        self.playback, self.playback_began = event, self.now

    def _assistant_speech_ended(self, event: dict[str, Any]) -> None:
        assert self.playback is not None, "a playback ends only after it began"
        self.playback = None

    def _user_speak(self, event: dict[str, Any]) -> None:
        assert self.playback is None, "no user_speak during a playback that goes on"
        if event["barged_in"]:
            assert "assistant_speech_ended" in self.types, "barging in ends a playback early"
        self.voice_noticed = False

    def _user_speech_started(self, event: dict[str, Any]) -> None:
        self.voice_noticed = True

    def _dtmf_received(self, event: dict[str, Any]) -> None:
        assert event["digit"] in set("0123456789*#")

    def _user_input_timeout(self, event: dict[str, Any]) -> None:
        assert self.playback is None, "no input timeout during a playback"
        assert "assistant_speech_ended" in self.types, "the timeout runs from the end of a playback"
        assert self.types[-1] != "user_input_timeout", "one timeout for one playback"
