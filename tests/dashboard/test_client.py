"""The client against services that are not ours: the vendor as far as it is public, and what can go wrong on the way.

dashboard-api.md, "Against the vendor". What both dashboards do alike is in tests/contract.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
import trustme

from aiflow_cli.config.credentials import Credential
from aiflow_cli.dashboard.client import HttpDashboard
from aiflow_cli.dashboard.contract import Dashboard, Flow, PhoneNumber, PlacedCall
from aiflow_cli.dashboard.problems import (
    Changed,
    Invalid,
    NotCallable,
    NotFound,
    NotPublished,
    Refused,
    Unavailable,
    to_document,
)
from aiflow_cli.errors import AiflowError, ConfigError, ExitCode
from aiflow_cli.store.query import Query
from tests.dashboard.services import Asked, Said, Service, running_service
from tests.support.cli import NOW, FixedClock

Ask = Callable[[Dashboard], object]


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def board(service: Service, clock: FixedClock) -> Iterator[HttpDashboard]:
    with HttpDashboard(service.url, clock=clock, environ={}) as board:
        yield board


def answering(*said: Said) -> Callable[[Asked], Said]:
    """One answer after the other; the last one stays."""
    left = list(said)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def as_json(value: object, status: int = 200) -> Said:
    return Said(status, json.dumps(value), {"Content-Type": "application/json"})


class TestCredentials:
    @pytest.mark.parametrize(
        ("token", "header"), [("an-oauth-token", "Bearer an-oauth-token"), ("id:token", "Basic aWQ6dG9rZW4=")]
    )
    def test_two_kinds(self, service: Service, clock: FixedClock, token: str, header: str) -> None:
        service.answer = lambda asked: as_json([])
        with HttpDashboard(service.url, credential=Credential(token, "x"), clock=clock, environ={}) as board:
            board.flows()
        assert service.asked[0].headers["Authorization"] == header

    @pytest.mark.parametrize(("status", "verb"), [(401, "refused"), (403, "does not allow")])
    def test_a_refusal_names_what_was_used_but_not_its_value(
        self, service: Service, clock: FixedClock, status: int, verb: str
    ) -> None:
        service.answer = lambda asked: Said(status)
        credential = Credential("id:geheim", "/home/me/.env")
        with (
            HttpDashboard(service.url, credential=credential, clock=clock, environ={}) as board,
            pytest.raises(Refused, match=verb) as raised,
        ):
            board.flows()
        assert "personal access token (Basic) of AIFLOW_TOKEN, from /home/me/.env" in raised.value.message
        assert "AIFLOW_TOKEN" in str(raised.value.hint)
        assert "geheim" not in f"{raised.value.message}{raised.value.hint}"
        assert raised.value.exit_code == ExitCode.CREDENTIALS

    def test_a_missing_one_is_asked_for(self, service: Service, board: Dashboard) -> None:
        service.answer = lambda asked: Said(401)
        with pytest.raises(Refused, match="none was sent") as raised:
            board.flows()
        assert "set AIFLOW_TOKEN" in str(raised.value.hint)


CONTRACT_ONLY: dict[str, Ask] = {
    "flows": lambda board: board.flows(),
    "flow": lambda board: board.flow("1"),
    "create": lambda board: board.create_flow({"name": "x", "webhook_url": "http://x"}),
    "change": lambda board: board.change_flow("1", {"name": "x"}),
    "delete": lambda board: board.delete_flow("1"),
    "exchanges": lambda board: board.exchanges(Query()),
    "follow": lambda board: list(board.follow(Query())),
    "replay": lambda board: board.replay("1", 1),
    "sessions": lambda board: board.sessions("1"),
    "session": lambda board: board.session("1", "2"),
}


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("ask", CONTRACT_ONLY.values(), ids=list(CONTRACT_ONLY))
def test_what_the_vendor_does_not_publish_is_said_to_be_so(
    service: Service, board: Dashboard, ask: Ask, status: int
) -> None:
    service.answer = lambda asked: Said(status, '{"message": "no route"}')
    with pytest.raises(NotPublished, match=f"does not publish (GET|POST|PATCH|DELETE) /v3/.*{status}") as raised:
        ask(board)
    assert raised.value.exit_code == ExitCode.CONFIG
    assert len(service.asked) == 1


class TestPublishedRoutes:
    def test_a_call(self, service: Service, board: Dashboard) -> None:
        service.answer = lambda asked: Said(201)
        assert board.place_call("f1", to_phone_number="+4915", billing_device="e2") == PlacedCall(None)
        asked = service.asked[0]
        assert (asked.method, asked.path) == ("POST", "/v3/ai-flows/f1/call")
        assert json.loads(asked.body) == {"billingDevice": "e2", "toPhoneNumber": "+4915"}

    def test_no_such_flow(self, service: Service, board: Dashboard) -> None:
        with pytest.raises(NotFound, match="no such flow"):
            board.place_call("f1", to_phone_number="+4915")

    def test_no_phone_number(self, service: Service, board: Dashboard) -> None:
        service.answer = lambda asked: as_json({"message": "AI flow has no phone number"}, 400)
        with pytest.raises(NotCallable, match="AI flow has no phone number"):
            board.place_call("f1", to_phone_number="+4915")

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_numbers_come_in_two_shapes(self, service: Service, board: Dashboard, wrapped: bool) -> None:
        numbers = [
            {"e164Number": "+49221", "type": "LANDLINE", "routing": {"targetType": "AIFLOW", "targetId": "f1", "x": 1}},
            {"e164Number": "+49222", "routing": None},
        ]
        service.answer = lambda asked: as_json({"numbers": numbers} if wrapped else numbers)
        assert board.phone_numbers(offset=10, limit=5) == [
            PhoneNumber("+49221", "LANDLINE", "AIFLOW", "f1"),
            PhoneNumber("+49222", ""),
        ]
        assert service.asked[0].path == "/v3/phone-numbers?offset=10&limit=5"


def test_a_service_may_tell_more_or_less_than_we_know(service: Service, board: Dashboard) -> None:
    service.answer = lambda asked: as_json({"id": 7, "name": "Bot", "answerDelay": 3})
    assert board.flow("7") == Flow(id="7", name="Bot", webhook_url="")


class TestWaiting:
    @pytest.mark.parametrize("status", [429, 503])
    def test_it_waits_as_long_as_it_is_told(
        self, service: Service, board: Dashboard, clock: FixedClock, status: int
    ) -> None:
        service.answer = answering(Said(status, headers={"Retry-After": "7"}), Said(status), as_json([]))
        assert board.flows() == []
        assert clock.now() == NOW + 7 + 1

    def test_a_date_is_a_time_to_wait_too(self, service: Service, board: Dashboard, clock: FixedClock) -> None:
        later = formatdate(NOW + 12, usegmt=True)
        service.answer = answering(Said(503, headers={"Retry-After": later}), as_json([]))
        board.flows()
        assert clock.now() == NOW + 12

    @pytest.mark.parametrize("header", ["soon", "-1", "Mon, 99 Foo 2026", ""])
    def test_nonsense_is_a_second(self, service: Service, board: Dashboard, clock: FixedClock, header: str) -> None:
        service.answer = answering(Said(503, headers={"Retry-After": header}), as_json([]))
        board.flows()
        assert clock.now() == NOW + 1

    def test_it_gives_up_clearly(self, service: Service, board: Dashboard) -> None:
        service.answer = lambda asked: Said(429, headers={"Retry-After": "2"})
        with pytest.raises(Unavailable, match=r"is busy \(429\)") as raised:
            board.flows()
        assert len(service.asked) == 4
        assert raised.value.hint == "try again in 2 s"

    def test_it_does_not_wait_for_an_hour(self, service: Service, board: Dashboard, clock: FixedClock) -> None:
        service.answer = lambda asked: Said(503, headers={"Retry-After": "3600"})
        with pytest.raises(Unavailable) as raised:
            board.flows()
        assert (len(service.asked), clock.now()) == (1, NOW)
        assert raised.value.hint == "try again in 3600 s"

    def test_what_is_not_safe_to_repeat_is_not_repeated(self, service: Service, board: Dashboard) -> None:
        service.answer = lambda asked: Said(503, headers={"Retry-After": "0"})
        unsafe: list[Ask] = [
            lambda board: board.place_call("f1", to_phone_number="+4915"),
            lambda board: board.create_flow({"name": "x", "webhook_url": "http://x"}),
            lambda board: board.replay("f1", 1),
            lambda board: board.delete_flow("f1"),
        ]
        for ask in unsafe:
            service.asked.clear()
            with pytest.raises(Unavailable):
                ask(board)
            assert len(service.asked) == 1

    def test_a_change_is_safe_to_repeat(self, service: Service, board: Dashboard) -> None:
        service.answer = answering(Said(503), as_json({"id": "f1"}))
        assert board.change_flow("f1", {"name": "x"}).id == "f1"


class TestOtherAnswers:
    def test_our_own_problems_are_understood(self, service: Service, board: Dashboard) -> None:
        errors: list[AiflowError] = [
            NotFound("no", hint="look"),
            Changed("changed"),
            NotCallable("no number"),
            Invalid({"name": "is bad", "": "so is all"}),
        ]
        for error in errors:
            document = to_document(error)
            service.answer = lambda asked, document=document: as_json(document, document["status"])  # type: ignore[misc]
            with pytest.raises(type(error)) as raised:
                board.flow("1")
            assert (raised.value.message, raised.value.hint) == (error.message, error.hint)

    @pytest.mark.parametrize("status", [400, 409, 412, 422])
    def test_refused_input(self, service: Service, board: Dashboard, status: int) -> None:
        service.answer = lambda asked: as_json({"error": "name is too long"}, status)
        with pytest.raises(Invalid, match="PATCH /v3/ai-flows/1: name is too long"):
            board.change_flow("1", {"name": "x"})

    @pytest.mark.parametrize("status", [302, 500, 502])
    def test_what_nobody_expects(self, service: Service, board: Dashboard, status: int) -> None:
        service.answer = lambda asked: Said(status, headers={"Location": "http://elsewhere.example/"})
        with pytest.raises(Unavailable, match=str(status)) as raised:
            board.flows()
        assert raised.value.exit_code == ExitCode.NETWORK

    @pytest.mark.parametrize("body", ["<html>log in</html>", "", "{"])
    def test_a_page_is_no_answer(self, service: Service, board: Dashboard, body: str) -> None:
        service.answer = lambda asked: Said(200, body)
        with pytest.raises(Unavailable, match="without JSON"):
            board.flows()

    @pytest.mark.parametrize("value", [None, 3, {"a": 1}, [1], [{}], "x"])
    def test_json_of_another_shape_is_one_error(self, service: Service, board: Dashboard, value: object) -> None:
        service.answer = lambda asked: as_json(value)
        asks: list[Ask] = [
            lambda board: board.flow("1"),
            lambda board: board.exchanges(Query()),
            lambda board: board.session("1", "2"),
            lambda board: board.replay("1", 1),
        ]
        for ask in asks:
            with pytest.raises(Unavailable, match="something unexpected"):
                ask(board)


class TestConnections:
    def test_nothing_listens(self, clock: FixedClock) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            url = f"http://127.0.0.1:{gone.getsockname()[1]}"
        with (
            HttpDashboard(url, clock=clock, environ={}) as board,
            pytest.raises(Unavailable, match="connection refused") as raised,
        ):
            board.flows()
        assert raised.value.hint == "start it with `aiflow dashboard`"

    def test_a_proxy_is_used_but_not_for_this_machine(
        self, service: Service, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", service.url)
        service.answer = lambda asked: as_json([])
        with HttpDashboard("http://dashboard.example", clock=clock, environ={}) as board:
            board.flows()
        assert service.asked[0].path == "http://dashboard.example/v3/ai-flows"
        with (
            HttpDashboard("http://127.0.0.1:1", clock=clock, environ={}) as board,
            pytest.raises(Unavailable, match="connection refused"),
        ):
            board.flows()
        monkeypatch.setenv("NO_PROXY", "dashboard.invalid")
        with (
            HttpDashboard("http://dashboard.invalid", clock=clock, environ={}) as board,
            pytest.raises(Unavailable) as raised,
        ):
            board.flows()
        assert raised.value.hint == "check the URL, network and proxy"
        assert len(service.asked) == 1


class TestCertificates:
    @pytest.fixture
    def authority(self, tmp_path: Path) -> tuple[trustme.CA, Path]:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        return authority, tmp_path / "ca.pem"

    @pytest.fixture
    def secure(self, authority: tuple[trustme.CA, Path]) -> Iterator[Service]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority[0].issue_cert("localhost").configure_cert(context)
        with running_service(context) as service:
            service.answer = lambda asked: as_json([])
            yield service

    def test_a_stranger_is_not_trusted(self, secure: Service, clock: FixedClock) -> None:
        with (
            HttpDashboard(secure.url, clock=clock, environ={}) as board,
            pytest.raises(Unavailable, match="certificate is not trusted.*SSL_CERT_FILE"),
        ):
            board.flows()

    @pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
    def test_an_authority_of_ones_own_is(
        self,
        secure: Service,
        authority: tuple[trustme.CA, Path],
        clock: FixedClock,
        variable: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv(variable, str(authority[1]))
        with HttpDashboard(secure.url, clock=clock, environ={variable: str(authority[1])}) as board:
            assert board.flows() == []

    @pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
    def test_a_file_that_is_not_there(
        self, clock: FixedClock, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        missing = str(tmp_path / "missing.pem")
        monkeypatch.setenv(variable, missing)
        with pytest.raises(ConfigError, match=f"{variable} cannot be read"):
            HttpDashboard("https://localhost:1", clock=clock, environ={variable: missing})
