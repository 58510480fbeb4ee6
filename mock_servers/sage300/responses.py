"""The wire format: records, feeds and errors as Sage 300 and the IIS in front of it send them."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any

from werkzeug.wrappers import Response

from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Record, Schema

CACHE_LIMIT = 64 * 1024 * 1024  # characters of serialised batches kept


def number(value: Decimal) -> str:
    """A decimal as a JSON number, digit for digit, without an exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: date | None) -> str:
    """A date as `"2019-06-13T00:00:00Z"`, or null."""
    return "null" if value is None else f'"{value.isoformat()}T00:00:00Z"'


def _boolean(value: bool) -> str:
    return "true" if value else "false"


_ENCODERS: dict[str, Callable[[Any], str]] = {
    "text": encode_basestring_ascii,
    "enum": encode_basestring_ascii,
    "yesno": encode_basestring_ascii,
    "time": encode_basestring_ascii,
    "number": number,
    "integer": str,
    "bool": _boolean,
    "date": day,
}


class _Form:
    """How records of one schema look: the text of each property with its default, and how to write other values."""

    def __init__(self, schema: Schema, details: Callable[[Any], str]) -> None:
        self._defaults: list[str] = []
        self._writers: dict[str, tuple[int, str, Callable[[Any], str]]] = {}
        for position, prop in enumerate(schema.properties.values()):
            label = f'"{prop.name}":'
            encode = details if prop.kind == "details" else _ENCODERS[prop.kind]
            self._defaults.append(label + ("[]" if prop.kind == "details" else encode(prop.default)))
            self._writers[prop.name] = (position, label, encode)

    def text(self, values: dict[str, Any]) -> str:
        """All properties; the work is that for the few that do not have their default."""
        parts = self._defaults.copy()
        for name, value in values.items():
            if value is not None:
                position, label, encode = self._writers[name]
                parts[position] = label + encode(value)
        return "{" + ",".join(parts) + "}"

    def selected(self, values: dict[str, Any], select: frozenset[str]) -> str:
        """The properties named."""
        parts = []
        for name, (position, label, encode) in self._writers.items():
            if name in select:
                value = values.get(name)
                parts.append(self._defaults[position] if value is None else label + encode(value))
        return "{" + ",".join(parts) + "}"


class Serialiser:
    """Turns records into JSON text.

    The text of a property that holds its default is made once per schema, and the text of an unchanged batch
    once per batch: stored records are replaced, never changed, so the record itself tells.
    """

    def __init__(self) -> None:
        self._forms: dict[int, _Form] = {}
        self._kept: OrderedDict[int, tuple[Record, str]] = OrderedDict()
        self._kept_size = 0

    def record(self, row: Record, select: frozenset[str] | None = None) -> str:
        """One record; with `select` only the properties named."""
        if select is not None:
            return self._form_of(row.schema).selected(row.values, select)
        if not row.schema.is_heavy:
            return self._form_of(row.schema).text(row.values)
        kept = self._kept.get(id(row))
        if kept is not None and kept[0] is row:
            self._kept.move_to_end(id(row))
            return kept[1]
        text = self._form_of(row.schema).text(row.values)
        self._keep(row, text)
        return text

    def _form_of(self, schema: Schema) -> _Form:
        form = self._forms.get(id(schema))
        if form is None:
            form = self._forms[id(schema)] = _Form(schema, self._details)
        return form

    def _details(self, rows: list[Record]) -> str:
        return "[" + ",".join([self._form_of(row.schema).text(row.values) for row in rows]) + "]"

    def _keep(self, row: Record, text: str) -> None:
        replaced = self._kept.pop(id(row), None)
        self._kept_size += len(text) - (len(replaced[1]) if replaced else 0)
        self._kept[id(row)] = (row, text)
        while self._kept_size > CACHE_LIMIT:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._kept_size -= len(oldest)


def feed(context: str, rows: list[str], count: int | None, next_link: str | None) -> Response:
    """A page of records."""
    parts = [f'"@odata.context":{json.dumps(context)}']
    if count is not None:
        parts.append(f'"@odata.count":{count}')
    parts.append(f'"value":[{",".join(rows)}]')
    if next_link is not None:
        parts.append(f'"@odata.nextLink":{json.dumps(next_link)}')
    return _json("{" + ",".join(parts) + "}")


def entry(context: str, row: str, status: int = 200) -> Response:
    """One record, without a wrapper."""
    return _json(f'{{"@odata.context":{json.dumps(context)},{row[1:]}', status)


def plain(value: Any) -> Response:
    """Any other JSON."""
    return _json(json.dumps(value))


def nothing() -> Response:
    """The empty answer to PATCH, PUT, DELETE and processes."""
    return Response(status=204)


def error(reason: Sage300Error, language: str) -> Response:
    """A refusal with code and message."""
    message = {"lang": language, "value": reason.text(language)}
    return _json(json.dumps({"error": {"code": reason.code, "message": message}}), reason.status)


def bare_message(text: str, status: int) -> Response:
    """The other error body that clients have met: ASP.NET's `{"Message": ...}` (contract sage300, section 6)."""
    return _json(json.dumps({"Message": text}), status)


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status=status, content_type="application/json; odata.metadata=minimal; charset=utf-8")


_HTML_TITLES = {
    401: "401 - Unauthorized: Access is denied due to invalid credentials.",
    404: "HTTP Error 404.13 - Not Found: The request filtering module is configured to deny a request that "
    "exceeds the request content length.",
    500: "Runtime Error: Server Error in '/Sage300WebApi' Application.",
    502: "502 - Web server received an invalid response while acting as a gateway or proxy server.",
    503: "Service Unavailable: HTTP Error 503. The service is unavailable.",
}


def html(status: int) -> Response:
    """A page from IIS, with which Sage 300 itself had nothing to do."""
    title = _HTML_TITLES.get(status, f"{status} - Server Error")
    page = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
        f"<html><head><title>{title.partition(':')[0]}</title></head><body><h2>{title}</h2></body></html>"
    )
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    if status == 401:
        response.headers.add("WWW-Authenticate", "Negotiate")
        response.headers.add("WWW-Authenticate", "NTLM")
    return response
