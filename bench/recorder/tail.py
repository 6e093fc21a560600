"""From the answer to the log: `python -m bench.recorder.tail [--events N]`.

Three processes as a user has them: a bot, `aiflow tunnel`, `aiflow logs -f`. Events go through the tunnel one after
the other; measured is the time from the caller's answer to the line of `logs -f`. Target: p99 <= 40 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from bench.recorder.proxies import free_port, started

TARGET_MS = 40.0
PAUSE_SECONDS = 0.01


def read_lines(stream: IO[bytes], seen: dict[str, float]) -> None:
    """The moment at which each session's line arrives."""
    for line in stream:
        seen[json.loads(line)["sessionId"]] = time.perf_counter()


def send(port: int, events: int) -> dict[str, float]:
    """The moment at which each session's answer arrives."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    answered = {}
    for number in range(events):
        event = {"type": "user_speak", "session": {"id": f"s{number}"}, "text": "hello"}
        connection.request("POST", "/webhook", json.dumps(event), {"Content-Type": "application/json"})
        connection.getresponse().read()
        answered[f"s{number}"] = time.perf_counter()
        time.sleep(PAUSE_SECONDS)
    connection.close()
    return answered


def measure(scratch: Path, events: int) -> list[float]:
    """Milliseconds from answer to line, sorted."""
    environ = {**os.environ, "HOME": str(scratch), "AIFLOW_STORE": str(scratch / "aiflow.db")}
    bot, port = free_port(), free_port()
    aiflow = [sys.executable, "-m", "aiflow_cli"]
    options = ["--provider", "loopback", "--no-register", "--port", str(port)]
    with ExitStack() as stack:
        stack.enter_context(started([sys.executable, "-m", "bench.recorder.app", str(bot)], bot))
        stack.enter_context(
            started([*aiflow, "tunnel", f"http://127.0.0.1:{bot}/webhook", *options], port, environ=environ)
        )
        logs = stack.enter_context(
            subprocess.Popen(
                [*aiflow, "logs", "-f", "-n", "0", "--format", "jsonl"], stdout=subprocess.PIPE, env=environ
            )
        )
        stack.callback(logs.terminate)
        assert logs.stdout is not None
        seen: dict[str, float] = {}
        reader = threading.Thread(target=read_lines, args=(logs.stdout, seen), daemon=True)
        reader.start()
        while not seen:
            # Until the tail follows.
            send(port, 1)
        seen.clear()
        answered = send(port, events)
        deadline = time.monotonic() + 10
        while len(seen) < events and time.monotonic() < deadline:
            time.sleep(0.01)
    lost = answered.keys() - seen.keys()
    if lost:
        raise RuntimeError(f"{len(lost)} events are not in the log")
    return sorted((seen[session] - moment) * 1000 for session, moment in answered.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recorder.tail", description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-tail-") as name:
        delays = measure(Path(name), options.events)
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    print(f"{len(delays)} events, answer -> line: p50 {p50:.1f} ms, p99 {p99:.1f} ms (target {TARGET_MS:.0f} ms)")
    return 0 if p99 <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
