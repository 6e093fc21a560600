"""The part of the log that is there already, page by page, and where it ends: the seam to what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from aiflow_cli.dashboard.contract import MAX_LIMIT, Dashboard, Page
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Row


class History:
    """Exchanges of a dashboard's log, oldest first.

    Args:
        count: the newest so many of the selection; None for all of it.
        wanted: what else they have to be, where a query cannot say it.
    """

    def __init__(
        self, dashboard: Dashboard, query: Query, count: int | None, *, wanted: Callable[[Row], bool] | None = None
    ) -> None:
        self._dashboard = dashboard
        self._query = query
        self._count = count
        self._wanted = wanted
        self.seam = 0
        """Highest id in the log when the last page was read; known once all pages were taken. What is above
        it was not there: follow from here, and nothing is missed and nothing comes twice."""

    def pages(self) -> Iterator[list[Row]]:
        """The rows, a page at a time; only a history without ``count`` can be longer than memory."""
        yield from self._all() if self._count is None else [self._newest(self._count)]

    def _all(self) -> Iterator[list[Row]]:
        query = self._query
        while True:
            page = self._dashboard.exchanges(query, limit=MAX_LIMIT)
            self.seam = page.newest
            yield self._chosen(page)
            if page.next is None:
                return
            query = replace(query, after_id=page.next)

    def _newest(self, count: int) -> list[Row]:
        """Backwards from the end until there are enough; the first page is the one that the seam belongs to."""
        page = self._page(self._query, count)
        self.seam = page.newest
        rows = self._chosen(page)
        while page.next is not None and len(rows) < count:
            page = self._page(replace(self._query, before_id=page.next), count - len(rows))
            rows = self._chosen(page) + rows
        return rows[-count:] if count else []

    def _page(self, query: Query, wanted: int) -> Page:
        # Nobody knows how many of a page are wanted, so it is a large one.
        limit = MAX_LIMIT if self._wanted is not None else min(max(wanted, 1), MAX_LIMIT)
        return self._dashboard.exchanges(query, limit=limit, newest=True)

    def _chosen(self, page: Page) -> list[Row]:
        return page.rows if self._wanted is None else [row for row in page.rows if self._wanted(row)]
