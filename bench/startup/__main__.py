"""What it costs to start: `python -m bench.startup [--peers] [--instructions] [--rounds N] [--json]`.

Whole processes, from the wheel in a fresh environment, in interleaved rounds; medians, and their ratio to
`python -c pass`. Wall time moves by tens of percent on a busy machine, so `--instructions` counts those too
(valgrind), and `--peers` installs httpie, hatch and copier to compare with in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from aiflow_cli.simulator.echo_bot import echo_bot
from bench.startup.environments import ROOT, with_aiflow, with_peers


@dataclass
class Case:
    """One command to measure.

    Args:
        limit: target as a multiple of the case ``of``; None where there is none (design.md section 6).
    """

    name: str
    command: Sequence[str]
    of: str = "bare"
    limit: float | None = None
    seconds: list[float] = field(default_factory=list)
    instructions: int | None = None

    @property
    def median(self) -> float:
        return median(self.seconds)


def cases(programs: Path, url: str) -> list[Case]:
    """Our commands and their floors."""
    python, aiflow = str(programs / "python"), str(programs / "aiflow")
    send = [aiflow, "send-event", "user_speak", "--text", "hello", "--url", url]
    return [
        Case("bare", [python, "-c", "pass"]),
        Case("empty script", [str(programs / "empty-script")]),
        Case("aiflow --version", [aiflow, "--version"], of="empty script", limit=1.15),
        Case("aiflow --help", [aiflow, "--help"], limit=9),
        Case("aiflow send-event --help", [aiflow, "send-event", "--help"]),
        Case("aiflow logs -n 20", [aiflow, "logs", "-n", "20"], limit=15),
        Case("aiflow send-event", send),
        Case("aiflow demo --once", [aiflow, "demo", "--once"]),
        Case("bash alone", ["bash", "--norc", "-c", f"source {ROOT}/completions/aiflow.bash"]),
        Case("bash + TAB", ["bash", "--norc", "-c", _TAB]),
    ]


_TAB = (
    f"source {ROOT}/completions/aiflow.bash;"
    " COMP_WORDS=(aiflow send-event --text hello user_) COMP_CWORD=4; _aiflow; [[ ${#COMPREPLY[@]} == 4 ]]"
)


def peers(programs: Path, url: str) -> list[Case]:
    """Programs that people know."""
    post = [str(programs / "http"), "--ignore-stdin", "POST", url, "type=session_start", "session[id]=1"]
    return [
        Case("httpie: http POST", post),
        Case("hatch --version", [str(programs / "hatch"), "--version"]),
        Case("copier --version", [str(programs / "copier"), "--version"]),
    ]


def _run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    subprocess.run(command, env=environ, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def measure(found: Sequence[Case], environ: Mapping[str, str], rounds: int) -> None:
    """Every case once a round, so that a busy moment hits all of them; the first round only warms up."""
    for number in range(rounds + 1):
        for case in found:
            started = time.perf_counter()
            _run(case.command, environ)
            if number:
                case.seconds.append(time.perf_counter() - started)


def count(found: Sequence[Case], environ: Mapping[str, str], folder: Path) -> None:
    """Instructions in user space, by callgrind; of the process itself, not of its children."""
    for case in found:
        log = folder / "valgrind.log"
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}", *case.command]
        _run(command, environ)
        totals = re.findall(r"Collected : (\d+)", log.read_text())
        case.instructions = int(totals[-1]) if totals else None


def report(found: Sequence[Case]) -> str:
    by_name = {case.name: case for case in found}
    bare = by_name["bare"]
    lines = [f"{'':<26}{'ms':>8}{'x bare':>8}{'M instr':>9}{'x bare':>8}  target"]
    for case in found:
        line = f"{case.name:<26}{case.median * 1000:8.1f}{case.median / bare.median:8.2f}{_counted(case, bare)}"
        lines.append(f"{line}  {_target(case, by_name[case.of])}".rstrip())
    tab = (by_name["bash + TAB"].median - by_name["bash alone"].median) * 1000
    lines.append(f"TAB in bash: {tab:.1f} ms more than sourcing the script; at most 10")
    if post := by_name.get("httpie: http POST"):
        lines.append(f"aiflow send-event: {_ratio(by_name['aiflow send-event'], post, 0.8)}")
    return "\n".join(lines)


def _counted(case: Case, bare: Case) -> str:
    if case.instructions is None or bare.instructions is None:
        return f"{'-':>9}{'-':>8}"
    return f"{case.instructions / 1e6:9.0f}{case.instructions / bare.instructions:8.1f}"


def _target(case: Case, of: Case) -> str:
    return "" if case.limit is None else _ratio(case, of, case.limit)


def _ratio(case: Case, of: Case, limit: float) -> str:
    ratio = case.median / of.median
    return f"{ratio:.2f} x {of.name}, at most {limit}{'' if ratio <= limit else '  MISSED'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peers", action="store_true", help="install httpie, hatch and copier, and measure them too")
    parser.add_argument("--instructions", action="store_true", help="count instructions (needs valgrind)")
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    options = parser.parse_args()
    if options.instructions and not shutil.which("valgrind"):
        parser.error("--instructions needs valgrind")
    with tempfile.TemporaryDirectory(prefix="aiflow-bench-") as name, echo_bot() as url:
        folder = Path(name)
        found = cases(with_aiflow(folder), url)
        if options.peers:
            found += peers(with_peers(folder), url)
        environ = _environ(folder)
        _fill_the_log(found, environ)
        measure(found, environ, options.rounds)
        if options.instructions:
            count(found, environ, folder)
    print(json.dumps([{**asdict(case), "median": case.median} for case in found]) if options.json else report(found))
    return 0


def _environ(folder: Path) -> dict[str, str]:
    """A home of its own; httpie without its look for updates, which starts more processes."""
    settings = folder / "httpie"
    settings.mkdir()
    (settings / "config.json").write_text('{"disable_update_warnings": true}')
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "HTTPIE_CONFIG_DIR": str(settings), "LANG": "C.UTF-8"}


def _fill_the_log(found: Sequence[Case], environ: Mapping[str, str]) -> None:
    send = next(case for case in found if case.name == "aiflow send-event")
    command = [*send.command, "--repeat", "50"]
    _run(command, environ)


if __name__ == "__main__":
    sys.exit(main())
