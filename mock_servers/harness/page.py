"""The page for people at /__mock__/: documents, requests, faults and clock of one mock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, Template

if TYPE_CHECKING:
    from mock_servers.harness.mock import Mock

ROWS_SHOWN = 50
REQUESTS_SHOWN = 60

_AMOUNT = re.compile(r"-?\d+\.\d+")


@dataclass(slots=True)
class Table:
    """One table on the page. `total` counts the rows there are, shown or not."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    total: int = 0


def table_of(type: str, rows: list[dict[str, Any]]) -> Table:
    """A table of flat documents, the newest first; lists inside them are shown as their length."""
    newest = rows[-ROWS_SHOWN:]
    columns = list(dict.fromkeys(name for row in newest for name in row))
    shown: list[Sequence[str]] = [[_cell(row.get(name)) for name in columns] for row in reversed(newest)]
    return Table(type.replace("_", " ").capitalize(), columns, shown, len(rows))


def render(mock: Mock) -> str:
    """The whole page as HTML."""
    requests = mock.journal.entries(since=mock.journal.count - REQUESTS_SHOWN)
    return _template().render(
        name=mock.name,
        now=mock.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC"),
        tables=mock.documents_page(),
        requests=list(reversed(requests)),
        totals=mock.journal.totals(),
        count=mock.journal.count,
        faults=mock.faults.remaining(),
        knobs=mock.knobs(),
        assumptions=mock.assumptions(),
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return str(len(value))
    return str(value)


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.tests["numeric"] = lambda cell: _AMOUNT.fullmatch(cell) is not None
    return environment.get_template("page.html")
