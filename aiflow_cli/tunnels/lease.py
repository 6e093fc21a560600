"""A flow's webhook URL, borrowed: changed while a tunnel lives, put back at its end, whatever that end is.

One file for each flow says what is to be put back. It is on disk before the URL is changed, and its owner
holds a lock that the operating system lets go at the owner's death; so a free lock means that the URL
still has to be put back. Only the webhook URL is ever changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from aiflow_cli.errors import TunnelError
from aiflow_cli.tunnels.locks import FileLock
from aiflow_cli.tunnels.processes import end_orphan, identity_of

TURN_SECONDS = 60.0
"""How long to wait for another process that is reading or changing the same lease."""

ATTEMPTS = 5


class Conflict(Exception):
    """Somebody changed the flow between reading and writing it."""


class Registry(Protocol):
    """Where the URL is registered. Every method may raise AiflowError.

    ``dashboard`` tells one dashboard from another, ``flow`` one flow from another.
    """

    dashboard: str
    flow: str

    def read(self) -> tuple[str, str | None]:
        """The flow's URL, and its etag where there are etags."""

    def write(self, url: str, *, if_match: str | None) -> None:
        """Change the URL. Raises Conflict where the etag is another one now."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the file says.

    Args:
        dashboard, flow: whose URL it is.
        former: what to put back.
        ours: what may be registered in its place: only these are ever replaced.
        owner: names the tunnel that holds the lease.
        pid: of that tunnel's process.
        agentPid: the tunnel program that must not outlive it.
        agentIdentity: tells that program from a later one with the same number.
    """

    dashboard: str
    flow: str
    former: str
    ours: tuple[str, ...]
    owner: str
    pid: int
    agentPid: int | None = None
    agentIdentity: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a lease ended.

    Args:
        restored: the former URL is registered again.
        url: what is registered now; None where that is not known.
        former: what was to be put back.
    """

    restored: bool
    url: str | None
    former: str


class LeaseFile:
    """The file of one flow, and whether its owner lives.

    Args:
        folder: of all leases.
        registry: whose file it is.
    """

    def __init__(self, folder: Path, dashboard: str, flow: str) -> None:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        name = hashlib.sha256(f"{dashboard}\n{flow}".encode()).hexdigest()[:32]
        self.path = folder / f"{name}.json"
        self.turn = FileLock(folder / f"{name}.lock")

    def owner_lock(self, owner: str) -> FileLock:
        """The lock that the owner holds as long as it lives."""
        return FileLock(self.path.with_suffix(f".{owner}.lock"))

    def read(self) -> Record | None:
        """What it says; None where there is none, or one that nobody can read."""
        try:
            data = json.loads(self.path.read_bytes())
            return Record(**{**data, "ours": tuple(data["ours"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, record: Record) -> None:
        """On disk when this returns, and never half of it."""
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(asdict(record), indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        _sync_folder(self.path.parent)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        _sync_folder(self.path.parent)

    def lives(self, record: Record) -> bool:
        """The owner is running."""
        lock = self.owner_lock(record.owner)
        if not lock.acquire():
            return True
        lock.release()
        lock.path.unlink(missing_ok=True)
        return False


@dataclass
class Lease:
    """A flow's URL while a tunnel lives. Made by ``take``."""

    registry: Registry
    file: LeaseFile
    owner: str
    _lock: FileLock
    _agent: Callable[[], int | None]

    def register(self, url: str) -> bool:
        """Make ``url`` the flow's webhook URL; false where somebody has set one of their own meanwhile.

        Raises:
            TunnelError: another tunnel has taken the flow over, or it is changed again and again.
        """
        with self.file.turn.held(TURN_SECONDS):
            record = self._mine()
            ours = record.ours if url in record.ours else (*record.ours, url)
            # First on disk, then at the dashboard: whatever happens in between can be put back.
            self.file.write(replace(record, ours=ours, **_agent_fields(self._agent())))
            return _change(self.registry, lambda current: url if current in (record.former, *ours) else None)[0]

    def is_mine(self) -> bool:
        """No other tunnel has taken the flow over."""
        record = self.file.read()
        return record is not None and record.owner == self.owner

    def end(self) -> Ending | None:
        """Put the former URL back, if the flow still has one of ours. None where the lease is another tunnel's now.

        Raises:
            AiflowError: the dashboard does not let us; the file stays, for ``--restore``.
        """
        try:
            with self.file.turn.held(TURN_SECONDS):
                record = self.file.read()
                if record is None or record.owner != self.owner:
                    return None
                return _put_back(self.registry, self.file, record)
        finally:
            self._lock.release()
            self._lock.path.unlink(missing_ok=True)

    def _mine(self) -> Record:
        record = self.file.read()
        if record is None or record.owner != self.owner:
            raise taken_over(self.registry.flow)
        return record


def take(folder: Path, registry: Registry, *, take_over: bool, agent: Callable[[], int | None]) -> Lease:
    """Become the one who may change a flow's URL.

    What a tunnel that was killed has left behind is inherited: its former URL is put back at our end, and
    its program is ended.

    Args:
        folder: of all leases.
        take_over: also from a tunnel that lives; it ends by itself then.
        agent: tells the tunnel program's process.

    Raises:
        TunnelError: another tunnel holds it.
    """
    file = LeaseFile(folder, registry.dashboard, registry.flow)
    with file.turn.held(TURN_SECONDS):
        found = _look_around(file, take_over=take_over)
        current, _ = registry.read()
        former: str = current
        ours: tuple[str, ...] = ()
        if found is not None and current in found.ours:
            former, ours = found.former, found.ours
        owner = uuid4().hex
        lock = file.owner_lock(owner)
        if not lock.acquire():
            raise TunnelError(f"{lock.path} cannot be locked", hint="is that folder on a network drive?")
        record = Record(registry.dashboard, registry.flow, former, ours, owner, os.getpid())
        file.write(replace(record, **_agent_fields(agent())))
    return Lease(registry, file, owner, lock, agent)


def look_around(folder: Path, dashboard: str, flow: str, *, take_over: bool) -> None:
    """Before a tunnel is opened: is the flow free, and did a killed tunnel leave its program behind?

    ngrok's free plan allows one agent, so that an orphan has to end first.

    Raises:
        TunnelError: another tunnel holds the flow.
    """
    file = LeaseFile(folder, dashboard, flow)
    with file.turn.held(TURN_SECONDS):
        _look_around(file, take_over=take_over)


def _look_around(file: LeaseFile, *, take_over: bool) -> Record | None:
    found = file.read()
    if found is None:
        return None
    if not file.lives(found):
        _end_agent(found)
    elif not take_over:
        raise _held(found)
    return found


def restore(folder: Path, registry: Registry) -> Ending | None:
    """Put back what a tunnel that was killed has left behind; None where there is nothing.

    Raises:
        TunnelError: the tunnel is running.
    """
    file = LeaseFile(folder, registry.dashboard, registry.flow)
    with file.turn.held(TURN_SECONDS):
        found = file.read()
        if found is None:
            return None
        if file.lives(found):
            raise _held(found)
        _end_agent(found)
        return _put_back(registry, file, found)


def records(folder: Path) -> list[Record]:
    """Every lease that is there, of the living and the dead."""
    found = []
    for path in sorted(folder.glob("*.json")):
        file = LeaseFile.__new__(LeaseFile)
        file.path = path
        record = file.read()
        if record is not None:
            found.append(record)
    return found


def taken_over(flow: str) -> TunnelError:
    """What the tunnel that lost its flow says at its end."""
    return TunnelError(f"another tunnel has taken the flow {flow} over", hint="it puts the former URL back at its end")


def _held(record: Record) -> TunnelError:
    return TunnelError(
        f"another tunnel holds the flow {record.flow} (process {record.pid})",
        hint="end it, use another --flow, or take the flow over with --take-over",
    )


def _change(registry: Registry, wanted: Callable[[str], str | None]) -> tuple[bool, str]:
    """Read, decide, write; again where somebody came in between. Returns whether it is as wanted, and the URL."""
    for _ in range(ATTEMPTS):
        current, etag = registry.read()
        url = wanted(current)
        if url is None or url == current:
            return url is not None, current
        try:
            registry.write(url, if_match=etag)
        except Conflict:
            continue
        return True, url
    raise TunnelError(f"the flow {registry.flow} is being changed by somebody else all the time")


def _put_back(registry: Registry, file: LeaseFile, record: Record) -> Ending:
    restored, url = _change(
        registry, lambda current: record.former if current in (*record.ours, record.former) else None
    )
    file.remove()
    return Ending(restored, url, record.former)


def _agent_fields(pid: int | None) -> dict[str, Any]:
    return {"agentPid": pid, "agentIdentity": identity_of(pid) if pid is not None else None}


def _end_agent(record: Record) -> None:
    if record.agentPid is not None and record.agentIdentity is not None:
        end_orphan(record.agentPid, record.agentIdentity)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
