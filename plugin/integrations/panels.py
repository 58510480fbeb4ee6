"""What a product says of the panel on the issues of a stream: which documents belong to the one at hand, what people
may ask for there, and how far that is.

Everything is told from our own store: a page never waits for another system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from plugin.jira.values import Value
from plugin.store.models import JsonObject, LedgerEntry, Stream
from sage_adapters.records import Money


@dataclass(frozen=True)
class Paper:
    """A document of a chain. `amount` is less than nothing where it lowers what is owed; `state` is what it has reached
    in its own system; `issue_key` None where none stands for it; `present` the one at hand."""

    name: str
    number: str
    day: date | None
    amount: Money
    state: str
    issue_key: str | None
    present: bool


@dataclass(frozen=True)
class Papers:
    """Those of one kind: the latest, the oldest of these first, and how many there are altogether."""

    shown: Sequence[Paper] = ()
    count: int = 0


@dataclass(frozen=True)
class Paid:
    """A payment applied to the document `number`; `batch` and `entry` say where it was entered, `reference` is the
    number that the system gave it."""

    number: str
    day: date | None
    amount: Money
    batch: str
    entry: str
    check_number: str
    reference: str
    bank: str
    present: bool
    """Whether it pays the document at hand."""


@dataclass(frozen=True)
class Measure:
    """How much there is of what was ordered, in one currency."""

    done: Money
    whole: Money


@dataclass(frozen=True)
class Chain:
    """An order and all that came of it. `order_number` is what the others call it, "" where there is none; `order` None
    where it is not known. The measures are None without it. `payments` are those of the invoices shown, the oldest
    first. `not_added` are currencies of invoices that are not the order's."""

    order_number: str
    order: Paper | None
    receipts: Papers
    invoices: Papers
    payments: Sequence[Paid]
    received: Measure | None
    billed: Measure | None
    not_added: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """The document behind an issue with all that it is told from. `siblings` are the streams of its integration by
    name, `content` what it says together with its companions."""

    session: Session
    siblings: Mapping[str, Stream]
    entry: LedgerEntry
    content: JsonObject


@dataclass(frozen=True)
class Offer:
    """Something that can be asked for now. `figures` are shown before it is, with what people call them; `steps` are
    sentences about what exactly will happen; `against` says what speaks against it as far as our own store knows, ""
    for nothing, and `remedy` what to do about that."""

    action: str
    label: str
    amount: Money
    figures: Sequence[tuple[str, Value]]
    steps: Sequence[str]
    against: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Deed:
    """What somebody has asked for, and how far it is. `said` are sentences; `by` is an account id, and `by_name` may be
    unknown. `under_way`: it goes on by itself."""

    action: str
    words: str
    tone: str
    said: Sequence[str]
    by: str
    by_name: str
    at: datetime
    under_way: bool


@dataclass(frozen=True)
class Pressed:
    """What somebody has confirmed. `token` is the form's own: pressed twice, it is one wish. `amount` is what the
    person was shown, as money; `by` an account id."""

    action: str
    token: str
    amount: str
    by: str
    at: datetime


class NotOffered(Exception):
    """It cannot be asked for, or not with these figures; the text is a sentence for people."""


class Buttons(Protocol):
    """What people may ask for in the panel. Whoever is shown a button may still be refused later: what is decided with
    the help of other systems is decided when it is carried out."""

    def offers(self, sheet: Sheet, visitor: str | None) -> Sequence[Offer]:
        """For an account id; nobody is offered anything who certainly may not do it."""

    def deeds(self, sheet: Sheet) -> Sequence[Deed]: ...

    def press(self, sheet: Sheet, pressed: Pressed) -> Stream:
        """Writes the wish down, in a transaction that may write; which stream carries it out. Raises NotOffered."""


def stands_alone(sheet: Sheet) -> Chain:
    """Of documents that belong to no others."""
    return Chain("", None, Papers(), Papers(), (), None, None)


@dataclass(frozen=True)
class Panel:
    """`record` names what the stream's documents are, as `sage_adapters.records.from_json` does."""

    record: str = "invoice"
    chain: Callable[[Sheet], Chain] = stands_alone
    buttons: Buttons | None = None
