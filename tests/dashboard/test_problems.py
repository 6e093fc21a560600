"""Refusals travel as problem documents and arrive as what they were."""

from __future__ import annotations

import pytest

from aiflow_cli.dashboard.problems import (
    Changed,
    Invalid,
    NotCallable,
    NotFound,
    Protected,
    Refused,
    from_document,
    to_document,
)
from aiflow_cli.errors import AiflowError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotCallable("a", hint="b"), 400),
        (Refused("a"), 401),
        (NotFound("a", hint="b"), 404),
        (Protected("a"), 409),
        (Changed("a", hint="b"), 412),
        (Invalid({"name": "is bad", "": "all is"}), 422),
    ],
)
def test_there_and_back(error: AiflowError, status: int) -> None:
    document = to_document(error)
    assert document["status"] == status
    back = from_document(document)
    assert type(back) is type(error)
    assert (back.message, back.hint) == (error.message, error.hint)


def test_what_is_not_in_the_table_is_our_own_fault() -> None:
    document = to_document(AiflowError("oops"))
    assert (document["status"], document["type"]) == (500, "urn:aiflow:problem:internal")
    assert from_document(document) is None


@pytest.mark.parametrize("document", [None, 3, [], {}, {"type": "about:blank"}, {"type": None}, {"type": ["x"]}])
def test_foreign_documents_are_not_ours(document: object) -> None:
    assert from_document(document) is None


def test_a_document_of_ours_with_strange_parts() -> None:
    strange = from_document({"type": "urn:aiflow:problem:invalid", "errors": [3, {"field": "a"}], "hint": 3})
    assert isinstance(strange, Invalid)
    assert strange.errors == {"a": ""}
    assert isinstance(from_document({"type": "urn:aiflow:problem:not-found", "hint": 3}), NotFound)
