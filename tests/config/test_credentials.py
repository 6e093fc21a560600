"""The dashboard's credential: two kinds, and places it never goes to."""

from __future__ import annotations

import pytest

from aiflow_cli.config.credentials import Credential, check_destination, find_credential
from aiflow_cli.config.settings import Settings, from_variables
from aiflow_cli.errors import CredentialsError

VENDOR = "https://api.example"


def test_none_is_none() -> None:
    assert find_credential(Settings([])) is None


def test_where_it_came_from_is_known() -> None:
    found = find_credential(Settings([from_variables({"AIFLOW_TOKEN": "id:token"}, "/home/me/.env")]))
    assert found == Credential("id:token", "/home/me/.env")
    assert found.description == "the personal access token (Basic) of AIFLOW_TOKEN, from /home/me/.env"


@pytest.mark.parametrize("token", ["two\nlines", "tökén", "tab\t"])
def test_what_no_header_can_hold_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(CredentialsError, match="strange characters") as raised:
        find_credential(Settings([from_variables({"AIFLOW_TOKEN": token}, "environment")]))
    assert token not in raised.value.message


@pytest.mark.parametrize(
    ("url", "chosen_by"),
    [
        (VENDOR, "/project/aiflow.toml"),
        ("http://127.0.0.1:4600", "/project/aiflow.toml"),
        ("http://localhost:4600", "--dashboard"),
        ("http://[::1]:4600", "environment"),
        ("https://dashboard.example", "--dashboard"),
        ("https://dashboard.example", "environment"),
        ("https://dashboard.example", "/home/me/.config/aiflow/config.toml"),
    ],
)
def test_it_goes_where_the_user_said(url: str, chosen_by: str) -> None:
    check_destination(Credential("token", "environment"), url, chosen_by=chosen_by, vendor_url=VENDOR)


@pytest.mark.parametrize(
    ("url", "chosen_by", "reason"),
    [
        ("http://dashboard.example", "--dashboard", "in the clear"),
        ("http://127.0.0.1.evil.example", "--dashboard", "in the clear"),
        ("https://dashboard.example", "/project/aiflow.toml", "only /project/aiflow.toml names"),
        (f"{VENDOR}.evil.example", "/project/aiflow.toml", "only /project/aiflow.toml names"),
    ],
)
def test_it_goes_nowhere_else(url: str, chosen_by: str, reason: str) -> None:
    with pytest.raises(CredentialsError, match=reason):
        check_destination(Credential("token", "environment"), url, chosen_by=chosen_by, vendor_url=VENDOR)
