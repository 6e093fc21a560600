"""What a dashboard refuses: one class each, the same in process and over HTTP.

    AiflowError
    ├── CredentialsError (exit 4)
    │   └── Refused              401, 403
    ├── ConfigError (exit 3)
    │   ├── NotFound             404  no such flow, call or exchange
    │   ├── NotCallable          400  the flow has no phone number
    │   ├── Changed              412  If-Match did not match
    │   ├── Protected            409  the default flow cannot be deleted
    │   └── NotPublished              the service does not publish this part of the contract
    ├── UsageError (exit 2)
    │   └── Invalid              422  a field has an impossible value
    └── WebhookError (exit 5)
        └── Unavailable               the dashboard is down, busy or broken

Over HTTP each is an RFC 9457 problem document whose ``type`` is ``urn:aiflow:problem:<name>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiflow_cli.errors import AiflowError, ConfigError, CredentialsError, UsageError, WebhookError

TYPE_PREFIX = "urn:aiflow:problem:"
MEDIA_TYPE = "application/problem+json"


class NotFound(ConfigError):
    """There is no such flow, call or exchange."""


class NotCallable(ConfigError):
    """The flow has no phone number to call from."""


class Changed(ConfigError):
    """Somebody else changed the flow since it was read."""


class Protected(ConfigError):
    """The default flow cannot be deleted."""


class NotPublished(ConfigError):
    """The service does not publish this part of the contract (dashboard-api.md, "Against the vendor")."""


class Refused(CredentialsError):
    """The credential is missing, wrong, or not allowed to do this."""


class Unavailable(WebhookError):
    """The dashboard did not answer, or answered that it cannot now.

    Args:
        retry_after: seconds after which the server wants to be asked again, where it said so.
    """

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Invalid(UsageError):
    """Fields have impossible values.

    Args:
        errors: the reason by field, as the API names the field.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        reasons = "; ".join(f"{field} {reason}" if field else reason for field, reason in errors.items())
        super().__init__(reasons or "the request has an impossible value")
        self.errors = dict(errors)


_ON_THE_WIRE: tuple[tuple[type[AiflowError], int, str, str], ...] = (
    (NotCallable, 400, "no-phone-number", "The flow has no phone number"),
    (Refused, 401, "unauthorized", "A credential is needed"),
    (NotFound, 404, "not-found", "There is no such thing"),
    (Protected, 409, "protected", "The default flow stays"),
    (Changed, 412, "changed", "The flow was changed meanwhile"),
    (Invalid, 422, "invalid", "A value is not possible"),
)


def to_document(error: AiflowError) -> dict[str, Any]:
    """The RFC 9457 document of an error; anything that is not in the table above is our own fault (500)."""
    known = (row for row in _ON_THE_WIRE if isinstance(error, row[0]))
    _, status, name, title = next(known, (AiflowError, 500, "internal", "The dashboard could not do it"))
    document: dict[str, Any] = {"type": TYPE_PREFIX + name, "title": title, "status": status, "detail": error.message}
    if error.hint:
        document["hint"] = error.hint
    if isinstance(error, Invalid):
        document["errors"] = [{"field": field, "message": reason} for field, reason in error.errors.items()]
    return document


def from_document(document: object) -> AiflowError | None:
    """The error of one of our own documents; None for anything else."""
    if not isinstance(document, Mapping):
        return None
    kind = document.get("type")
    for error, _, name, _ in _ON_THE_WIRE:
        if kind == TYPE_PREFIX + name:
            return _read(error, document)
    return None


def _read(kind: type[AiflowError], document: Mapping[str, Any]) -> AiflowError:
    if kind is Invalid:
        errors = document.get("errors")
        listed = [item for item in errors if isinstance(item, Mapping)] if isinstance(errors, list) else []
        found = {str(item.get("field", "")): str(item.get("message", "")) for item in listed}
        return Invalid(found or {"": str(document.get("detail", ""))})
    hint = document.get("hint")
    return kind(str(document.get("detail", "")), hint=hint if isinstance(hint, str) else None)
