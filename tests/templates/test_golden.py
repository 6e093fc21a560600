"""Every bot answers every golden request in the same way."""

import pytest

from .bots import bot_params
from .conftest import Bots
from .golden import CASES, Case

HANDSHAKE = {"flask+websocket": {"GET, HEAD, POST"}}
"""Here the handshake of a WebSocket, a GET, is a route like any other: for other methods it is among those allowed."""


@pytest.mark.parametrize("template", bot_params(websocket=True))
@pytest.mark.parametrize("case", CASES, ids=[case.name[:60] for case in CASES])
def test_golden_request(bots: Bots, template: str, case: Case) -> None:
    bot = bots(template, case.guarded)
    answer = bot.request(case.method, case.path, case.body, headers=case.headers, chunked=case.chunked)
    assert (answer.status, answer.json()) == (case.status, case.answer)
    also = HANDSHAKE.get(template, set()) if case.allow == "POST" else set()
    assert answer.headers.get("allow") in {case.allow} | also


def test_names_of_golden_requests_are_unique() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
