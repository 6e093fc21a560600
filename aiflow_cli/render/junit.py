"""The report of ``aiflow check`` as JUnit XML, which every CI system reads. Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from aiflow_cli.conformance.report import Report, Result
from aiflow_cli.render.checks import breach_text

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(report: Report) -> str:
    """One test suite a group, one test case a check."""
    root = ET.Element("testsuites", {"name": "aiflow check", **_counts(report.results)})
    for group in report.groups:
        results = [result for result in report.results if result.check.group == group.name]
        if results:
            suite = ET.SubElement(root, "testsuite", {"name": group.name, **_counts(results)})
            for result in results:
                suite.append(_case(result))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _counts(results: tuple[Result, ...] | list[Result]) -> dict[str, str]:
    seconds = sum(result.duration_ms for result in results) / 1000
    return {
        "tests": str(len(results)),
        "failures": str(sum(result.status == "failed" for result in results)),
        "errors": "0",
        "skipped": str(sum(result.status == "not-run" for result in results)),
        "time": f"{seconds:.3f}",
    }


def _case(result: Result) -> ET.Element:
    check = result.check
    seconds = f"{result.duration_ms / 1000:.3f}"
    case = ET.Element("testcase", name=check.id, classname=f"aiflow.{check.group}", time=seconds)
    if result.status == "not-run":
        ET.SubElement(case, "skipped", message=_clean(result.reason))
    elif result.status == "failed":
        failure = ET.SubElement(case, "failure", message=_clean(result.breaches[0].message), type=check.severity)
        failure.text = _clean("\n".join([check.title, check.why, *map(breach_text, result.breaches)]))
    return case


def _clean(text: str) -> str:
    """XML has no way to write most control characters."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
