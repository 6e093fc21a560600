"""The manifest is complete and in an order in which it can run."""

from __future__ import annotations

from aiflow_cli.conformance.check import GROUPS
from aiflow_cli.conformance.checks.answers import ELSEWHERE
from aiflow_cli.conformance.manifest import CHECKS, MANIFEST
from aiflow_cli.protocol.rules import RULES


def test_every_rule_of_one_exchange_is_a_check_or_has_a_reason_not_to_be() -> None:
    assert set(RULES) - set(CHECKS) == set(ELSEWHERE)


def test_every_group_has_checks() -> None:
    assert {check.group for check in MANIFEST} == set(GROUPS)


def test_what_listens_to_events_comes_after_all_events() -> None:
    ids = [check.id for check in MANIFEST]
    first_listener = next(number for number, check in enumerate(MANIFEST) if check.listens)
    later = [check.id for check in MANIFEST[first_listener:] if not check.listens]
    assert later == ["debug-console"], "it sends no event, so no rule has to see it"
    assert ids[-1] == "stack-trace", "it has to see everything"


def test_checks_own_only_rules_that_exist() -> None:
    assert {rule for check in MANIFEST for rule in check.owns} <= set(RULES)
