"""Flows as text. Pure: data in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiflow_cli.dashboard.contract import Flow, FlowFields

Paint = Callable[..., str]


def plain(text: str, *_: str) -> str:
    """A Paint that does nothing."""
    return text


def table(flows: Sequence[Flow], *, current: str, paint: Paint = plain) -> str:
    """One line a flow, columns aligned; ``current`` is marked."""
    head = ("", "ID", "NAME", "WEBHOOK", "NUMBER")
    rows = [("*" if f.id == current else "", f.id, f.name, f.webhook_url, f.phone_number or "-") for f in flows]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    lines = [
        " ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in (head, *rows)
    ]
    return "\n".join([paint(lines[0], "dim"), *lines[1:]])


def details(flow: Flow, paint: Paint = plain) -> str:
    """Everything about one flow; of the secret only whether there is one."""
    fields = (
        ("id", flow.id),
        ("name", flow.name),
        ("webhook", flow.webhook_url or "-"),
        ("secret", "set" if flow.has_api_token else "not set"),
        ("number", flow.phone_number or "-"),
        ("created", flow.created_at or "-"),
        ("changed", flow.updated_at or "-"),
    )
    return "\n".join(f"{paint(name.ljust(8), 'dim')} {value}" for name, value in fields)


def to_paste(fields: FlowFields) -> dict[str, str]:
    """What to paste into the service's own form, by the form's labels (protocol.md section 5).

    The secret stands there as the name of its variable: it is never printed.
    """
    form: dict[str, str] = {}
    if "name" in fields:
        form["Name"] = fields["name"]
    if "webhook_url" in fields:
        url = fields["webhook_url"]
        form["WebSocket URL" if url.startswith("ws") else "Webhook URL"] = url
    if fields.get("api_token"):
        form["Outgoing API token"] = "the value of AIFLOW_SECRET"
    return form


def paste_instructions(fields: FlowFields) -> str:
    """The form, a line a field."""
    return "\n".join(f"{label}: {value}" for label, value in to_paste(fields).items())
