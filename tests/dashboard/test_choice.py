"""Which dashboard a word means."""

from __future__ import annotations

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.config.settings import Settings, from_variables
from aiflow_cli.dashboard.choice import VENDOR_URL, dashboard_url, remote_dashboard
from aiflow_cli.errors import CredentialsError, UsageError


@pytest.mark.parametrize(
    ("choice", "url"),
    [
        ("local", None),
        ("vendor", VENDOR_URL),
        ("http://127.0.0.1:4600", "http://127.0.0.1:4600"),
        ("https://dashboard.example/", "https://dashboard.example"),
        ("https://dashboard.example/base/v3", "https://dashboard.example/base"),
    ],
)
def test_words_and_urls(choice: str, url: str | None) -> None:
    assert dashboard_url(choice) == url


@pytest.mark.parametrize(
    "choice", ["", "Local", "ftp://x", "http://", "http://x:0", "http://x:99999", "http://a@b", "//x"]
)
def test_everything_else_is_refused(choice: str) -> None:
    with pytest.raises(UsageError, match="there is no dashboard"):
        dashboard_url(choice)


def test_the_vendor_is_called_so() -> None:
    with remote_dashboard(
        VENDOR_URL, chosen_by="--dashboard", settings=Settings([]), clock=SystemClock(), environ={}
    ) as board:
        assert board.name == "vendor"


def test_a_credential_does_not_go_where_a_committed_file_says() -> None:
    settings = Settings([from_variables({"AIFLOW_TOKEN": "token"}, "environment")])
    with pytest.raises(CredentialsError, match="may be anybody's"):
        remote_dashboard(
            "https://evil.example", chosen_by="/p/aiflow.toml", settings=settings, clock=SystemClock(), environ={}
        )
