"""Which flow a tunnel borrows, what there is to say about it, and putting it back by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiflow_cli.commands.registration import LOCAL_STORE
from aiflow_cli.context import World
from aiflow_cli.errors import AiflowError, ConfigError

if TYPE_CHECKING:
    from aiflow_cli.commands.registration import FlowRegistry
    from aiflow_cli.dashboard.contract import Dashboard, Flow, FlowFields
    from aiflow_cli.tunnels.lease import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where the URL goes.

    Args:
        flow_id: that the exchanges belong to.
        registry: None where the user has to paste the URL.
        secret: there is one, so that it belongs into the form too.
        number: what to dial; None where the flow has none.
    """

    flow_id: str
    registry: FlowRegistry | None = None
    secret: bool = False
    number: str | None = None

    def advice(self, url: str) -> Iterator[str]:
        """What to do now that the URL is there."""
        if self.registry is None:
            from aiflow_cli.render.flows import paste_instructions

            fields: FlowFields = {"webhook_url": url}
            if self.secret:
                fields["api_token"] = "set"
            yield "paste this into the form of the service's dashboard (AI Flows page):"
            yield paste_instructions(fields)
        elif self.is_simulated:
            yield f"simulate a call with: aiflow flows call {self.flow_id} --to +4915112345678"
        if self.number is not None and not self.is_simulated:
            yield f"dial {self.number}"

    @property
    def is_simulated(self) -> bool:
        """The dashboard is the local one, whose numbers no phone reaches."""
        return self.registry is not None and self.registry.dashboard.startswith(LOCAL_STORE)


@contextmanager
def registration(
    world: World, flow: str | None, dashboard: str | None, *, secret: str | None, wanted: bool
) -> Iterator[Registration]:
    """The flow that is meant, at its dashboard.

    Raises:
        ConfigError: no such flow, or none was named.
    """
    from aiflow_cli.commands.registration import FlowRegistry
    from aiflow_cli.dashboard.problems import NotPublished
    from aiflow_cli.recording.exchange import LOCAL_FLOW

    by_hand = Registration(flow_id=flow or world.settings["dashboard.flow"] or LOCAL_FLOW, secret=bool(secret))
    if not wanted:
        yield by_hand
        return
    with world.dashboard(dashboard) as board:
        try:
            found = board.flow(_flow_id(world, board, flow))
        except NotPublished as reason:
            world.console.say(reason.message)
            yield by_hand
            return
        _warn_about_secret(world, found, secret)
        yield Registration(
            flow_id=found.id, registry=FlowRegistry(board, found), secret=bool(secret), number=_number(board, found)
        )


def leases(world: World) -> Path:
    """The folder of all leases of this user."""
    from aiflow_cli.config.files import user_data_dir

    return user_data_dir(world.environ) / "leases"


def restore(world: World, flow: str | None, dashboard: str | None) -> None:
    """Put back what killed tunnels have left behind: one flow's URL, or those of all flows of a dashboard.

    Raises:
        TunnelError: a tunnel of them is running.
    """
    from aiflow_cli.commands.registration import FlowRegistry, identity
    from aiflow_cli.tunnels.lease import records
    from aiflow_cli.tunnels.lease import restore as put_back

    folder = leases(world)
    with world.dashboard(dashboard) as board:
        here = identity(board)
        found = records(folder) if folder.is_dir() else []
        flows = [record.flow for record in found if record.dashboard == here and flow in (None, record.flow)]
        for elsewhere in sorted({record.dashboard for record in found} - {here}):
            world.console.say(f"a lease of another dashboard ({elsewhere}) is left alone; name it with --dashboard")
        if not flows:
            return world.console.say("nothing to put back")
        for id in flows:
            _say_ending(world, id, put_back(folder, FlowRegistry(board, board.flow(id))))


def _say_ending(world: World, flow: str, ending: Ending | None) -> None:
    if ending is None:
        return
    if ending.restored:
        world.console.out(f"{flow} {ending.former}")
        world.console.say(f"the flow {flow} has its former URL again")
    else:
        world.console.say(f"the flow {flow} was given another URL meanwhile, {ending.url}; it keeps that")


def _flow_id(world: World, board: Dashboard, flow: str | None) -> str:
    from aiflow_cli.recording.exchange import LOCAL_FLOW

    id = flow or world.settings["dashboard.flow"] or (LOCAL_FLOW if board.name == "local" else None)
    if id is None:
        raise ConfigError("which flow? none was named and none is in use", hint="add --flow ID, or --no-register")
    return id


def _warn_about_secret(world: World, flow: Flow, secret: str | None) -> None:
    if secret and not flow.has_api_token:
        world.console.say(
            f"warning: AIFLOW_SECRET is set here, but the flow {flow.name} has no API token: every event will be "
            f"refused with 401. Give it one: aiflow flows set-secret {flow.id}"
        )
    elif flow.has_api_token and not secret:
        world.console.say(
            f"warning: the flow {flow.name} has an API token, but AIFLOW_SECRET is not set here: "
            "the recorder lets everybody in who finds the URL"
        )


def _number(board: Dashboard, flow: Flow) -> str | None:
    """What to dial; not worth failing for."""
    if flow.phone_number:
        return flow.phone_number
    try:
        numbers = board.phone_numbers()
    except AiflowError:
        return None
    return next((n.e164_number for n in numbers if n.target_type == "AIFLOW" and n.target_id == flow.id), None)
