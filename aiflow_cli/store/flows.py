"""The local flows: rows of the same file as the exchange log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiflow_cli.store.store import Store

_COLUMNS = "id, name, webhook_url, api_token, phone_number, created_at, updated_at, version"
CHANGEABLE = ("name", "webhook_url", "api_token", "phone_number")


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow as it is stored; ``api_token`` is a secret and stays below the dashboard.

    Args:
        created_at, updated_at: RFC 3339, UTC, milliseconds.
        version: goes up with every change.
    """

    id: str
    name: str
    webhook_url: str
    api_token: str | None
    phone_number: str | None
    created_at: str
    updated_at: str
    version: int


class Flows:
    """The flows of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[FlowRow]:
        """Every flow, oldest first."""
        with self._store.reading() as connection:
            return [FlowRow(*row) for row in connection.execute(f"SELECT {_COLUMNS} FROM flows ORDER BY rowid")]

    def get(self, id: str) -> FlowRow | None:
        """One flow by id."""
        with self._store.reading() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM flows WHERE id = ?", (id,)).fetchone()
        return FlowRow(*row) if row else None

    def add(self, row: FlowRow) -> None:
        """Write a new flow."""
        with self._store.transaction() as connection:
            values = (row.id, row.name, row.webhook_url, row.api_token, row.phone_number, row.created_at)
            connection.execute(
                f"INSERT INTO flows ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, row.updated_at, row.version),
            )

    def change(
        self, id: str, values: Mapping[str, str | None], *, at: str, check: Callable[[FlowRow], None]
    ) -> FlowRow | None:
        """Change columns of a flow, unless ``check`` raises for the row as it is under the write lock.

        Args:
            values: by column, out of ``CHANGEABLE``.
            at: the time of the change, RFC 3339.

        Returns:
            The flow as it is now; None where there is none.
        """
        assert set(values) <= set(CHANGEABLE)
        with self._store.transaction():
            before = self.get(id)
            if before is None:
                return None
            check(before)
            self._update(id, {**values, "updated_at": at, "version": before.version + 1})
            return self.get(id)

    def _update(self, id: str, values: Mapping[str, str | int | None]) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        with self._store.reading() as connection:
            connection.execute(f"UPDATE flows SET {columns} WHERE id = ?", (*values.values(), id))

    def remove(self, id: str) -> bool:
        """Delete a flow; its exchanges stay. False where there was none."""
        with self._store.transaction() as connection:
            return connection.execute("DELETE FROM flows WHERE id = ?", (id,)).rowcount > 0
