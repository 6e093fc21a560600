"""The objects of the API as pydantic models: what the server accepts, and what its OpenAPI document promises.

Answers are not built with these: they come as text from the store, or from the dataclasses of ``contract``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from aiflow_cli.dashboard import fields, positions
from aiflow_cli.recording.exchange import Outcome, Source, Transport


def _no_default(schema: dict[str, Any]) -> None:
    """A field that may be left out but not be null has no default to speak of."""
    schema.pop("default", None)


Name = Annotated[str, Field(min_length=1, max_length=fields.MAX_NAME, pattern=fields.NAME)]
Url = Annotated[str, Field(max_length=fields.MAX_URL, pattern=fields.WEBHOOK_URL)]
Token = Annotated[str, Field(min_length=1, max_length=fields.MAX_TOKEN, pattern=fields.API_TOKEN)]
Number = Annotated[str, Field(max_length=16, pattern=fields.PHONE_NUMBER, examples=["+4922147100100"])]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


def _check_position(text: str) -> str:
    positions.read_position(text)
    return text


Position = Annotated[str, AfterValidator(_check_position), WithJsonSchema(positions.SCHEMA)]


class Body(BaseModel):
    """A request's body; a misspelt field is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FlowCreate(Body):
    """A new flow."""

    name: Name
    webhookUrl: Url
    apiToken: Token | None = None
    phoneNumber: Number | None = None


class FlowChange(Body):
    """What to change of a flow; fields that are missing stay as they are."""

    name: Name = Field("", json_schema_extra=_no_default)
    webhookUrl: Url = Field("", json_schema_extra=_no_default)
    apiToken: Token | None = None
    phoneNumber: Number | None = None


class CallCreate(Body):
    """A call to place."""

    toPhoneNumber: Number
    billingDevice: str | None = Field(None, description="The vendor's; the local dashboard ignores it.")


class Replay(Body):
    """Where to send the event again."""

    webhookUrl: Url | None = Field(None, description="By default where it went the first time.")


class FlowModel(BaseModel):
    """A flow; its ``apiToken`` is write-only."""

    id: str
    name: str
    webhookUrl: str
    hasApiToken: bool
    phoneNumber: str | None
    createdAt: Time
    updatedAt: Time
    etag: str


class ProblemModel(BaseModel):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    errors: list[FieldError] | None = None


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class FindingModel(BaseModel):
    """A rule that an exchange breaks."""

    rule: str
    severity: Literal["error", "warning", "note"]
    message: str
    path: str


class ExchangeModel(BaseModel):
    """One event delivered, and what came back."""

    id: int
    flowId: str
    sessionId: str | None
    at: Time
    source: Source
    transport: Transport
    url: str
    event: dict[str, Any] | None
    actions: list[dict[str, Any]]
    status: int | None
    durationMs: float | None
    outcome: Outcome
    problems: list[FindingModel]
    replayOf: int | None
    rawEvent: str = Field("", json_schema_extra=_no_default)
    rawAnswer: str = Field("", json_schema_extra=_no_default)


class PageModel(BaseModel):
    """Some exchanges, oldest first."""

    items: list[ExchangeModel]
    next: int | None = Field(description="`after` of the page behind this one (`before` with `newest=true`).")
    newest: int = Field(description="Highest id in the log when this was read: follow from there.")


class SessionModel(BaseModel):
    """One call that the log has seen."""

    flowId: str
    sessionId: str
    startedAt: Time
    lastAt: Time
    endedAt: Time | None
    exchangeCount: int
    failedCount: int
    direction: str | None
    fromPhoneNumber: str | None
    toPhoneNumber: str | None


class SessionDetails(SessionModel):
    """One call with its exchanges, oldest first."""

    exchanges: list[ExchangeModel]


class RoutingModel(BaseModel):
    """Where a number leads."""

    targetType: str | None
    targetId: str | None


class NumberModel(BaseModel):
    """A phone number."""

    e164Number: str
    type: str
    routing: RoutingModel


class PlacedCallModel(BaseModel):
    """A call that has begun; its id is the session id of its exchanges."""

    callId: str


class HealthModel(BaseModel):
    """The dashboard is up."""

    status: Literal["ok"]
    version: str
    storeId: Annotated[str, Field(description="Tells the exchange log from others, without saying where it is.")]
