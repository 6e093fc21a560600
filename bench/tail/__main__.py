"""From stored to shown: `python -m bench.tail [--exchanges N] [--restarts N] [--rate N] [--tails N] [--local]`.

Real processes: a writer that commits one exchange at a time, `aiflow dashboard`, and `aiflow logs -f` reading its
stream into a pipe. The server is killed with -9 and restarted again and again. Stored is when the commit returned to
the writer, shown is when the line was read from the pipe. Exits 1 where an exchange is missing, comes twice, or is out
of order. `--local` tails the store itself, without a server.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles

WRITER = """
import sys, time
from pathlib import Path
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange

path, count, rate = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
with Store(path) as store, open(sys.argv[4], "w", buffering=1) as stamps:
    begun = time.monotonic()
    for number in range(1, count + 1):
        stored = store.append(an_exchange(number))
        stamps.write(f"{stored.id} {time.time_ns()}\\n")
        if rate and (ahead := begun + number / rate - time.monotonic()) > 0:
            time.sleep(ahead)
"""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Options:
    """What is measured."""

    exchanges: int
    restarts: int
    rate: float
    tails: int
    local: bool


@dataclass
class Shown:
    """What one tail showed: ids in the order they came, and when (Unix ns)."""

    ids: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Result:
    """The figures. ``undisturbed`` leaves out what was stored while the server was away or the tail caught up;
    ``machine_p99_ms`` is what a bare sleep of 20 ms took at the same time, in the same run."""

    exchanges: int
    restarts: int
    tails: int
    seconds: float
    lost: int
    twice: int
    out_of_order: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    undisturbed_p50_ms: float
    undisturbed_p99_ms: float
    consumer_cpu_us_per_exchange: float
    consumer_cpu_share: float
    server_cpu_share: float
    machine_p99_ms: float


class Noise(threading.Thread):
    """How late a sleep of 20 ms ends on this machine now: no tail that polls every 20 ms can be better than that."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.late_ms: list[float] = []

    def run(self) -> None:
        while not self.over.is_set():
            begun = time.monotonic()
            time.sleep(0.02)
            self.late_ms.append((time.monotonic() - begun) * 1000)


class Bench:
    """One run in a folder of its own."""

    def __init__(self, options: Options, folder: Path) -> None:
        self.options = options
        self.environ = {**os.environ, "HOME": str(folder), "AIFLOW_STORE": str(folder / "log.db")}
        self.store = folder / "log.db"
        self.stamps = folder / "stamps"
        self.talk = (folder / "talk").open("w")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.outages: list[tuple[int, int]] = []
        self.server_cpu = 0.0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "aiflow_cli", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environ, stdout=subprocess.PIPE, stderr=self.talk, text=True
        )

    def serve(self) -> subprocess.Popen[str]:
        server = self.start("dashboard", "--port", str(self.port))
        assert server.stdout is not None
        assert server.stdout.readline().startswith("ready")
        return server

    def run(self) -> Result:
        server = None if self.options.local else self.serve()
        where = "local" if self.options.local else f"http://127.0.0.1:{self.port}"
        follow = ("logs", "-f", "-n", "0", "--format", "jsonl", "--dashboard", where)
        tails = [self.start(*follow) for _ in range(self.options.tails)]
        # The position is taken before the first exchange is written, or the count would begin somewhere.
        time.sleep(3)
        seen = [Shown() for _ in tails]
        readers = [threading.Thread(target=self.read, args=pair) for pair in zip(tails, seen, strict=True)]
        for reader in readers:
            reader.start()
        noise = Noise()
        noise.start()
        begun = time.monotonic()
        arguments = [str(self.store), str(self.options.exchanges), str(self.options.rate), str(self.stamps)]
        with subprocess.Popen([sys.executable, "-c", WRITER, *arguments], cwd=ROOT, env=self.environ):
            server = self.disturb(server, seen[0])
        for reader in readers:
            reader.join(timeout=120)
        seconds = time.monotonic() - begun
        noise.over.set()
        for tail, shown in zip(tails, seen, strict=True):
            shown.cpu_seconds = end(tail)
        if server is not None:
            self.server_cpu += end(server)
        return self.judge(seen, seconds, noise)

    def read(self, tail: subprocess.Popen[str], shown: Shown) -> None:
        assert tail.stdout is not None
        for line in tail.stdout:
            shown.at.append(time.time_ns())
            shown.ids.append(int(line[6 : line.index(",")]))
            if shown.ids[-1] >= self.options.exchanges:
                return

    def disturb(self, server: subprocess.Popen[str] | None, shown: Shown) -> subprocess.Popen[str] | None:
        """Kill and restart the server, evenly spread over the exchanges."""
        if server is None:
            return None
        for number in range(1, self.options.restarts + 1):
            until = self.options.exchanges * number // (self.options.restarts + 1)
            while len(shown.ids) < until:
                time.sleep(0.005)
            away = time.time_ns()
            self.server_cpu += end(server)
            server = self.serve()
            self.outages.append((away, self.caught_up(shown)))
        return server

    def caught_up(self, shown: Shown) -> int:
        """When the tail has shown all that was stored up to now."""
        stored = int(subprocess.check_output(["tail", "-n", "1", str(self.stamps)]).split()[0])
        while not shown.ids or shown.ids[-1] < stored:
            time.sleep(0.005)
        return time.time_ns()

    def judge(self, seen: Sequence[Shown], seconds: float, noise: Noise) -> Result:
        stamps = (line.split() for line in self.stamps.read_text().splitlines())
        stored = {int(id): int(at) for id, at in stamps}
        delays = [(stored[id], (at - stored[id]) / 1e6) for s in seen for id, at in zip(s.ids, s.at, strict=True)]
        calm = [ms for when, ms in delays if not any(start <= when <= stop for start, stop in self.outages)]
        cpu = sum(shown.cpu_seconds for shown in seen) / len(seen)
        p50, p99 = percentiles([ms for _, ms in delays])
        calm_p50, calm_p99 = percentiles(calm)
        return Result(
            exchanges=len(stored),
            restarts=len(self.outages),
            tails=len(seen),
            seconds=round(seconds, 1),
            lost=sum(len(stored) - len(set(shown.ids)) for shown in seen),
            twice=sum(len(shown.ids) - len(set(shown.ids)) for shown in seen),
            out_of_order=sum(1 for shown in seen for a, b in zip(shown.ids, shown.ids[1:], strict=False) if b <= a),
            p50_ms=p50,
            p99_ms=p99,
            max_ms=round(max(ms for _, ms in delays), 1),
            undisturbed_p50_ms=calm_p50,
            undisturbed_p99_ms=calm_p99,
            consumer_cpu_us_per_exchange=round(cpu / len(stored) * 1e6, 1),
            consumer_cpu_share=round(cpu / seconds, 3),
            server_cpu_share=round(self.server_cpu / seconds, 3),
            machine_p99_ms=percentiles(noise.late_ms)[1],
        )


def end(process: subprocess.Popen[str]) -> float:
    """kill -9; the CPU seconds that the process has used."""
    before = children_cpu()
    process.kill()
    process.wait()
    return children_cpu() - before


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def percentiles(values: list[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    cuts = quantiles(values, n=100)
    return round(cuts[49], 2), round(cuts[98], 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exchanges", type=int, default=100_000)
    parser.add_argument("--restarts", type=int, default=10)
    parser.add_argument(
        "--rate", type=float, default=1000, help="exchanges a second; 0: as fast as they can be written"
    )
    parser.add_argument("--tails", type=int, default=1)
    parser.add_argument("--local", action="store_true", help="tail the store, without a server")
    parser.add_argument("--json", action="store_true")
    given = vars(parser.parse_args())
    as_json = given.pop("json")
    with tempfile.TemporaryDirectory(prefix="aiflow-bench-") as folder:
        result = Bench(Options(**given), Path(folder)).run()
    figures = asdict(result)
    print(json.dumps(figures) if as_json else "\n".join(f"{name:30} {value}" for name, value in figures.items()))
    return 1 if result.lost or result.twice or result.out_of_order else 0


if __name__ == "__main__":
    sys.exit(main())
