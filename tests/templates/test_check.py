"""Every template keeps the protocol to the letter: `aiflow check` gives it 100, and `--fuzz` finds nothing."""

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.conformance.engine import run, select
from aiflow_cli.conformance.fuzz import fuzz
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.manifest import MANIFEST
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.conformance.report import Report
from aiflow_cli.conformance.websocket_probe import WebSocketProbe

from .bots import SECRET, bot_params
from .conftest import Bots

every_bot = pytest.mark.parametrize("template", bot_params(websocket=True))


def probe_of(bots: Bots, template: str) -> Probe:
    make = WebSocketProbe if "+websocket" in template else HttpProbe
    return make(bots(template, True).url, secret=SECRET, clock=SystemClock())


@every_bot
def test_check_gives_the_template_100(bots: Bots, template: str) -> None:
    probe = probe_of(bots, template)
    results = list(run(select(probe.transport), probe))
    probe.close()
    assert {result.check.id: result.breaches for result in results if result.status != "passed"} == {}
    groups = [check.group for check in MANIFEST if probe.transport in check.transports]
    assert Report(probe.url, probe.transport, groups, results).score == 100


@every_bot
def test_no_generated_call_breaks_the_template(bots: Bots, template: str) -> None:
    probe = probe_of(bots, template)
    examples = 100 if probe.transport == "http" else 10
    outcome = fuzz(probe, seed=1, examples=examples, seconds=600)
    probe.close()
    assert outcome.calls == examples
    assert outcome.found is None, outcome.found
