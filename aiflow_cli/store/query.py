"""Which exchanges are meant: one filter for history, live tail, commands and API."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A selection of exchanges. Everything that is None selects all.

    Args:
        flow_id: of this flow alone.
        session_id: of this call alone.
        types: event types, any of them.
        outcomes: any of them.
        after_id: ids above this one.
        before_id: ids below this one.
        since: sent at or after this RFC 3339 time (UTC, milliseconds, as the store writes it).
        until: sent before this one.
    """

    flow_id: str | None = None
    session_id: str | None = None
    types: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    after_id: int | None = None
    before_id: int | None = None
    since: str | None = None
    until: str | None = None

    def where(self) -> tuple[str, list[object]]:
        """The SQL condition and its values."""
        terms: list[str] = []
        values: list[object] = []
        for column, value in (
            ("flow_id =", self.flow_id),
            ("session_id =", self.session_id),
            ("id >", self.after_id),
            ("id <", self.before_id),
            ("at >=", self.since),
            ("at <", self.until),
        ):
            if value is not None:
                terms.append(f"{column} ?")
                values.append(value)
        for column, wanted in (("type", self.types), ("outcome", self.outcomes)):
            if wanted:
                terms.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values.extend(wanted)
        return " AND ".join(terms) or "1", values


def resumed(query: Query, after_id: int | None) -> Query:
    """The query behind an id that is known; its start in time is past then."""
    return query if after_id is None else replace(query, after_id=after_id, since=None)
