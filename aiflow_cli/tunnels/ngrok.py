"""ngrok through pyngrok 9: the one place where pyngrok is used.

What has to be known of it: it puts the authtoken into the agent's arguments, never searches PATH, prints
the progress of a download to stdout, and reads the agent's first lines without a limit of time.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from pyngrok import conf, installer, ngrok, process
from pyngrok.exception import PyngrokError, PyngrokNgrokError, PyngrokNgrokHTTPError, PyngrokNgrokInstallError
from pyngrok.log import NgrokLog

from aiflow_cli.errors import AiflowError, TunnelError
from aiflow_cli.tunnels.base import Notify, origin_of
from aiflow_cli.tunnels.ngrok_errors import explain
from aiflow_cli.tunnels.ngrok_setup import find_agent, read_own_config, write_config, write_starter
from aiflow_cli.tunnels.processes import end_child

START_SECONDS = 20.0
LOOK_SECONDS = 2.0

_DOWN = ("session closed", "failed to reconnect session", "heartbeat timeout")
_UP = ("client session established", "tunnel session started")

Confirm = Callable[[], bool]
"""Asks whether the agent may be downloaded."""


class Ngrok:
    """A tunnel of ngrok.

    Args:
        environ: its PATH, NGROK_AUTHTOKEN and home.
        authtoken: the token, where aiflow's own settings have one.
        config_path: our own config file for the agent.
        domain: a reserved domain, else a random one.
        region: of the service, else the nearest.
        confirm: asks before the agent is downloaded.
        notify: told what the agent reports.
        start_seconds: how long the agent may take.
    """

    name = "ngrok"

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        authtoken: str | None,
        config_path: Path,
        confirm: Confirm,
        notify: Notify,
        domain: str | None = None,
        region: str | None = None,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self.agent_pid: int | None = None
        self._environ = environ
        self._authtoken = authtoken
        self._config_path = config_path
        self._starter = config_path.with_name("start-agent")
        self._stderr = config_path.with_name("stderr.txt")
        self._confirm = confirm
        self._notify = notify
        self._domain = domain.removeprefix("https://").rstrip("/") if domain else None
        self._region = region
        self._start_seconds = start_seconds
        self._config: conf.PyngrokConfig | None = None
        self._child: subprocess.Popen[str] | None = None
        self._monitor: threading.Thread | None = None
        self._api_url: str | None = None
        self._online = False

    def open(self, port: int) -> str:
        self.close()
        own = read_own_config(self._environ)
        token = self._authtoken or own.authtoken
        write_config(self._config_path, own.agent)
        write_starter(self._starter, self._agent(), stderr=self._stderr)
        self._config = self._configure(self._starter)
        with _token_in_environment(token):
            self._start(self._config)
        try:
            return self._connect(self._config, port)
        except PyngrokError as error:
            raise self._explain(error) from None

    def _agent(self) -> Path:
        """The agent; downloaded where the user wants that."""
        default = Path(conf.DEFAULT_NGROK_PATH)
        found = find_agent(self._environ, default=default)
        if found is not None:
            return found
        if not self._confirm():
            raise TunnelError("the ngrok agent is not installed", hint=_INSTALL)
        # Its progress goes to stdout, where only data belongs.
        installer._print_progress_enabled = False
        self._notify("downloading the ngrok agent")
        try:
            installer.install_ngrok(str(default), timeout=60)
        except (PyngrokNgrokInstallError, OSError) as error:
            raise TunnelError(f"the ngrok agent could not be downloaded: {error}", hint=_INSTALL) from None
        return default

    def _configure(self, agent: Path) -> conf.PyngrokConfig:
        config = conf.PyngrokConfig(
            ngrok_path=str(agent),
            config_path=str(self._config_path),
            region=self._region,
            # Ctrl-C goes to the foreground group: the agent must outlive it until the former URL is restored.
            start_new_session=True,
            startup_timeout=int(self._start_seconds) or 1,
            request_timeout=15,
            log_event_callback=self._heard,
        )
        # Filled from the environment by the constructor; pyngrok would put it into the arguments, for all to read.
        config.auth_token = None
        config.api_key = None
        return config

    def _start(self, config: conf.PyngrokConfig) -> None:
        """pyngrok waits for the agent's next line without an end: the limit has to come from outside."""
        failures: list[PyngrokError | OSError] = []

        def start() -> None:
            try:
                process.get_process(config)
            except (PyngrokError, OSError) as error:
                failures.append(error)

        starter = threading.Thread(target=start, name="aiflow-ngrok", daemon=True)
        starter.start()
        starter.join(self._start_seconds)
        timed_out = starter.is_alive()
        running = process._current_processes.get(config.ngrok_path)
        if timed_out and running is not None:
            # Not pyngrok's own kill: that waits for a lock which the starting thread holds.
            end_child(running.proc)
        starter.join(LOOK_SECONDS)
        if timed_out or failures or running is None:
            raise self._not_started(failures, timed_out=timed_out)
        self._child, self._monitor, self._api_url = running.proc, running._monitor_thread, running.api_url
        self.agent_pid = running.proc.pid
        self._online = True

    def _not_started(self, failures: list[PyngrokError | OSError], *, timed_out: bool) -> AiflowError:
        if timed_out:
            return TunnelError(
                f"the ngrok agent was not up within {self._start_seconds:g} s",
                hint="see what it says: ngrok start --none --log stdout",
            )
        return self._explain(failures[0]) if failures else TunnelError("the ngrok agent ended at once")

    def _connect(self, config: conf.PyngrokConfig, port: int) -> str:
        options: dict[str, Any] = {"url": f"https://{self._domain}"} if self._domain else {}
        # With a name of our own, no definition of the user's config is merged into it.
        tunnel = ngrok.connect(
            f"http://127.0.0.1:{port}", name=f"aiflow-{uuid4().hex[:8]}", pyngrok_config=config, **options
        )
        return origin_of(tunnel.public_url or "")

    def _explain(self, error: PyngrokError | OSError) -> AiflowError:
        said = error.ngrok_error if isinstance(error, PyngrokNgrokError) and error.ngrok_error else ""
        if isinstance(error, PyngrokNgrokHTTPError):
            said = error.body
        logged = [log.err or "" for log in getattr(error, "ngrok_logs", ()) if log.err not in (None, "<nil>", "nil")]
        return explain(said or next(iter(logged), "") or self._last_words() or str(error))

    def _last_words(self) -> str:
        """What the agent complained about before it had a log: a config that it does not read, for example."""
        with suppress(OSError, UnicodeDecodeError):
            return self._stderr.read_text(encoding="utf-8").strip()[-400:]
        return ""

    def _heard(self, log: NgrokLog) -> None:
        """Called by pyngrok for every line of the agent."""
        message = log.msg or ""
        if message.startswith(_DOWN):
            if self._online:
                self._notify(f"ngrok lost its connection ({log.err or message}); it tries again")
            self._online = False
        elif message.startswith(_UP):
            self._online = True

    def look(self) -> str | None:
        child = self._child
        if child is None or child.poll() is not None or not self._online:
            return None
        try:
            told = ngrok.api_request(f"{self._api_url}/api/endpoints", timeout=LOOK_SECONDS)
        except (PyngrokError, OSError, ValueError):
            return None
        urls = [
            item.get("public_url") or item.get("url") for item in told.get("endpoints") or told.get("tunnels") or ()
        ]
        return next((origin_of(url) for url in urls if isinstance(url, str) and url.startswith("http")), None)

    def lives(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def close(self) -> None:
        # Also what pyngrok has started while Ctrl-C ended our waiting for it.
        running = process._current_processes.pop(self._config.ngrok_path, None) if self._config is not None else None
        child, self._child = self._child or (running.proc if running is not None else None), None
        if child is None:
            return
        end_child(child)
        if self._monitor is not None:
            self._monitor.join(LOOK_SECONDS)
        if child.stdout is not None:
            with suppress(OSError):
                child.stdout.close()
        self.agent_pid = None


_INSTALL = (
    "install it from https://ngrok.com/download, let us download it with --download, or use --provider cloudflared"
)


@contextmanager
def _token_in_environment(token: str | None) -> Iterator[None]:
    """The agent inherits the token by the environment, where other users cannot read it."""
    before = os.environ.get("NGROK_AUTHTOKEN")
    if token:
        os.environ["NGROK_AUTHTOKEN"] = token
    try:
        yield
    finally:
        if before is not None:
            os.environ["NGROK_AUTHTOKEN"] = before
        else:
            os.environ.pop("NGROK_AUTHTOKEN", None)
