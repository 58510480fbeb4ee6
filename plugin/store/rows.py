"""Many rows in one statement, without making an object of each.

What the mapper runs is narrowed to a site by `database.py`; these statements do not pass the mapper, and take the site
from their session themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from plugin.store.database import site_of
from plugin.store.models import SiteOwned

Row = dict[str, Any]


def insert_rows(session: Session, kind: type[SiteOwned], rows: Sequence[Row]) -> None:
    """New rows of the session's site."""
    if rows:
        site = site_of(session)
        session.connection().execute(insert(table_of(kind)), [{**row, "site_id": site} for row in rows])


def update_rows(session: Session, kind: type[SiteOwned], ids: Collection[int], values: Mapping[str, Any]) -> None:
    """The same values for every row."""
    table = table_of(kind)
    mine = (table.c.site_id == site_of(session)) & table.c.id.in_(ids)
    session.connection().execute(update(table).where(mine).values(**values))


def update_each(session: Session, kind: type[SiteOwned], rows: Sequence[Row]) -> None:
    """For each row values of its own, beside its `id`; in one statement for each set of columns."""
    for columns, alike in groupby(sorted(rows, key=_columns), key=_columns):
        _update_alike(session, kind, columns, alike)


def _update_alike(session: Session, kind: type[SiteOwned], columns: Sequence[str], rows: Iterable[Row]) -> None:
    table, site = table_of(kind), site_of(session)
    mine = (table.c.site_id == site) & (table.c.id == bindparam("row_id"))
    values: Row = {name: bindparam(f"new_{name}") for name in columns if name != "id"}
    session.connection().execute(
        update(table).where(mine).values(**values),
        [{"row_id": row["id"], **{f"new_{name}": row[name] for name in values}} for row in rows],
    )


def _columns(row: Row) -> tuple[str, ...]:
    return tuple(sorted(row))


def table_of(kind: type[SiteOwned]) -> SqlTable:
    return cast(SqlTable, kind.__table__)  # type: ignore[attr-defined]
