"""What the fields of a flow may hold. The same patterns stand in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiflow_cli.dashboard.contract import API_NAMES, FlowFields
from aiflow_cli.dashboard.problems import Invalid

MAX_NAME = 200
MAX_URL = 2000
MAX_TOKEN = 500

NAME = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$"
"""No control characters, and something to see."""

_PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
WEBHOOK_URL = (
    r"^(?:https?|wss?)://(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?|\[::1\])"
    + rf"(?::{_PORT})?"
    + r"(?:[/?][!-~]*)?$"
)
"""A scheme of a webhook, a host, no credentials (the secret is a field of its own), nothing beyond ASCII."""

API_TOKEN = r"^[!-~]+$"
"""Fits into a header as it is."""

PHONE_NUMBER = r"^\+[1-9][0-9]{1,14}$"
"""E.164."""

_RULES: Mapping[str, tuple[str, int, str]] = {
    "name": (NAME, MAX_NAME, f"must be 1 to {MAX_NAME} characters in one line"),
    "webhook_url": (WEBHOOK_URL, MAX_URL, "must be a URL like https://bot.example/webhook (http, https, ws or wss)"),
    "api_token": (API_TOKEN, MAX_TOKEN, f"must be 1 to {MAX_TOKEN} visible ASCII characters"),
    "phone_number": (PHONE_NUMBER, 16, "must be E.164, like +4922147100100"),
}
_MAY_BE_EMPTY = ("api_token", "phone_number")


def check_fields(fields: FlowFields, *, required: tuple[str, ...] = ()) -> None:
    """Raises Invalid with everything that is wrong. Values of secrets are never named."""
    given: Mapping[str, object] = {**fields}
    errors = {API_NAMES[name]: "is missing" for name in required if given.get(name) is None}
    for name, value in given.items():
        reason = _reason(name, value)
        if reason is not None:
            errors.setdefault(API_NAMES[name], reason)
    if errors:
        raise Invalid(errors)


def reason_of(api_name: str) -> str | None:
    """What a field must be, by the API's name of it; None for a name that is no field of a flow."""
    name = next((name for name, told in API_NAMES.items() if told == api_name), None)
    return _RULES[name][2] if name is not None else None


def _reason(name: str, value: object) -> str | None:
    pattern, longest, reason = _RULES[name]
    if value is None:
        return None if name in _MAY_BE_EMPTY else "cannot be empty"
    if isinstance(value, str) and len(value) <= longest and re.fullmatch(pattern, value):
        return None
    return reason


def check_phone_number(value: str, *, field: str) -> None:
    """Raises Invalid for a number that is not E.164."""
    if not re.fullmatch(PHONE_NUMBER, value):
        raise Invalid({field: f"must be E.164, like +4922147100100; {value!r} is not"})
