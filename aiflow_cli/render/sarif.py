"""The report of ``aiflow check`` as SARIF 2.1.0, for code-scanning pages. Pure."""

from __future__ import annotations

from typing import Any

from aiflow_cli._version import __version__
from aiflow_cli.conformance.check import Breach, Check
from aiflow_cli.conformance.report import Report, Result
from aiflow_cli.render.checks import breach_text

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PROJECT_FILE = "aiflow.toml"
"""A finding of a running service has no line of code; code-scanning pages want a file all the same."""


def document(report: Report) -> dict[str, Any]:
    """One run with a rule for each check that ran and a result for each breach."""
    checks = [result.check for result in report.results]
    driver = {"name": "aiflow check", "version": __version__, "rules": [_rule(check) for check in checks]}
    results = [
        _result(number, result, breach) for number, result in enumerate(report.results) for breach in result.breaches
    ]
    run = {"tool": {"driver": driver}, "results": results, "properties": {"score": report.score}}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.why},
        "defaultConfiguration": {"level": check.severity},
        "properties": {"tags": [check.group]},
    }


def _result(number: int, result: Result, breach: Breach) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": PROJECT_FILE}}}
    return {
        "ruleId": result.check.id,
        "ruleIndex": number,
        "level": result.check.severity,
        "message": {"text": f"{breach.message}\n{breach_text(breach)}"},
        "locations": [place],
        "partialFingerprints": {"checkAndMessage/v1": f"{result.check.id}: {breach.path}"},
    }
