"""Which dashboard is meant: ``local``, ``vendor`` or a URL (design: "Which dashboard")."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from aiflow_cli.clock import Clock
from aiflow_cli.config.settings import Settings
from aiflow_cli.dashboard.contract import Dashboard
from aiflow_cli.errors import UsageError

LOCAL = "local"
VENDOR = "vendor"
VENDOR_URL = "https://api.sipgate.com"


def dashboard_url(choice: str) -> str | None:
    """The base URL of a choice; None for ``local``, which has none.

    Raises:
        UsageError: it is neither a known word nor a URL.
    """
    if choice in (LOCAL, VENDOR):
        return None if choice == LOCAL else VENDOR_URL
    if _scheme(choice) not in ("http", "https"):
        raise UsageError(
            f"there is no dashboard {choice!r}",
            hint=f"--dashboard takes {LOCAL}, {VENDOR}, or a URL like http://127.0.0.1:4600",
        )
    return choice.rstrip("/").removesuffix("/v3")


def _scheme(choice: str) -> str | None:
    try:
        parts = urlsplit(choice)
        return parts.scheme if parts.hostname and parts.port != 0 and "@" not in parts.netloc else None
    except ValueError:
        return None


def remote_dashboard(
    url: str, *, chosen_by: str, settings: Settings, clock: Clock, environ: Mapping[str, str]
) -> Dashboard:
    """The dashboard behind a URL, with the credential that is set.

    Args:
        chosen_by: the flag, variable or file that named it.

    Raises:
        CredentialsError: the credential must not go there.
    """
    from aiflow_cli.config.credentials import check_destination, find_credential
    from aiflow_cli.dashboard.client import HttpDashboard

    credential = find_credential(settings)
    if credential is not None:
        check_destination(credential, url, chosen_by=chosen_by, vendor_url=VENDOR_URL)
    name = VENDOR if url == VENDOR_URL else url
    return HttpDashboard(url, name=name, credential=credential, clock=clock, environ=environ)
