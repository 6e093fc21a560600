"""What conversation tests cost: `python -m bench.testing`.

- plugin: milliseconds that the pytest plugin adds to a run that has no calls: importing its entry module, once the
  bytecode is cached, as `-X importtime` says; and modules that it brings in beside itself.
- calls: seconds of a whole `aiflow test` process over so many calls (greeting, two sentences, goodbye: 10 events each)
  to a bot that answers at once; start and end of that bot included.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

PLUGIN_TARGET_MS = 2.0
CALLS_TARGET_SECONDS = 5.0
MODULE = "aiflow_cli.pytest_plugin"

BOT = """
import os
from aiflow_cli.simulator import echo_bot
server = echo_bot.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), echo_bot._Handler)
server.daemon_threads = True
server.serve_forever()
"""
CALL = """
  - name: call {number}
    greeting: {{speak: "Hello! How can I help you today?"}}
    steps:
      - say: I would like a pizza
        expect: {{speak: {{equals: "You said: I would like a pizza"}}, within_ms: 1000}}
      - say: two of them
        expect: {{speak: {{contains: [two, them], absent: three}}}}
      - say: goodbye
        expect: {{hangup: true}}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.testing", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5, help="the median of this many runs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    plugin = median(_import_ms() for _ in range(options.repeat * 4 + 1))
    with tempfile.TemporaryDirectory() as folder:
        runs = [_run(Path(folder), options.calls) for _ in range(options.repeat)]
    calls, cpu = (median(run[part] for run in runs) for part in (0, 1))
    if options.json:
        print(
            json.dumps(
                {
                    "pluginMs": round(plugin, 3),
                    "calls": options.calls,
                    "seconds": round(calls, 3),
                    "cpuSeconds": round(cpu, 3),
                }
            )
        )
        return
    print(f"plugin: {plugin:.2f} ms (target {PLUGIN_TARGET_MS:g})")
    told = f"{calls:.2f} s, {cpu:.2f} s of it on a CPU"
    print(f"aiflow test, {options.calls} calls: {told} (target {CALLS_TARGET_SECONDS:g} s for 200)")


def _import_ms() -> float:
    command = [sys.executable, "-X", "importtime", "-c", f"import pytest; import aiflow_cli; import {MODULE}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    match = re.search(rf"\|\s+(\d+) \|\s+{re.escape(MODULE)}$", told, re.MULTILINE)
    assert match is not None
    return int(match[1]) / 1000


def _run(folder: Path, calls: int) -> tuple[float, float]:
    """Seconds by the clock, and seconds of CPU time of all processes, the bot's included."""
    (folder / "calls").mkdir(exist_ok=True)
    (folder / "bot.py").write_text(BOT)
    (folder / "calls/all.yaml").write_text("calls:" + "".join(CALL.format(number=number) for number in range(calls)))
    command = json.dumps([sys.executable, "bot.py"])
    (folder / "aiflow.toml").write_text(
        f'[webhook]\nurl = "http://127.0.0.1:{_port()}/webhook"\n[app]\ncommand = {command}\n'
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AIFLOW_")}
    started, used = time.perf_counter(), _cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "aiflow_cli", "test"], cwd=folder, env=environ, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0 or f"{calls} passed" not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return seconds, _cpu_seconds() - used


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _port() -> int:
    from aiflow_cli.testing.bot import free_port

    return free_port()


if __name__ == "__main__":
    main()
