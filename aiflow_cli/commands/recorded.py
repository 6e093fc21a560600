"""What ``replay`` and ``diff`` share: finding a recorded call, and sending it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiflow_cli.context import World
from aiflow_cli.errors import UsageError, WebhookError

if TYPE_CHECKING:
    from aiflow_cli.commands.stage import Line
    from aiflow_cli.recording.exchange import Exchange
    from aiflow_cli.recording.files import Header, Recording
    from aiflow_cli.recording.pseudonyms import Pseudonyms
    from aiflow_cli.simulator.replay import Replayed
    from aiflow_cli.store.store import Store

SOURCE_HELP = "A recording, the id of a session, or the id of an exchange."

_ALL = 1_000_000
_DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a recording is sent again.

    Args:
        line: how the bot is reached.
        keep_ids: leave session ids and times as they were recorded.
    """

    line: Line
    original_timing: bool = False
    keep_ids: bool = False


def find(world: World, name: str) -> Recording:
    """The recording that ``name`` means: a file, a session id or an exchange id; what is odd about it goes to stderr.

    Raises:
        RecordingError: the file is none.
        UsageError: there is nothing of that name.
    """
    from aiflow_cli.recording.files import read_recording

    path = world.cwd / name
    if _exists(path):
        recording = read_recording(path, name=name)
        for note in recording.notes:
            world.console.say(f"note: {note}")
    else:
        recording = _from_log(world, name)
    if not recording.entries:
        raise UsageError(f"{name} holds no exchange", hint="record a call: aiflow call --record FILE")
    return recording


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # Too long for a file's name.
        return False


def _from_log(world: World, name: str) -> Recording:
    with world.open_store() as store:
        number = name.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 19 and (one := store.get(int(number))):
            return recording_of([one])
        if exchanges := session_exchanges(store, name):
            return recording_of(exchanges)
    raise UsageError(
        f"{name} is neither a file nor a session or exchange of the log {world.store_path}",
        hint="`aiflow logs --format transcript` shows the sessions, `aiflow logs` the exchanges",
    )


def session_exchanges(store: Store, session_id: str) -> list[Exchange]:
    """Everything the log has of one call, oldest first."""
    from aiflow_cli.store.query import Query

    return store.first(Query(session_id=session_id), _ALL)


def recording_of(exchanges: Iterable[Exchange]) -> Recording:
    """Exchanges of the log as a recording; when in the call they happened follows from the time of day."""
    from aiflow_cli.recording.files import CallClock, Entry, Header, Recording

    clock = CallClock()
    entries = tuple(Entry(exchange, clock.call_time_ms(exchange)) for exchange in exchanges)
    first = entries[0].exchange
    return Recording(Header(url=first.url, transport=first.transport, flow_id=first.flow_id), entries)


def choose_url(world: World, recording: Recording, given: str | None) -> str:
    """Where a recording is sent to: the flag, else the project's bot, else where it was recorded.

    A recording may come from anybody, so its URL is followed on this machine alone.

    Raises:
        UsageError: the flag is no URL.
    """
    from aiflow_cli.config.webhook import check_url
    from aiflow_cli.loopback import is_loopback

    if given is not None:
        return check_url(given)
    setting = world.settings.find("webhook.url")
    recorded, configured = recording.header, setting.text
    same_transport = configured.startswith("ws") == (recorded.transport == "websocket")
    if is_loopback(recorded.url) and (setting.source == _DEFAULT or not same_transport):
        return check_url(recorded.url)
    return check_url(configured)


def send_again(world: World, recording: Recording, sending: Sending, *, store: Store) -> Iterator[Replayed]:
    """Send a recording again; each new exchange is in the log before it is shown."""
    from dataclasses import replace

    from aiflow_cli.simulator.replay import Options, replay, skipped

    world.console.say(f"replaying to {sending.line.url}")
    if recording.header.redacted:
        world.console.say("note: the recording is redacted: the bot hears pseudonyms in place of what was said")
    for reason, count in skipped(recording, sending.line.transport).items():
        world.console.say(f"note: {count} of {len(recording.entries)} exchanges left out: {reason}")
    options = Options(
        original_timing=sending.original_timing,
        keep_ids=sending.keep_ids,
        timeout=sending.line.timeout,
        flow_id=sending.line.flow_id,
        known_id=lambda exchange: _known_id(store, exchange),
    )
    for replayed in replay(recording, sending.line.connect, clock=world.clock, options=options):
        yield replace(replayed, exchange=store.append(replayed.exchange))


def _known_id(store: Store, recorded: Exchange) -> int | None:
    """Its id, if this log has it: a recording from elsewhere has the ids of another log."""
    mine = store.get(recorded.id) if recorded.id is not None else None
    known = mine is not None and (mine.at, mine.session_id) == (recorded.at, recorded.session_id)
    return recorded.id if known else None


def check_reached(replayed: Iterable[Replayed]) -> None:
    """Fail where an event got no answer at all, unless it got none when it was recorded, for the same reason.

    Raises:
        WebhookError: with the reason.
    """
    for one in replayed:
        if one.exchange.outcome not in ("connection-error", "timeout"):
            continue
        if one.recorded is None or one.recorded.outcome != one.exchange.outcome:
            problem = next((problem.message for problem in one.exchange.problems), "no answer came")
            hint = "start the bot first (its README says how), or name another one with --url"
            raise WebhookError(problem, hint=hint if one.exchange.outcome == "connection-error" else None)


def pseudonyms(world: World) -> Pseudonyms:
    """The masks of ``--redact``, with the key beside the exchange log."""
    from aiflow_cli.config.redaction_key import redaction_key
    from aiflow_cli.recording.pseudonyms import Pseudonyms

    return Pseudonyms(redaction_key(world.store_path.parent))


def make_line(
    world: World, recording: Recording, *, url: str | None, secret: str | None, timeout: float, settle: int
) -> Line:
    """The way to the bot, from the options that ``replay`` and ``diff`` share."""
    from aiflow_cli.commands.stage import Line
    from aiflow_cli.recording.exchange import LOCAL_FLOW

    secret = secret or world.settings["webhook.secret"] or None
    world.hide(secret)
    target = choose_url(world, recording, url)
    flow = world.settings["dashboard.flow"] or LOCAL_FLOW
    return Line(url=target, secret=secret, timeout=timeout or None, settle=settle / 1000, flow_id=flow)


@contextmanager
def recording_beside(
    world: World, file: str | None, header: Callable[[], Header], *, redact: bool
) -> Iterator[Callable[[Sequence[Exchange]], None]]:
    """A recording of what goes on anyway: a function that takes exchanges, from any thread.

    Where the file cannot be written any more (a full disk), that is said once, and the traffic goes on: the log has it.

    Raises:
        UsageError: ``redact`` without a file; the file exists and is no recording.
        RecordingError: the file cannot be written from the start.
    """
    if file is None:
        if redact:
            raise UsageError("--redact masks what is written to a file, and there is none", hint="add --record FILE")
        yield lambda exchanges: None
        return
    from aiflow_cli.recording.files import RecordingError, RecordingWriter

    masks = pseudonyms(world) if redact else None
    broken = False
    with RecordingWriter(world.cwd / file, header(), redactor=world.redactor(), pseudonyms=masks) as writer:

        def keep(exchanges: Sequence[Exchange]) -> None:
            nonlocal broken
            try:
                for exchange in exchanges if not broken else ():
                    writer.write(exchange)
            except RecordingError as error:
                broken = True
                world.console.say(f"the recording ends here: {error.message}; `aiflow logs --save` has the rest")

        yield keep
