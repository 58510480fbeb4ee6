"""What a query may speak of: the fields of the site, who asks, when, and what apps declared as searchable."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mock_servers.jira.apps import IndexedProperty
from mock_servers.jira.fields import Field
from mock_servers.jira.issues import Snapshot
from mock_servers.jira.models import JiraSite


class QueryRefused(Exception):
    """The query can be read but makes no sense here: an unknown field or value, an operator a field lacks."""


Candidates = Callable[[], set[int] | None]


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: whether a snapshot meets it, and where the index has a short list, those that may.

    `candidates` gives None when only looking at every issue can tell. The set belongs to the index: never change it.
    """

    matches: Callable[[Snapshot], bool]
    candidates: Candidates = lambda: None


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks what site, at which moment."""

    site: JiraSite
    account_id: str | None

    @property
    def now(self) -> datetime:
        return self.site.now()

    @property
    def zone(self) -> ZoneInfo:
        """The caller's time zone, in which dates of a query are read."""
        user = self.site.users.get(self.account_id or "")
        return ZoneInfo(user.time_zone) if user else self.site.time_zone

    def fields_named(self, name: str) -> list[Field]:
        """All searchable fields of a name, which need not be unique. QueryRefused when there is none."""
        wanted = name.casefold()
        found = [
            field
            for field in self.site.fields.values()
            if not field.trashed and any(clause.casefold() == wanted for clause in field.clause_names)
        ]
        if not found:
            raise QueryRefused(f"Field '{name}' does not exist or you do not have permission to view it.")
        return found

    def indexed(self, property_key: str, path: str) -> IndexedProperty | None:
        """The declared index of a property value, if an installed app declares it."""
        return next((i for i in self._declared() if i.property_key == property_key and i.object_name == path), None)

    def indexed_by_alias(self, name: str) -> IndexedProperty | None:
        wanted = name.casefold()
        return next((i for i in self._declared() if i.alias is not None and i.alias.casefold() == wanted), None)

    def with_values(self, field_id: str, values: set[Any]) -> set[int]:
        """Numbers of the issues whose field has one of these (stored) values."""
        postings = self.site.index.postings(("value", field_id), lambda snapshot: values_of(snapshot, field_id))
        return _united([postings.find(value) for value in values])

    def with_property(self, key: str, path: str, values: set[Any]) -> set[int]:
        postings = self.site.index.postings(
            ("property", key, path), lambda snapshot: property_values(snapshot, key, path)
        )
        return _united([postings.find(value) for value in values])

    def _declared(self) -> Iterator[IndexedProperty]:
        for app in self.site.installed_apps.values():
            yield from app.indexed_properties()


def values_of(snapshot: Snapshot, field_id: str) -> tuple[Any, ...]:
    """The values of a field as a tuple: none, one, or those of a list."""
    value = snapshot.fields.get(field_id)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def property_values(snapshot: Snapshot, key: str, path: str) -> list[Any]:
    """The scalars at a path of a property; each element where there is a list."""
    found: list[Any] = [snapshot.properties[key]] if key in snapshot.properties else []
    for step in path.split(".") if path else []:
        found = [value[step] for value in _flat(found) if isinstance(value, dict) and step in value]
    return [value for value in _flat(found) if isinstance(value, str | int | float)]


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def _united(sets: list[set[int]]) -> set[int]:
    return sets[0] if len(sets) == 1 else set().union(*sets)
