"""The outside world as one object, so that a command never reaches for a global."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aiflow_cli.clock import Clock, SystemClock
from aiflow_cli.console import Console

if TYPE_CHECKING:
    from aiflow_cli.config.files import Project
    from aiflow_cli.config.settings import Settings
    from aiflow_cli.dashboard.calls import Player
    from aiflow_cli.dashboard.contract import Dashboard
    from aiflow_cli.dashboard.local import ProjectBot
    from aiflow_cli.recording.redaction import Redactor
    from aiflow_cli.store.store import Store

_SECRET_VARIABLES = ("AIFLOW_SECRET", "AIFLOW_TOKEN", "NGROK_AUTHTOKEN")


class World:
    """Everything a command needs from outside; commands get it as ``ctx.obj``.

    What is expensive is made when it is first asked for. Tests pass their own parts.
    """

    def __init__(self, *, console: Console, clock: Clock, environ: Mapping[str, str], cwd: Path) -> None:
        self.console = console
        self.clock = clock
        self.environ = environ
        self.cwd = cwd
        self._secrets: list[str] = []

    @classmethod
    def from_process(cls) -> World:
        """The actual world."""
        environ = dict(os.environ)
        return cls(console=Console.from_process(environ), clock=SystemClock(), environ=environ, cwd=Path.cwd())

    @cached_property
    def project(self) -> Project | None:
        """The project around the current folder."""
        from aiflow_cli.config.files import find_project

        return find_project(self.cwd)

    @cached_property
    def settings(self) -> Settings:
        """Environment, .env, aiflow.toml, user config, defaults; raises ConfigError."""
        from aiflow_cli.config.files import load_settings

        return load_settings(self.project, self.environ)

    @cached_property
    def store_path(self) -> Path:
        from aiflow_cli.config.files import store_path

        return store_path(self.project, self.environ, self.settings)

    def hide(self, secret: str | None) -> None:
        """Remember a secret that came by an option, so that it is taken out of all that is written and told."""
        if secret:
            self._secrets.append(secret)

    def redactor(self, *more: str | None) -> Redactor:
        """Takes out every secret that we know of, and ``more``."""
        from aiflow_cli.recording.redaction import Redactor

        filed = (self.settings["webhook.secret"], self.settings["dashboard.token"])
        return Redactor([*self._told_secrets(), *filed, *more])

    def without_secrets(self, text: str) -> str:
        """A message for the user without the secrets that we know of; works where the settings are broken, too."""
        from aiflow_cli.recording.redaction import Redactor

        try:
            return self.redactor().text(text)
        except Exception:
            return Redactor(self._told_secrets()).text(text)

    def _told_secrets(self) -> list[str | None]:
        return [*self._secrets, *(self.environ.get(name) for name in _SECRET_VARIABLES)]

    def open_store(self, *secrets: str | None) -> Store:
        """The exchange log; ``secrets`` are taken out of what is written. The caller closes it."""
        from aiflow_cli.store.store import Store

        return Store(self.store_path, redactor=self.redactor(*secrets))

    @property
    def bot(self) -> ProjectBot:
        """What the local dashboard's flow ``local`` is, unless it was changed."""
        from aiflow_cli.dashboard.local import ProjectBot

        return ProjectBot(url=self.settings["webhook.url"] or None, secret=self.settings["webhook.secret"] or None)

    @contextmanager
    def dashboard(self, choice: str | None = None, *, player: Player | None = None) -> Iterator[Dashboard]:
        """The dashboard that is meant: ``choice`` (the flag), else ``dashboard.url``. Says on stderr which one it is.

        Args:
            player: plays the calls that the local one is asked to place.

        Raises:
            UsageError, CredentialsError: the choice makes no sense, or must not get the credential.
        """
        from aiflow_cli.dashboard.choice import dashboard_url, remote_dashboard

        found = self.settings.find("dashboard.url")
        named, chosen_by = (choice, "--dashboard") if choice else (found.text, found.source)
        url = dashboard_url(named)
        if url is None:
            from aiflow_cli.dashboard.local import LocalDashboard

            self.console.say(f"dashboard: local ({self.store_path})")
            with (
                self.open_store() as store,
                LocalDashboard(store, clock=self.clock, player=player, bot=self.bot) as local,
            ):
                yield local
            return
        with remote_dashboard(
            url, chosen_by=chosen_by, settings=self.settings, clock=self.clock, environ=self.environ
        ) as remote:
            self.console.say(f"dashboard: {remote.name}" + (f" ({url})" if remote.name != url else ""))
            yield remote
