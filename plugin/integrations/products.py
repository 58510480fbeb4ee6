"""What a product says of itself: the system it reads from, and its streams.

The registry names the products. Everything else (the worker that runs a stream, the pages that show it) asks the
product of the integration at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from plugin.integrations.attributes import Content
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.parts import Parts
from plugin.store.models import Connection, JsonObject
from plugin.sync.ports import Source
from sage_adapters.http import RequestLog


@dataclass(frozen=True)
class Examination:
    """What *Test connection* found, in sentences. `problem` is the worst of it where the connection does not work,
    told as `plugin.sync.ladder.describe` tells a trouble."""

    release: str | None
    facts: Sequence[str]
    warnings: Sequence[str]
    problem: JsonObject | None


@dataclass(frozen=True)
class System:
    """An outside system that connections lead to. `name` is what rows and document keys call it."""

    name: str
    label: str
    examine: Callable[[Parts, Connection], Examination]
    """Raises a Trouble when it could not even begin."""


@dataclass(frozen=True)
class StreamDescription:
    """One kind of record in one direction. `name` is that of its rows in the table of streams."""

    name: str
    document: str
    """One of its documents in people's words, as in "every invoice becomes an issue"."""
    documents: str
    """Several of them."""
    cost: str
    """A sentence: which requests a look costs that finds nothing new."""
    since: str
    """A sentence: which documents "since a day" means."""
    open_source: Callable[[Parts, Connection, RequestLog], Source]
    """Makes no call. Raises ConfigurationTrouble when the connection cannot be used as it is stored."""
    sample: Callable[[Parts, Connection], Content | None]
    """Some document of the connection, as an example for the mapping; None where there is none. Raises a Trouble."""
    link: Callable[[Connection, Content], str]
    """Where the document is found in its own system; "" when nothing leads there."""
    lists: Mapping[str, str]
    """The lists within a document, e.g. its lines, and what people call them."""
    target: IntoJira

    @property
    def words(self) -> Mapping[str, str]:
        """What people call each part of a document, by its name in the record."""
        return {**{each.name: each.label for each in self.target.attributes}, **self.lists}


@dataclass(frozen=True)
class Product:
    """One of our integrations. `kind` is what its rows in the table of integrations are marked with."""

    kind: str
    label: str
    system: System
    """Where its documents come from."""
    streams: tuple[StreamDescription, ...]

    @property
    def main(self) -> StreamDescription:
        """The stream that an integration's place and mapping are about."""
        return self.streams[0]

    def stream(self, name: str) -> StreamDescription:
        """Raises KeyError."""
        return {each.name: each for each in self.streams}[name]
