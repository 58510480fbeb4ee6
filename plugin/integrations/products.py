"""What a product says of itself: the system it reads from, and its streams.

The registry names the products. Everything else (the worker that runs a stream, the pages that show it) asks the
product of the integration at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from plugin.integrations.attributes import Attribute, Content
from plugin.integrations.hooks.wishing import Wishes
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.panels import Panel
from plugin.integrations.parts import Parts
from plugin.store.models import Connection, Integration, JsonObject, Stream
from plugin.sync.circuits import JIRA, OURSELVES, Needs, of_connection
from plugin.sync.companions import Alone, Companions
from plugin.sync.ports import Source, Target
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
    banks: Callable[[Parts, Connection], Sequence[tuple[str, str]]] | None = None
    """Code and name of each bank that can be paid from; None where it knows none. Raises a Trouble."""


class Into(Protocol):
    """Where the documents of a stream go."""

    def open(
        self,
        parts: Parts,
        stream: Stream,
        integration: Integration,
        connection: Connection,
        request_log: RequestLog,
        *,
        look_first: bool = False,
    ) -> Target:
        """`look_first`: documents are looked for before they are made, even if the stream no longer does so.

        Makes no call. Raises ConfigurationTrouble when something is not set up.
        """

    def calls_at_once(self, integration: Integration) -> int: ...


Siblings = Mapping[str, Stream]
"""The streams of an integration by name."""
Dependents = Callable[[Session, Siblings, Sequence[str]], ColumnElement[bool]]
"""Which entries of a stream's ledger are told together with these documents (by key) of a followed stream."""


def from_connection_to_jira(connection_id: int) -> Needs:
    return Needs(source=of_connection(connection_id), target=JIRA)


def reads_alone(connection_id: int) -> Needs:
    """Of a stream whose documents are kept here."""
    return Needs(source=of_connection(connection_id), target=OURSELVES)


def acts_alone(connection_id: int) -> Needs:
    """Of a stream from our own store into the connection."""
    return Needs(source=OURSELVES, target=of_connection(connection_id))


def tells_alone(connection_id: int) -> Needs:
    """Of a stream from our own store into Jira."""
    return Needs(source=OURSELVES, target=JIRA)


def _alone(siblings: Siblings) -> Companions:
    return Alone()


@dataclass(frozen=True)
class StreamDescription:
    """One kind of record in one direction. `name` is that of its rows in the table of streams."""

    name: str
    document: str
    """One of its documents in people's words, as in "every invoice becomes an issue"."""
    documents: str
    """Several of them."""
    open_source: Callable[[Parts, Stream, Connection, RequestLog], Source]
    """Makes no call. Raises ConfigurationTrouble when the connection cannot be used as it is stored."""
    target: Into
    whereto: str = "to issues"
    """What becomes of its documents, in a word or two for the list of streams."""
    cost: str = ""
    """A sentence: which requests a look costs that finds nothing new."""
    since: str = ""
    """A sentence: which documents "since a day" means; "" for a stream that offers no sweeps."""
    sample: Callable[[Parts, Connection], Content | None] = lambda parts, connection: None
    """Some document of the connection, as an example for the mapping; None where there is none. Raises a Trouble."""
    link: Callable[[Connection, Content], str] = lambda connection, content: ""
    """Where the document is found in its own system; "" when nothing leads there."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """The lists within a document, e.g. its lines, and what people call them."""
    told: tuple[Attribute, ...] = ()
    """What pages tell of a document that does not become an issue."""
    sentences: Mapping[str, str] = field(default_factory=dict)
    """By action of a counterfoil: how it reads for these documents, where it does not read as for an issue."""
    companions: Callable[[Siblings], Companions] = _alone
    follows: Mapping[str, Dependents] = field(default_factory=dict)
    """By name of a stream beside it: what is compared again when documents of that one change."""
    reads_from: tuple[str, ...] = ()
    """Streams beside it whose documents are its source."""
    needs: Callable[[int], Needs] = from_connection_to_jira
    """By the connection's id: which systems it cannot do without."""
    starts_by_itself: bool = False
    """Needs nothing from an administrator: it starts with the product's main stream."""
    wishes: Wishes | None = None
    """Of a stream whose documents people wish for by moving issues in Jira: which statuses, and what is taken down."""
    panel: Panel = field(default_factory=Panel)
    """Of a stream whose documents become issues: what the panel on them shows."""

    @property
    def into_jira(self) -> IntoJira | None:
        """Of a stream whose documents become issues: what an administrator may decide about those."""
        return self.target if isinstance(self.target, IntoJira) else None

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All that pages tell of a document, besides its lists."""
        return self.into_jira.attributes if self.into_jira else self.told

    @property
    def words(self) -> Mapping[str, str]:
        """What people call each part of a document, by its name in the record."""
        return {**{each.name: each.label for each in self.attributes}, **self.lists}


@dataclass(frozen=True)
class Product:
    """One of our integrations. `kind` is what its rows in the table of integrations are marked with."""

    kind: str
    label: str
    system: System
    """Where its documents come from."""
    streams: tuple[StreamDescription, ...]
    """In the order in which people meet them; the first is the one that it is started with."""

    @property
    def main(self) -> StreamDescription:
        return self.streams[0]

    def stream(self, name: str) -> StreamDescription:
        """Raises KeyError."""
        return {each.name: each for each in self.streams}[name]
