"""The OpenAPI document is true: schemathesis asks the running server everything that it promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.conftest import Served

SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
CONFIG = Path(__file__).with_name("schemathesis.toml")

# dashboard-api.md, the table.
ROUTES = {
    ("get", "/healthz"),
    ("get", "/v3/ai-flows"),
    ("post", "/v3/ai-flows"),
    ("get", "/v3/ai-flows/{id}"),
    ("patch", "/v3/ai-flows/{id}"),
    ("delete", "/v3/ai-flows/{id}"),
    ("post", "/v3/ai-flows/{id}/call"),
    ("get", "/v3/phone-numbers"),
    ("get", "/v3/ai-flows/{id}/events"),
    ("get", "/v3/ai-flows/{id}/events/stream"),
    ("post", "/v3/ai-flows/{id}/events/{exchangeId}/replay"),
    ("get", "/v3/ai-flows/{id}/sessions"),
    ("get", "/v3/ai-flows/{id}/sessions/{sessionId}"),
    ("get", "/v3/events"),
    ("get", "/v3/events/stream"),
}


@pytest.fixture
def document(served: Served) -> Any:
    return served.get("/openapi.json").json()


def test_the_document_has_the_contract_and_nothing_else(document: Any) -> None:
    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert told == ROUTES


def test_no_answer_can_hold_a_secret(document: Any) -> None:
    schemas = document["components"]["schemas"]
    holding = [name for name, schema in schemas.items() if "apiToken" in schema.get("properties", {})]
    assert holding == ["FlowChange", "FlowCreate"]
    for methods in document["paths"].values():
        for operation in methods.values():
            assert not re.search(r"Flow(Change|Create)\b", json.dumps(operation["responses"]))


def test_every_refusal_is_a_problem_document(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)


def test_schemathesis_finds_nothing(served: Served, tmp_path: Path) -> None:
    # A path that never ends is not asked: test_live and tests/contract/test_stream do that.
    served.fill(3)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    # A flow's exchanges stay when it is deleted; that the flow is gone is in tests/contract/test_flows.py.
    # A new failure must come from a change, not from another seed; SCHEMATHESIS_SEED searches elsewhere.
    options = [
        "--exclude-path-regex",
        "stream$",
        "--checks",
        "all",
        "--exclude-checks",
        "use_after_free",
        "-n",
        "25",
        "--seed",
        SEED,
        "--no-color",
    ]
    ran = subprocess.run(
        [*command, f"{served.url}/openapi.json", *options], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr
    assert "13 selected" in ran.stdout


def test_every_route_is_guarded(served: Served) -> None:
    for method, path in ROUTES:
        url = path.replace("{id}", "local").replace("{exchangeId}", "1").replace("{sessionId}", "x")
        answer = served.request(method.upper(), url, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:aiflow:problem:foreign-host"), path
