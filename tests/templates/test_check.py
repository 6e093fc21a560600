"""Every template keeps the protocol to the letter: `aiflow check` gives it 100, and `--fuzz` finds nothing."""

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.conformance.engine import run, select
from aiflow_cli.conformance.fuzz import fuzz
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.manifest import MANIFEST
from aiflow_cli.conformance.report import Report

from .bots import SECRET, bot_params
from .conftest import Bots


@pytest.mark.parametrize("template", bot_params())
def test_check_gives_the_template_100(bots: Bots, template: str) -> None:
    url = f"http://127.0.0.1:{bots(template, True).port}/webhook"
    probe = HttpProbe(url, secret=SECRET, clock=SystemClock())
    results = list(run(select("http"), probe))
    probe.close()
    assert {result.check.id: result.breaches for result in results if result.status != "passed"} == {}
    assert Report(url, "http", [check.group for check in MANIFEST if "http" in check.transports], results).score == 100


@pytest.mark.parametrize("template", bot_params())
def test_no_generated_call_breaks_the_template(bots: Bots, template: str) -> None:
    url = f"http://127.0.0.1:{bots(template, True).port}/webhook"
    probe = HttpProbe(url, secret=SECRET, clock=SystemClock())
    outcome = fuzz(probe, seed=1, examples=100, seconds=600)
    probe.close()
    assert outcome.calls == 100
    assert outcome.found is None, outcome.found
