"""The credential for a dashboard: how it is sent, and where it may go."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiflow_cli.config.settings import Settings
from aiflow_cli.errors import CredentialsError
from aiflow_cli.loopback import is_loopback

VARIABLE = "AIFLOW_TOKEN"
HOW_TO_SET = (
    f"set {VARIABLE} in the environment or in .env: an OAuth token, or a personal access token as TOKEN-ID:TOKEN"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A token for the dashboard.

    Args:
        token: an OAuth token, or ``id:token`` of a personal access token (protocol.md section 5).
        source: where it was found.
    """

    token: str
    source: str

    @property
    def is_personal(self) -> bool:
        """A personal access token, which goes by HTTP Basic."""
        return ":" in self.token

    @property
    def header(self) -> str:
        """The value of ``Authorization``."""
        if self.is_personal:
            return f"Basic {base64.b64encode(self.token.encode()).decode()}"
        return f"Bearer {self.token}"

    @property
    def description(self) -> str:
        """What it is, without saying it."""
        kind = "personal access token (Basic)" if self.is_personal else "token (Bearer)"
        return f"the {kind} of {VARIABLE}, from {self.source}"


def find_credential(settings: Settings) -> Credential | None:
    """The credential that is set, if there is one."""
    found = settings.find("dashboard.token")
    if not found.text:
        return None
    if not found.text.isascii() or not found.text.isprintable():
        raise CredentialsError(
            f"{VARIABLE} (from {found.source}) is not a token: it has strange characters", hint=HOW_TO_SET
        )
    return Credential(found.text, found.source)


def check_destination(credential: Credential, url: str, *, chosen_by: str, vendor_url: str) -> None:
    """Refuse to send a credential where it could be read or stolen.

    Args:
        url: of the dashboard.
        chosen_by: where that URL comes from (``Value.source``, or the name of a flag).
        vendor_url: the one that every file may name.

    Raises:
        CredentialsError: not encrypted, or the host was chosen by a file that is committed.
    """
    parts = urlsplit(url)
    if is_loopback(url) or url == vendor_url:
        return
    if parts.scheme != "https":
        raise CredentialsError(
            f"{VARIABLE} is not sent to {url}: it would go over the network in the clear",
            hint="use the https:// URL of that dashboard",
        )
    if chosen_by.endswith("aiflow.toml"):
        raise CredentialsError(
            f"{VARIABLE} is not sent to {parts.hostname}, which only {chosen_by} names: that file may be anybody's",
            hint=f"if you trust it: export AIFLOW_DASHBOARD_URL={url}",
        )
