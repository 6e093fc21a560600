"""The bot that is tested: where it is, how it is reached, and what is kept of what it answers."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from aiflow_cli.clock import SystemClock
from aiflow_cli.config.webhook import check_url
from aiflow_cli.console import Console
from aiflow_cli.context import World
from aiflow_cli.errors import AiflowError
from aiflow_cli.loopback import is_loopback
from aiflow_cli.recording.exchange import LOCAL_FLOW, Exchange
from aiflow_cli.simulator.call import Options as CallOptions
from aiflow_cli.simulator.line import Webhook
from aiflow_cli.testing.bot import RunningBot, answers, free_port, launch, on_port, running
from aiflow_cli.testing.options import Options

if TYPE_CHECKING:
    from aiflow_cli.store.store import Store


class Subject:
    """One project's bot for the length of a test run. ``close`` ends it, if we started it.

    Args:
        world: of the project's folder.
        own_port: start it on a port of its own: other processes of this run have theirs.
    """

    def __init__(self, world: World, *, own_port: bool = False) -> None:
        self.world = world
        self.options = Options.read(world.environ)
        self.redactor = world.redactor()
        self.secret = world.settings["webhook.secret"] or None
        self.bot: RunningBot | None = None
        self._own_port = own_port
        self._url = check_url(world.settings["webhook.url"])
        self._stack = ExitStack()
        self._store: Store | None = None
        self._is_ready = False
        self._failed: AiflowError | None = None

    @property
    def url(self) -> str:
        """Where the bot answers; it is started for that.

        Raises:
            ConfigError, WebhookError: it cannot be started. It is tried once in a run.
        """
        if self._failed is not None:
            raise self._failed
        if not self._is_ready:
            try:
                self._ensure()
            except AiflowError as error:
                self._failed = error
                raise
            self._is_ready = True
        return self._url

    def trouble(self) -> AiflowError | None:
        """Why the bot cannot be started; None where it answers."""
        try:
            assert self.url
        except AiflowError as error:
            return error
        return None

    def _ensure(self) -> None:
        settings = self.world.settings
        if not is_loopback(self._url) or answers(self._url, settings["app.health"]):
            return
        if self._own_port:
            self._url = on_port(self._url, free_port())
        self.bot = self._stack.enter_context(
            running(launch(self.world, self._url, patience=self.options.patience), self.world.clock)
        )

    def reach(self) -> Webhook:
        """The webhook, for one call."""
        from aiflow_cli.transports.reach import reach

        return reach(self.url, secret=self.secret, timeout=self.options.timeout)

    @property
    def call_options(self) -> CallOptions:
        flow = self.world.settings["dashboard.flow"] or LOCAL_FLOW
        return CallOptions(source="test", flow_id=flow)

    def keep(self, exchange: Exchange) -> None:
        """Write an exchange to the log, where that was asked for."""
        if not self.options.record:
            return
        if self._store is None:
            self._store = self._stack.enter_context(self.world.open_store(self.secret))
        self._store.append(exchange)

    @property
    def written(self) -> int:
        """How many bytes the bot has written so far, where we get to see them."""
        log = self._log
        return log.stat().st_size if log is not None and log.exists() else 0

    def output(self, since: int) -> str:
        """What it wrote after so many bytes, without secrets."""
        log = self._log
        if log is None or not log.exists():
            return ""
        with log.open("rb") as file:
            file.seek(since)
            return self.redactor.text(file.read().decode(errors="replace")).rstrip()

    @property
    def _log(self) -> Path | None:
        if self.bot is not None:
            return self.bot.log
        return Path(self.options.bot_log) if self.options.bot_log else None

    def close(self) -> None:
        self._stack.close()


def world_of(folder: Path) -> World:
    """The world for a project's folder, in whatever process this is."""
    environ = dict(os.environ)
    return World(console=Console.from_process(environ), clock=SystemClock(), environ=environ, cwd=folder)
