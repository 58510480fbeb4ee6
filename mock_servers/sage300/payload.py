"""Reads what a client sends: JSON, property names, kinds and lengths, kept in the order in which they came.

Order matters: properties reach the business rules in payload order (contract sage300, section 5).
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Property, Record, Schema

Values = dict[str, Any]


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. InvalidPayload for anything else."""
    try:
        value = json.loads(body, parse_float=Decimal)
    except (ValueError, InvalidOperation) as wrong:
        raise Sage300Error("payload", what="The body is not JSON.") from wrong
    if not isinstance(value, dict):
        raise Sage300Error("payload", what="The body must be one record.")
    return value


def accepted(schema: Schema, sent: dict[str, Any]) -> Values:
    """The values of one record, checked against its schema; computed properties are left out.

    Details become lists of such values. InvalidPayload for an unknown property or a wrong kind,
    FieldInvalid for a text that is too long.
    """
    values: Values = {}
    for name, value in sent.items():
        if name.startswith("@odata."):
            continue
        prop = schema.properties.get(name)
        if prop is None:
            raise Sage300Error("payload", what=f"{schema.name} has no property {name}.")
        if prop.details is not None:
            values[name] = _details(prop, prop.details, value)
        elif not prop.computed:
            values[name] = _value(prop, value)
    return values


def parsed_number(value: Any) -> Decimal:
    """A number that was given as text or number. InvalidPayload for anything else."""
    try:
        return Decimal(str(value))
    except InvalidOperation as wrong:
        raise Sage300Error("payload", what=f"{value} is not a number.") from wrong


def record(schema: Schema, values: Values) -> Record:
    """A record of these values, details included, without any business rule."""
    made = Record(schema)
    for name, value in values.items():
        details = schema.properties[name].details
        made[name] = [record(details, one) for one in value] if details is not None else value
    return made


def _details(prop: Property, details: Schema, value: Any) -> list[Values]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Sage300Error("payload", what=f"{prop.name} must be a list of records.")
    return [accepted(details, one) for one in value]


def _value(prop: Property, value: Any) -> Any:
    read = _READERS[prop.kind]
    try:
        return read(prop, value)
    except (TypeError, ValueError, InvalidOperation) as wrong:
        raise Sage300Error("payload", what=f"{prop.name} cannot be {json.dumps(value, default=str)}.") from wrong


def _text(prop: Property, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    if len(value) > prop.length:
        raise Sage300Error("too-long", what=prop.name, limit=prop.length)
    return value


def _number(_: Property, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError
    return Decimal(value)


def _integer(_: Property, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise TypeError
    return int(value)


def _choice(prop: Property, value: Any) -> str:
    if value not in prop.choices:
        raise ValueError
    return str(value)


def _boolean(_: Property, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(_: Property, value: Any) -> date | None:
    if value is None:
        return None
    if not isinstance(value, str) or not (len(value) == 10 or value[10:11] == "T"):
        raise TypeError
    return date.fromisoformat(value[:10])


def _time(_: Property, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_READERS = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "enum": _choice,
    "yesno": _choice,
    "bool": _boolean,
    "date": _date,
    "time": _time,
}
