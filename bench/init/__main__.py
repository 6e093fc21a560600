"""Seconds from `aiflow init` to the first answered event, for each template: `python -m bench.init [TEMPLATE...]`.

Follows a project's README step by step. By default with empty caches of pip, npm and Go, as on a new machine (download
included); `--warm` keeps the user's own. Where the gems come from Debian, `--local-gems` lets Bundler take those.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from aiflow_cli.scaffold.catalog import TEMPLATES, Template

STEPS = ("init", "install", "start", "event", "total")
START_SECONDS = 300.0
Seconds = dict[str, float]


def main() -> None:
    """Measure and print: a table on a terminal and elsewhere, JSON with `--json`."""
    options = _options()
    results = {
        name: _medians([_measure(TEMPLATES[name], options) for _ in range(options.repeat)])
        for name in options.templates
    }
    if options.json:
        print(json.dumps({"unit": "seconds", "warm": options.warm, "repeat": options.repeat, "templates": results}))
        return
    print(f"{'':10}" + "".join(f"{step:>9}" for step in STEPS))
    for name, seconds in results.items():
        print(f"{name:10}" + "".join(f"{seconds[step]:8.2f}s" for step in STEPS))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.init", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("templates", nargs="*", metavar="TEMPLATE", default=list(TEMPLATES))
    parser.add_argument("--warm", action="store_true", help="keep the user's caches")
    parser.add_argument("--local-gems", action="store_true", help="bundle install --local")
    parser.add_argument("--repeat", type=int, default=1, help="print the median of this many runs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.templates) - set(TEMPLATES):
        parser.error(f"no template {', '.join(sorted(unknown))}; there are {', '.join(TEMPLATES)}")
    return options


def _medians(runs: list[Seconds]) -> Seconds:
    return {step: round(median(run[step] for run in runs), 3) for step in STEPS}


def _measure(template: Template, options: argparse.Namespace) -> Seconds:
    """One newcomer: the seconds of each step, from an empty folder."""
    with tempfile.TemporaryDirectory(prefix="aiflow-bench-") as scratch:
        environ = _environ(Path(scratch), warm=options.warm)
        project = Path(scratch) / "my-bot"
        seconds = {
            "init": _timed(lambda: _run(f"aiflow init my-bot --template {template.name}", project.parent, environ))
        }
        _move_to_free_port(project)
        install = (
            f"{template.install} --local" if template.name == "sinatra" and options.local_gems else template.install
        )
        seconds["install"] = _timed(lambda: _run(install, project, environ))
        began = time.perf_counter()
        with _started(template, project, environ):
            seconds["start"] = time.perf_counter() - began
            seconds["event"] = _timed(lambda: _say_hello(project, environ))
    return {**seconds, "total": sum(seconds.values())}


def _timed(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _environ(scratch: Path, *, warm: bool) -> dict[str, str]:
    caches = {"GOCACHE": "go", "npm_config_cache": "npm", "PIP_CACHE_DIR": "pip"}
    empty = {} if warm else {name: str(scratch / "caches" / folder) for name, folder in caches.items()}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, **empty}


def _run(command: str, folder: Path, environ: Mapping[str, str]) -> str:
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environ, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _move_to_free_port(project: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in (".env", "aiflow.toml"):
        file = project / name
        file.write_text(file.read_text().replace("3000", str(port)))


@contextmanager
def _started(template: Template, project: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """The bot, from its first healthy answer on."""
    activate = ". .venv/bin/activate; " if template.name == "flask" else ""
    command = f"{activate}set -a; . ./.env; set +a; {template.start}"
    with (project.parent / "log").open("wb") as log:
        # A group of its own: a shell or `go run` would be stopped without the bot that it started.
        process = subprocess.Popen(
            ["sh", "-c", command], cwd=project, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_healthy(project, process)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_until_healthy(project: Path, process: "subprocess.Popen[bytes]") -> None:
    settings = dict(line.split("=", 1) for line in (project / ".env").read_text().splitlines() if "=" in line)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{settings['PORT']}/health", timeout=5).close()
            return
        except URLError:
            time.sleep(0.01)
    sys.exit(f"the bot did not start:\n{(project.parent / 'log').read_text()}")


def _say_hello(project: Path, environ: Mapping[str, str]) -> None:
    answer = _run("aiflow send-event user_speak --text hello", project, environ)
    if "You said: hello" not in answer:
        sys.exit(f"the bot did not answer:\n{answer}")


if __name__ == "__main__":
    main()
