"""Query options of a feed: filter, select, count and paging (contract sage300, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from mock_servers.sage300 import responses
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.filters import Predicate, predicate
from mock_servers.sage300.knobs import Knobs
from mock_servers.sage300.responses import Serialiser
from mock_servers.sage300.schema import Record, Schema

DOCUMENTED = ("$filter", "$select", "$count", "$skip", "$top")
ON_ENTRIES = ("$select",)


@dataclass(frozen=True, slots=True)
class Query:
    """The options of one request, checked. InvalidParameters when `read` meets others."""

    matches: Predicate | None
    select: frozenset[str] | None
    count: bool
    skip: int
    top: int | None


def read(request: Request, schema: Schema, knobs: Knobs, allowed: Sequence[str] = DOCUMENTED) -> Query:
    """The query options of a request for records of one resource."""
    options: dict[str, str] = {}
    for name, values in request.args.lists():
        if not name.startswith("$"):
            continue
        if len(values) > 1:
            raise Sage300Error("parameters", what=f"{name} is given more than once.")
        if knobs.strict and name not in allowed:
            raise Sage300Error("parameters", what=f"{name} is not supported.")
        options[name] = values[0]
    text = options.get("$filter")
    return Query(
        matches=predicate(text, schema, strict=knobs.strict) if text else None,
        select=_selection(options.get("$select"), schema),
        count=_is_true(options.get("$count", "false")),
        skip=_whole("$skip", options.get("$skip", "0")),
        top=_whole("$top", options["$top"]) if "$top" in options else None,
    )


def page(
    request: Request, query: Query, rows: Sequence[Record], schema: Schema, knobs: Knobs, write: Serialiser
) -> Response:
    """One page of a feed, with a link to the next when there is more."""
    found = rows if query.matches is None else [row for row in rows if query.matches(row)]
    size = knobs.page_size if query.top is None else min(query.top, knobs.page_size)
    shown = list(islice(found, query.skip, query.skip + size))
    wanted = len(found) - query.skip if query.top is None else min(query.top, len(found) - query.skip)
    return responses.feed(
        context(request, schema, query.select),
        [write.record(row, query.select) for row in shown],
        len(found) if query.count else None,
        _next_link(request, query, len(shown)) if wanted > len(shown) and shown else None,
    )


def context(request: Request, schema: Schema, select: frozenset[str] | None, *, entity: bool = False) -> str:
    """The @odata.context of a feed or an entry."""
    module_root = request.base_url.partition("(")[0].rpartition("/")[0]
    chosen = "" if select is None else "(" + ",".join(name for name in schema.properties if name in select) + ")"
    return f"{module_root}/$metadata#{schema.name}{chosen}" + ("/$entity" if entity else "")


def _next_link(request: Request, query: Query, shown: int) -> str:
    options = {name: value for name, value in request.args.items() if name not in ("$skip", "$top")}
    if query.top is not None:
        options["$top"] = str(query.top - shown)
    options["$skip"] = str(query.skip + shown)
    return f"{request.base_url}?{urlencode(options, safe='$')}"


def _selection(text: str | None, schema: Schema) -> frozenset[str] | None:
    if text is None or text.strip() in ("", "*"):
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in schema.properties:
            raise Sage300Error("parameters", what=f"{schema.name} has no property {name} to select.")
    return frozenset(names)


def _is_true(text: str) -> bool:
    if text not in ("true", "false"):
        raise Sage300Error("parameters", what="$count is true or false.")
    return text == "true"


def _whole(name: str, text: str) -> int:
    if not text.isdecimal():
        raise Sage300Error("parameters", what=f"{name} is a whole number.")
    return int(text)
