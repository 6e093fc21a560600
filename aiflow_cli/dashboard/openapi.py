"""The OpenAPI document of the local dashboard: FastAPI's, with the refusals that its routes share."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from aiflow_cli.dashboard.problems import MEDIA_TYPE
from aiflow_cli.dashboard.schemas import ProblemModel

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemModel"}}}
_REASONS = {
    "400": "The flow has no phone number, or the body is not text",
    "401": "The server was started with a token, and this is not it",
    "403": "The Host or Origin header names somebody else",
    "404": "There is no such flow, call or exchange",
    "409": "The default flow cannot be deleted",
    "412": "The flow was changed meanwhile",
    "413": "The body is too large",
    "422": "A value is not possible",
}


def describe(app: FastAPI) -> None:
    """Let ``/openapi.json`` say how the routes of this application refuse."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    _, problems = models_json_schema([(ProblemModel, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(problems["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _add_refusals(operation, path, method)
    return document


def _add_refusals(operation: dict[str, Any], path: str, method: str) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    for status in sorted(_possible(operation, path, method)):
        responses[status] = {"description": _REASONS[status], "content": _PROBLEM}


def _possible(operation: dict[str, Any], path: str, method: str) -> set[str]:
    found = {"403"} if path == "/healthz" else {"401", "403"}
    if method != "get":
        found |= {"413"}
    if "requestBody" in operation:
        found |= {"400"}
    if operation.get("parameters") or "requestBody" in operation:
        found |= {"422"}
    if "{id}" in path and not path.endswith(("/events", "/stream", "/sessions")):
        found |= {"404"}
    return found | {"patch": {"412"}, "delete": {"409"}}.get(method, set())


assert MEDIA_TYPE in _PROBLEM
