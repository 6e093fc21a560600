"""Where a tunnel's URL is registered: a dashboard's flow, as the lease sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiflow_cli.tunnels.lease import Conflict

if TYPE_CHECKING:
    from aiflow_cli.dashboard.contract import Dashboard, Flow

LOCAL_STORE = "store "
"""What the identity of a dashboard over a store on this machine begins with."""


class FlowRegistry:
    """The webhook URL of one flow.

    Args:
        board: the dashboard.
        flow: as it is now.
    """

    def __init__(self, board: Dashboard, flow: Flow) -> None:
        self._board = board
        self.flow = flow.id
        self.dashboard = identity(board)

    def read(self) -> tuple[str, str | None]:
        flow = self._board.flow(self.flow)
        return flow.webhook_url, flow.etag

    def write(self, url: str, *, if_match: str | None) -> None:
        from aiflow_cli.dashboard.problems import Changed

        try:
            self._board.change_flow(self.flow, {"webhook_url": url}, if_match=if_match)
        except Changed:
            raise Conflict from None


def identity(board: Dashboard) -> str:
    """The same for a store and for the server over it: both change the same flows."""
    from aiflow_cli.dashboard.problems import NotPublished, Refused, Unavailable

    try:
        store = board.about().details.get("storeId")
    except (NotPublished, Refused, Unavailable):
        store = None
    return f"{LOCAL_STORE}{store}" if store else board.name
