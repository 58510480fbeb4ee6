"""Records of one resource kept by key, with the rules that every master record shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mock_servers.harness import Clock
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import Values, record
from mock_servers.sage300.schema import Record, Schema

Key = tuple[Any, ...]


class Collection:
    """The records of one resource, in key order. Resources with rules of their own derive from it."""

    def __init__(self, schema: Schema, clock: Clock) -> None:
        self.schema = schema
        self.clock = clock
        self._rows: dict[Key, Record] = {}
        self._ordered: list[Record] | None = None

    def records(self) -> Sequence[Record]:
        """Every record, in key order."""
        if self._ordered is None:
            self._ordered = [self._rows[key] for key in sorted(self._rows)]
        return self._ordered

    def get(self, *key: Any) -> Record | None:
        """The record with this key, or None."""
        return self._rows.get(key)

    def find(self, key: Key) -> Record:
        """The record with this key. RecordNotFound when there is none."""
        found = self._rows.get(key)
        if found is None:
            raise Sage300Error("record", what=f"{self.schema.name} {', '.join(map(str, key))}")
        return found

    def add(self, row: Record) -> Record:
        """Puts a record in, without any rule."""
        self._rows[row.key()] = row
        self._ordered = None
        return row

    def create(self, values: Values, user: str) -> Record:
        """A new record from what was sent. FieldInvalid without its key, RecordDuplicate when it exists."""
        made = record(self.schema, values)
        self._check_key(made)
        self._prepare(made, user)
        return self.add(made)

    def change(self, key: Key, values: Values, user: str) -> None:
        """Changes what was sent and keeps the rest; details follow their UpdateOperation."""
        draft = self.find(key).copy()
        apply_values(draft, values)
        self._keep_key(draft, key)
        self._prepare(draft, user)
        self.add(draft)

    def replace(self, key: Key, values: Values, user: str) -> None:
        """Changes what was sent; details that were left out are gone (contract sage300, section 5)."""
        draft = self.find(key).copy()
        for name, prop in self.schema.properties.items():
            if prop.kind == "details":
                draft.values.pop(name, None)
        apply_values(draft, values)
        self._keep_key(draft, key)
        self._prepare(draft, user)
        self.add(draft)

    def remove(self, key: Key) -> None:
        """Deletes a record."""
        self.find(key)
        del self._rows[key]
        self._ordered = None

    def _prepare(self, row: Record, user: str) -> None:
        """What Sage does to a record before it is stored; a master notes the day."""
        del user
        if "DateLastMaintained" in self.schema.properties:
            row["DateLastMaintained"] = self.clock.today()

    def _check_key(self, row: Record) -> None:
        for name in self.schema.key:
            if row[name] in ("", None):
                raise Sage300Error("required", what=name)
        if row.key() in self._rows:
            raise Sage300Error("duplicate-record", what=f"{self.schema.name} {', '.join(map(str, row.key()))}")

    def _keep_key(self, row: Record, key: Key) -> None:
        row.fill(dict(zip(self.schema.key, key, strict=True)))


class Numbered(Collection):
    """Records whose only key is a number that Sage gives out."""

    def __init__(self, schema: Schema, clock: Clock) -> None:
        super().__init__(schema, clock)
        self._last = 0

    def next_number(self) -> int:
        """The next key."""
        self._last += 1
        return self._last

    def add(self, row: Record) -> Record:
        """Puts a record in; numbers go on after the highest."""
        self._last = max(self._last, row[self.schema.key[-1]])
        return super().add(row)

    def create(self, values: Values, user: str) -> Record:
        """A new record under the next number."""
        made = record(self.schema, values)
        made[self.schema.key[-1]] = self.next_number()
        self._prepare(made, user)
        return self.add(made)


def apply_values(row: Record, values: Values) -> None:
    """Sets what was sent on a record, details by their UpdateOperation, without business rules."""
    for name, value in values.items():
        details = row.schema.properties[name].details
        if details is None:
            row[name] = value
        else:
            row[name] = merged(row.details(name), value, inserter(details), apply_values)


def inserter(details: Schema) -> Callable[[Values], Record]:
    """Makes a detail of what was sent, without business rules."""
    return lambda values: record(details, values)


def merged(
    rows: list[Record],
    sent: list[Values],
    insert: Callable[[Values], Record],
    update: Callable[[Record, Values], None],
) -> list[Record]:
    """Details after a PATCH (contract sage300, section 5).

    Unspecified updates the detail that had the same key before, else inserts; Insert, Update and Delete do
    what they say, the last two with RecordNotFound when the key is not there.
    """
    result = list(rows)
    for values in sent:
        operation = values.pop("UpdateOperation", "Unspecified")
        found = _same_key(rows, values)
        if operation == "Insert" or (operation == "Unspecified" and found is None):
            result.append(insert(values))
        elif found is None:
            raise Sage300Error("record", what="The detail")
        elif operation == "Delete":
            result.remove(found)
        else:
            update(found, values)
    return result


def _same_key(rows: list[Record], values: Values) -> Record | None:
    for row in rows:
        if all(name in values and values[name] == row[name] for name in row.schema.key):
            return row
    return None
