"""The ``--fuzz`` of ``aiflow check``: plays generated calls, reports and saves the one that breaks the bot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed, ConfigError

if TYPE_CHECKING:
    from aiflow_cli.conformance.fuzz import Found
    from aiflow_cli.conformance.probe import Probe
    from aiflow_cli.conformance.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long to look.

    Args:
        seed: the same one finds the same calls.
        examples: number of calls.
        seconds: of time.
    """

    seed: int
    examples: int
    seconds: float


def fuzz_report(world: World, probe: Probe, budget: Budget, *, folder: str) -> Report:
    """Fuzz, save what was found in ``folder``, and report it."""
    from aiflow_cli.conformance.check import FUZZING
    from aiflow_cli.conformance.engine import reach
    from aiflow_cli.conformance.fuzz import fuzz, result
    from aiflow_cli.conformance.report import Report

    if not reach(probe):
        raise CheckFailed("the webhook refuses the secret", hint="AIFLOW_SECRET here and in the bot must be the same")
    world.console.say(f"fuzzing with --seed {budget.seed}: {budget.examples} calls, {budget.seconds:g} s at most")
    outcome = fuzz(probe, seed=budget.seed, examples=budget.examples, seconds=budget.seconds)
    world.console.say(f"{outcome.calls} calls in {outcome.seconds:.1f} s")
    again = f"aiflow check {probe.url} --fuzz --seed {budget.seed} --examples {budget.examples}"
    if outcome.found is not None:
        again += "\n" + _save(world, probe, outcome.found, world.cwd / folder, name=f"fuzz-{budget.seed}")
    return Report(probe.url, probe.transport, [FUZZING], [result(outcome, again=again)])


def _save(world: World, probe: Probe, found: Found, folder: Path, *, name: str) -> str:
    """Write the recording and the call file; the command lines that play them."""
    from aiflow_cli.conformance.moves import call_file
    from aiflow_cli.recording.files import Header, RecordingWriter

    recording, script = folder / f"{name}.jsonl", folder / f"{name}.yaml"
    flow = world.settings["dashboard.flow"]
    redactor = world.redactor(probe.secret)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with RecordingWriter(recording, Header(url=probe.url, transport=probe.transport), redactor=redactor) as writer:
            for played in found.played:
                writer.write(played.sent.exchange(flow), call_time_ms=played.at_ms)
        script.write_text(redactor.text(call_file(found.moves, about=found.breach.message)), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}", hint="name another with --save") from None
    shown = [path.relative_to(world.cwd) if path.is_relative_to(world.cwd) else path for path in (recording, script)]
    world.console.say(f"saved as {shown[0]} and {shown[1]}")
    return f"aiflow replay {shown[0]}\naiflow call {probe.url} --script {shown[1]}"
