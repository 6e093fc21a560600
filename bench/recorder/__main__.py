"""Requests a second through the recorder: `python -m bench.recorder [--peers] [--seconds N] [--rounds N] [--json]`.

wrk sends one event over 32 connections (and over one, for what the proxy adds to an answer), in interleaved rounds
through: nothing, `aiflow tunnel`, and with `--peers` mitmdump -w (installed into an environment of its own) and caddy
(where it is on PATH). Medians, and ratios to mitmdump -w; also the processor time that each took for a request,
which a busy machine changes least. Afterwards the exchange log is counted: every answer that
wrk got has to be in it. Needs wrk.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.recorder.proxies import Proxy, all_proxies

CONNECTIONS = 32
TARGET = 8.0
"""Times mitmdump -w (design.md section 6)."""

_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"type":"user_speak","session":{"id":"bench","account_id":"1","phone_number":"+4922147100100",' ..
  '"direction":"inbound","from_phone_number":"+4915112345678","to_phone_number":"+4922147100100"},"text":"hello"}'
done = function(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, errors,
    latency:percentile(50), latency:percentile(99)))
end
"""
_RESULT = re.compile(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)")


@dataclass
class Figures:
    """What wrk measured for one proxy, a value a round; latencies at one connection, in milliseconds."""

    proxy: Proxy
    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    answered: int = 0


def load(script: Path, url: str, *, connections: int, seconds: int) -> tuple[int, float, float, float]:
    """Requests answered, requests a second, p50 and p99 in milliseconds."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(script), url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    match = _RESULT.search(told)
    if match is None:
        raise RuntimeError(f"wrk said: {told}")
    requests, micros, errors, p50, p99 = map(int, match.groups())
    if errors:
        raise RuntimeError(f"{errors} requests to {url} failed")
    return requests, requests / micros * 1e6, p50 / 1000, p99 / 1000


def measure(proxies: Sequence[Proxy], script: Path, *, seconds: int, rounds: int) -> list[Figures]:
    """Interleaved rounds, so that a busy moment of the machine hits all alike; the first one only warms up."""
    measured = [Figures(proxy) for proxy in proxies]
    for round in range(rounds + 1):
        for figures in measured:
            url = figures.proxy.url
            before = figures.proxy.cpu_seconds()
            many, per_second, _, _ = load(script, url, connections=CONNECTIONS, seconds=seconds)
            used = figures.proxy.cpu_seconds() - before
            few, _, p50, p99 = load(script, url, connections=1, seconds=max(seconds // 2, 1))
            figures.answered += many + few
            if round:
                figures.per_second.append(per_second)
                figures.cpu.append(used / many * 1e6)
                figures.p50.append(p50)
                figures.p99.append(p99)
    return measured


def install_mitmproxy(scratch: Path) -> str:
    """Peers live outside the checkout and its environment."""
    place = scratch / "peers"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run([place / "bin/pip", "install", "--quiet", "mitmproxy"], check=True)
    return str(place / "bin/mitmdump")


def stored(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM exchanges").fetchone()[0])


def report(measured: Sequence[Figures], in_log: int) -> dict[str, object]:
    """Medians and ratios as one JSON object."""
    base = next((median(f.per_second) for f in measured if f.proxy.name == "mitmdump -w"), None)
    base_cpu = next((median(f.cpu) for f in measured if f.proxy.name == "mitmdump -w"), None)
    direct = median(measured[0].p50)
    rows = [
        {
            "name": figures.proxy.name,
            "records": figures.proxy.records,
            "requestsPerSecond": round(median(figures.per_second)),
            "timesMitmdump": round(median(figures.per_second) / base, 1) if base else None,
            "cpuMicrosPerRequest": round(median(figures.cpu)),
            "timesLessCpu": round(base_cpu / median(figures.cpu), 1) if base_cpu else None,
            "addedP50Ms": round(median(figures.p50) - direct, 3),
            "p99Ms": round(median(figures.p99), 2),
        }
        for figures in measured
    ]
    answered = next(figures.answered for figures in measured if figures.proxy.name == "aiflow")
    return {"connections": CONNECTIONS, "target": TARGET, "rows": rows, "answered": answered, "stored": in_log}


def show(told: dict[str, object]) -> None:
    print(f"{'':12} {'req/s':>7} {'x mitmdump':>10} {'CPU/req':>9} {'x less':>7} {'added p50':>10} {'p99 at 1':>9}")
    rows = told["rows"]
    assert isinstance(rows, list)
    for row in rows:
        times, less = (row[name] or "-" for name in ("timesMitmdump", "timesLessCpu"))
        cpu = f"{row['cpuMicrosPerRequest']:>6} us {less:>7}"
        latency = f"{row['addedP50Ms']:>7.2f} ms {row['p99Ms']:>6.2f} ms"
        records = "  records" if row["records"] else ""
        print(f"{row['name']:12} {row['requestsPerSecond']:>7} {times:>10} {cpu} {latency}{records}")
    print(f"answered by aiflow: {told['answered']}, in its log: {told['stored']}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recorder", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure mitmdump -w and caddy too")
    parser.add_argument("--mitmdump", help="use this mitmdump instead of installing one")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("bench.recorder needs wrk")
    with tempfile.TemporaryDirectory(prefix="bench-recorder-") as name:
        scratch = Path(name)
        mitmdump = options.mitmdump or (install_mitmproxy(scratch) if options.peers else None)
        script = scratch / "event.lua"
        script.write_text(_SCRIPT)
        with all_proxies(scratch, mitmdump=mitmdump) as proxies:
            measured = measure(proxies, script, seconds=options.seconds, rounds=options.rounds)
        told = report(measured, stored(scratch / "aiflow.db"))
    if options.json:
        print(json.dumps(told))
    else:
        show(told)
    # wrk stops in the middle of requests: what is in the log and was not counted was under way then.
    missing = int(str(told["answered"])) - int(str(told["stored"]))
    return 1 if missing > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
