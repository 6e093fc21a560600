"""The score."""

from __future__ import annotations

from aiflow_cli.conformance.check import Check
from aiflow_cli.conformance.manifest import CHECKS
from aiflow_cli.conformance.report import Report, Result, Status


def report(*results: tuple[str, Status], groups: tuple[str, ...] = ("events", "tolerance")) -> Report:
    found = [Result(check=CHECKS[id], status=status) for id, status in results]
    return Report("http://bot", "http", groups, found)


def test_all_passed_is_100() -> None:
    assert report(("every-event", "passed"), ("transcript", "passed")).score == 100


def test_a_group_that_was_not_run_is_left_out_but_costs_the_100() -> None:
    found = report(("every-event", "passed"), ("transcript", "not-run"))
    assert found.missing_groups == ["tolerance"]
    assert found.score == 99


def test_an_error_weighs_more_than_a_warning() -> None:
    error = report(("every-event", "passed"), ("transcript", "failed"), ("transcript-heard", "passed"))
    warning = report(("every-event", "passed"), ("transcript", "passed"), ("transcript-heard", "failed"))
    assert (error.score, warning.score) == (58, 83)


def test_one_failure_among_many_is_never_rounded_up_to_100() -> None:
    passed: list[tuple[str, Status]] = [(id, "passed") for id in CHECKS if id != "transcript-heard"]
    groups = tuple({check.group for check in CHECKS.values()})
    assert report(*passed, ("transcript-heard", "failed"), groups=groups).score < 100


def test_nothing_run_is_0() -> None:
    assert report().score == 0


def test_groups_count_what_passed_and_what_ran() -> None:
    found = report(("every-event", "passed"), ("every-digit", "failed"), ("outbound-call", "not-run"))
    (events, tolerance) = found.groups
    assert (events.name, events.passed, events.run) == ("events", 1, 2)
    assert tolerance.run == 0
    assert [result.check.id for result in found.failed] == ["every-digit"]


def test_every_check_says_what_and_why() -> None:
    for check in CHECKS.values():
        assert isinstance(check, Check)
        assert check.title and not check.title.endswith("."), check.id
        assert check.why.endswith("."), check.id
        assert check.paragraph in "12345", check.id
