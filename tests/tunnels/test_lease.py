"""The lease: whatever happens in whatever order, the former URL comes back and nobody else's is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aiflow_cli.errors import TunnelError
from aiflow_cli.tunnels.lease import Conflict, Lease, look_around, records, restore, take

FORMER = "https://former.example/webhook"


class Flow:
    """A flow at a dashboard, with or without etags; ``meddle`` runs before the next write, as somebody else would."""

    dashboard = "board"
    flow = "flow"

    def __init__(self, *, etags: bool = True) -> None:
        self.url = FORMER
        self.version = 1
        self.etags = etags
        self.writes: list[str] = []
        self.meddle: list[str] = []

    def set(self, url: str) -> None:
        self.url = url
        self.version += 1

    def read(self) -> tuple[str, str | None]:
        return self.url, f'"{self.version}"' if self.etags else None

    def write(self, url: str, *, if_match: str | None) -> None:
        if self.meddle:
            self.set(self.meddle.pop())
        if self.etags and if_match != f'"{self.version}"':
            raise Conflict
        self.writes.append(url)
        self.set(url)


def no_agent() -> int | None:
    return None


def leased(folder: Path, flow: Flow, *, take_over: bool = False) -> Lease:
    return take(folder, flow, take_over=take_over, agent=no_agent)


@pytest.fixture(params=[True, False], ids=["etags", "no etags"])
def flow(request: pytest.FixtureRequest) -> Flow:
    return Flow(etags=request.param)


def test_the_url_is_borrowed_and_put_back(tmp_path: Path, flow: Flow) -> None:
    lease = leased(tmp_path, flow)
    assert flow.url == FORMER
    assert lease.register("https://a.example")
    assert flow.url == "https://a.example"
    ending = lease.end()
    assert ending is not None and ending.restored
    assert flow.url == FORMER
    assert records(tmp_path) == []


def test_what_is_to_be_put_back_is_on_disk_before_the_change(tmp_path: Path, flow: Flow) -> None:
    seen: list[dict[str, object]] = []

    def write(url: str, *, if_match: str | None) -> None:
        (path,) = tmp_path.glob("*.json")
        seen.append(json.loads(path.read_text()))
        flow.set(url)

    lease = leased(tmp_path, flow)
    flow.write = write  # type: ignore[method-assign]
    lease.register("https://a.example")
    assert (seen[0]["former"], seen[0]["ours"]) == (FORMER, ["https://a.example"])


def test_a_url_that_somebody_else_set_is_left_alone(tmp_path: Path, flow: Flow) -> None:
    lease = leased(tmp_path, flow)
    lease.register("https://a.example")
    flow.set("https://production.example")
    ending = lease.end()
    assert ending is not None
    assert (ending.restored, ending.url, flow.url) == (
        False,
        "https://production.example",
        "https://production.example",
    )


def test_a_change_in_between_is_noticed_by_the_etag(tmp_path: Path) -> None:
    flow = Flow()
    lease = leased(tmp_path, flow)
    lease.register("https://a.example")
    flow.meddle = ["https://production.example"]
    ending = lease.end()
    assert ending is not None and not ending.restored
    assert flow.url == "https://production.example"


def test_registering_does_not_overwrite_a_change_either(tmp_path: Path, flow: Flow) -> None:
    lease = leased(tmp_path, flow)
    lease.register("https://a.example")
    flow.set("https://production.example")
    assert not lease.register("https://b.example")
    assert flow.url == "https://production.example"


def test_a_new_url_takes_the_place_of_the_old_one(tmp_path: Path, flow: Flow) -> None:
    lease = leased(tmp_path, flow)
    lease.register("https://a.example")
    assert lease.register("https://b.example")
    assert flow.url == "https://b.example"
    lease.end()
    assert flow.url == FORMER


def test_a_second_tunnel_is_refused(tmp_path: Path, flow: Flow) -> None:
    lease = leased(tmp_path, flow)
    with pytest.raises(TunnelError, match="another tunnel holds the flow flow"):
        leased(tmp_path, flow)
    with pytest.raises(TunnelError):
        look_around(tmp_path, "board", "flow", take_over=False)
    with pytest.raises(TunnelError):
        restore(tmp_path, flow)
    lease.end()
    leased(tmp_path, flow).end()


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_taking_over_inherits_the_former_url(tmp_path: Path, flow: Flow, first_ends_first: bool) -> None:
    first = leased(tmp_path, flow)
    first.register("https://a.example")
    second = leased(tmp_path, flow, take_over=True)
    assert second.register("https://b.example")
    assert not first.is_mine()
    with pytest.raises(TunnelError, match="taken the flow flow over"):
        first.register("https://a2.example")
    for lease in (first, second) if first_ends_first else (second, first):
        lease.end()
    assert flow.url == FORMER
    assert records(tmp_path) == []


def test_a_lease_that_was_taken_over_does_not_end_the_other(tmp_path: Path, flow: Flow) -> None:
    first = leased(tmp_path, flow)
    first.register("https://a.example")
    second = leased(tmp_path, flow, take_over=True)
    second.register("https://b.example")
    assert first.end() is None
    assert flow.url == "https://b.example"
    second.end()


DIES = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.tunnels.test_lease import Flow, leased
flow = Flow()
lease = leased(Path(sys.argv[1]), flow)
lease.register("https://dead.example")
print("registered", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def dead_url(tmp_path: Path) -> str:
    """A process registers this URL and is killed."""
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", DIES, str(tmp_path), root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "registered\n"
    with pytest.raises(TunnelError, match=f"process {process.pid}"):
        look_around(tmp_path, "board", "flow", take_over=False)
    process.kill()
    process.communicate()
    return "https://dead.example"


def test_the_next_tunnel_inherits_from_a_killed_one(tmp_path: Path, dead_url: str, flow: Flow) -> None:
    flow.set(dead_url)
    lease = leased(tmp_path, flow)
    lease.register("https://next.example")
    lease.end()
    assert flow.url == FORMER


def test_restore_puts_back_what_a_killed_one_left(tmp_path: Path, dead_url: str, flow: Flow) -> None:
    flow.set(dead_url)
    ending = restore(tmp_path, flow)
    assert ending is not None and ending.restored
    assert flow.url == FORMER
    assert restore(tmp_path, flow) is None
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock"]


def test_restore_leaves_a_changed_url_alone(tmp_path: Path, dead_url: str, flow: Flow) -> None:
    flow.set("https://production.example")
    ending = restore(tmp_path, flow)
    assert ending is not None and not ending.restored
    assert flow.url == "https://production.example"
    assert records(tmp_path) == []


def test_a_killed_ones_record_does_not_outlive_a_changed_url(tmp_path: Path, dead_url: str, flow: Flow) -> None:
    flow.set("https://production.example")
    lease = leased(tmp_path, flow)
    lease.register("https://next.example")
    lease.end()
    assert flow.url == "https://production.example"


def test_the_program_of_a_killed_tunnel_is_ended(tmp_path: Path, flow: Flow) -> None:
    agent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        code = DIES.replace(
            "leased(Path(sys.argv[1]), flow)",
            f"take(Path(sys.argv[1]), flow, take_over=False, agent=lambda: {agent.pid})",
        ).replace("import Flow, leased", "import Flow, take")
        killed = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parents[2])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert killed.stdout is not None and killed.stdout.readline()
        killed.kill()
        killed.communicate()
        assert agent.poll() is None
        look_around(tmp_path, "board", "flow", take_over=False)
        assert agent.wait(10) != 0
    finally:
        agent.kill()
        agent.wait()


def test_a_process_that_only_has_the_number_is_left_alone(tmp_path: Path, flow: Flow) -> None:
    lease = take(tmp_path, flow, take_over=False, agent=os.getpid)
    (path,) = tmp_path.glob("*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "agentIdentity": "another start"}))
    lease._lock.release()
    # This very process would be ended.
    restore(tmp_path, flow)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"ours": 1}', b"\xff\xfe"])
def test_a_file_that_nobody_can_read_is_no_lease(tmp_path: Path, flow: Flow, content: bytes) -> None:
    lease = leased(tmp_path, flow)
    (path,) = tmp_path.glob("*.json")
    lease.end()
    path.write_bytes(content)
    assert restore(tmp_path, flow) is None
    leased(tmp_path, flow).end()


def test_two_flows_have_two_leases(tmp_path: Path) -> None:
    first, second = Flow(), Flow()
    second.flow = "another"
    leases = [leased(tmp_path, first), leased(tmp_path, second)]
    assert {record.flow for record in records(tmp_path)} == {"flow", "another"}
    for lease in leases:
        lease.end()


class Tunnels(RuleBasedStateMachine):
    """Tunnels that come, move, are killed, are taken over and end, in any order, while people change the flow."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        self.flow = Flow()
        self.tunnels: list[Lease] = []
        self.given = 0
        self.by_people = FORMER

    def fresh(self) -> str:
        self.given += 1
        return f"https://tunnel-{self.given}.example"

    @rule(take_over=st.booleans())
    def start(self, take_over: bool) -> None:
        try:
            lease = leased(self.folder, self.flow, take_over=take_over)
        except TunnelError:
            assert not take_over
            return
        lease.register(self.fresh())
        self.tunnels.append(lease)

    @precondition(lambda self: self.tunnels)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.tunnels))
        if lease.is_mine():
            lease.register(self.fresh())

    @precondition(lambda self: self.tunnels)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.tunnels))
        self.tunnels.remove(lease)
        lease.end()

    @precondition(lambda self: self.tunnels)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.tunnels))
        self.tunnels.remove(lease)
        # What the operating system does at a process's death.
        lease._lock.release()

    @rule(number=st.integers(1, 3))
    def change_by_hand(self, number: int) -> None:
        self.by_people = f"https://production-{number}.example"
        self.flow.set(self.by_people)

    @invariant()
    def a_tunnels_url_is_always_somebodys(self) -> None:
        if self.flow.url != self.by_people:
            (record,) = records(self.folder)
            assert self.flow.url in record.ours
            assert record.former == self.by_people

    def teardown(self) -> None:
        for lease in self.tunnels:
            lease.end()
        if records(self.folder):
            restore(self.folder, self.flow)
        assert self.flow.url == self.by_people
        assert records(self.folder) == []
        self.scratch.cleanup()


TestTunnels: Callable[..., object] = Tunnels.TestCase
Tunnels.TestCase.settings = settings(max_examples=60, stateful_step_count=15)
