"""A recorded call again: its events in their order, one at a time, to a bot that answers anew.

Ids and times are rewritten, so that a bot that keeps state sees a new call. Over HTTP the answer to each event
is its response. On a WebSocket nothing says that an answer is complete, so the recording helps: as many actions
as came then are waited for now, and whatever comes beside them is taken too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.rules import Delivery
from aiflow_cli.recording.exchange import LOCAL_FLOW, Exchange, Transport, observe
from aiflow_cli.recording.files import Entry, Recording
from aiflow_cli.recording.rewrite import Rewriter
from aiflow_cli.simulator.line import Pushing, Webhook

_PATIENCE_SECONDS = 2.0
"""How long a line is listened to for what came when it was recorded, if it came fast: twice the budget."""

_MOST_FRAMES = 1000
"""A bot that never stops talking must not stop the replay."""

_SLICE_SECONDS = 0.25
"""How long a line is listened to at once: a line that was closed meanwhile does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a recording is sent again.

    Args:
        original_timing: at the recorded call times; else each event as soon as the one before is answered.
        keep_ids: leave session ids and times as they were recorded.
        timeout: seconds that a WebSocket is listened to, at most, for actions that came when it was recorded.
        flow_id: for the exchange log.
        known_id: of an exchange in this machine's log, so that its replay can say which one it repeats.
    """

    original_timing: bool = False
    keep_ids: bool = False
    timeout: float | None = 5.0
    flow_id: str = LOCAL_FLOW
    known_id: Callable[[Exchange], int | None] = field(default=lambda exchange: None)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One exchange of the new call.

    Args:
        exchange: what happened now.
        call_time_ms: of what it repeats.
        recorded: what it repeats; None where actions came that the recording does not have at that place.
    """

    exchange: Exchange
    call_time_ms: float
    recorded: Exchange | None = None


def replay(
    recording: Recording, connect: Callable[[], Webhook], *, clock: Clock, options: Options | None = None
) -> Iterator[Replayed]:
    """Send every call of a recording again, one after the other, and yield what comes back.

    A call ends early where nothing listens.

    Args:
        connect: makes the webhook of one call; it is closed when the call is over.
    """
    options = options or Options()
    for session, entries in recording.calls.items():
        webhook = connect()
        try:
            yield from _Call(session, entries, webhook, clock, options).run()
        finally:
            webhook.close()


def skipped(recording: Recording, transport: Transport) -> dict[str, int]:
    """How many entries are not sent again, by the reason."""
    reasons = [_why_skipped(entry.exchange, transport) for entry in recording.entries]
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons) if reason is not None}


def _why_skipped(exchange: Exchange, transport: str) -> str | None:
    if exchange.outcome == "rejected":
        return "never reached the bot"
    if transport == "http" and exchange.type == "user_speech_started":
        return "user_speech_started is sent on WebSocket only"
    if transport == "http" and _is_push(exchange):
        return "came unasked, which needs a WebSocket"
    return None


def _is_push(exchange: Exchange) -> bool:
    return exchange.event is None and exchange.raw_event is None


class _Call:
    """One call on its way."""

    def __init__(
        self, session: str | None, entries: Sequence[Entry], webhook: Webhook, clock: Clock, options: Options
    ) -> None:
        self._entries = entries
        self._webhook = webhook
        self._line = webhook if isinstance(webhook, Pushing) else None
        self._clock = clock
        self._options = options
        self._session = session if session is None or options.keep_ids else str(uuid4())
        self._rewriter = self._make_rewriter(session)
        self._began = clock.monotonic()
        self._ahead = 0
        self._last_event: dict[str, Any] | None = None

    def _make_rewriter(self, session: str | None) -> Rewriter:
        if self._options.keep_ids or session is None or self._session is None:
            return Rewriter({}, shift_ms=0)
        return Rewriter({session: self._session}, shift_ms=self._clock.now() * 1000 - self._recorded_ms())

    def _recorded_ms(self) -> float:
        try:
            return datetime.fromisoformat(self._entries[0].exchange.at).timestamp() * 1000
        except (ValueError, OverflowError, OSError):
            return self._clock.now() * 1000

    def run(self) -> Iterator[Replayed]:
        try:
            yield from self._run()
        except BaseException:
            self._hang_up()
            raise

    def _run(self) -> Iterator[Replayed]:
        for entry in self._entries:
            if _why_skipped(entry.exchange, self._webhook.kind) is not None:
                continue
            if self._options.original_timing:
                self._wait_for(entry.call_time_ms)
            again = self._push_again if _is_push(entry.exchange) else self._again
            for replayed in again(entry):
                self._ahead += len(replayed.exchange.actions)
                yield replayed
                if replayed.exchange.outcome == "connection-error":
                    return
            self._ahead = max(self._ahead - len(entry.exchange.actions), 0)
        yield from self._unasked(self._entries[-1])

    def _hang_up(self) -> None:
        """An interrupted call is over for the bot, too: whoever keeps state by session must hear of it."""
        last = self._last_event
        if last is not None and last.get("type") != "session_end" and isinstance(last.get("session"), dict):
            end = {"type": "session_end", "session": last["session"], "reason": "caller_hangup"}
            self._webhook.post(json.dumps(end, ensure_ascii=False).encode())

    def _wait_for(self, call_time_ms: float) -> None:
        left = self._began + call_time_ms / 1000 - self._clock.monotonic()
        if left > 0:
            self._clock.sleep(left)

    def _again(self, entry: Entry) -> Iterator[Replayed]:
        """Send one event."""
        recorded = entry.exchange
        # What came since the last answer belongs to the turn before.
        yield from self._unasked(entry)
        event = None if recorded.event is None else self._rewriter.event(recorded.event)
        raw = None if recorded.raw_event is None else self._rewriter.text(recorded.raw_event)
        at = rfc3339(self._clock.now())
        self._last_event = event or self._last_event
        reply = self._webhook.post(json.dumps(event, ensure_ascii=False).encode() if raw is None else raw.encode())
        reply = self._completed(event, reply, recorded)
        yield Replayed(self._observe(event, reply, recorded, at=at, raw=raw), entry.call_time_ms, recorded)

    def _unasked(self, entry: Entry) -> Iterator[Replayed]:
        frames = self._listen(actions=0, seconds=0)
        if frames:
            yield Replayed(self._observe(None, _frames(frames)), entry.call_time_ms)

    def _push_again(self, entry: Entry) -> Iterator[Replayed]:
        """Nothing is sent: what was a push may have come already, as a late part of an answer."""
        recorded = entry.exchange
        missing = max(len(recorded.actions) - self._ahead, 0)
        frames = self._listen(actions=missing, seconds=self._patience(recorded))
        if frames:
            yield Replayed(self._observe(None, _frames(frames), recorded), entry.call_time_ms, recorded)

    def _completed(self, event: dict[str, Any] | None, reply: Reply, recorded: Exchange) -> Reply:
        """On a WebSocket: with the frames that are still to come, going by the recording."""
        if self._line is None or reply.failure is not None:
            return reply
        missing = len(recorded.actions) - len(Delivery(event, reply).answer.raw)
        if missing <= 0:
            return reply
        began = self._clock.monotonic()
        late = self._listen(actions=missing, seconds=self._patience(recorded))
        if not late:
            return reply
        passed = (self._clock.monotonic() - began) * 1000
        return replace(_frames((*reply.frames, *late)), duration_ms=reply.duration_ms + passed)

    def _patience(self, recorded: Exchange) -> float:
        """Seconds: a bot that was slow may be slow again."""
        wanted = max(_PATIENCE_SECONDS, 2 * (recorded.duration_ms or 0) / 1000)
        return wanted if self._options.timeout is None else min(wanted, self._options.timeout)

    def _listen(self, *, actions: int, seconds: float) -> tuple[bytes, ...]:
        """All frames that are there, and further ones until there are so many actions or the time is up."""
        if self._line is None:
            return ()
        frames: tuple[bytes, ...] = ()
        while len(frames) < _MOST_FRAMES and (more := self._line.pushed(0)):
            frames += more
        deadline = self._clock.monotonic() + seconds
        while len(Delivery(None, _frames(frames)).answer.raw) < actions:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                break
            frames += self._line.pushed(min(left, _SLICE_SECONDS))
        return frames

    def _observe(
        self,
        event: dict[str, Any] | None,
        reply: Reply,
        recorded: Exchange | None = None,
        *,
        at: str | None = None,
        raw: str | None = None,
    ) -> Exchange:
        exchange = observe(
            event,
            reply,
            flow_id=self._options.flow_id,
            at=at or rfc3339(self._clock.now()),
            source="replay",
            url=self._webhook.url,
            transport=self._webhook.kind,
            raw_event=raw,
            replay_of=self._options.known_id(recorded) if recorded is not None else None,
        )
        return exchange if event is not None else replace(exchange, session_id=self._session)


def _frames(frames: Sequence[bytes]) -> Reply:
    return Reply(body=b"\n".join(frames), frames=tuple(frames))


__all__ = ["Options", "Replayed", "replay", "skipped"]
