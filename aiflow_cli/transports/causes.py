"""Why a connection failed, where a library tells it wrapped in errors of its own."""

from __future__ import annotations

from collections.abc import Iterator


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, what that came from, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def is_unknown_host(error: BaseException) -> bool:
    """The name in the URL has no address."""
    from socket import gaierror

    return any(isinstance(cause, gaierror) for cause in causes(error))
