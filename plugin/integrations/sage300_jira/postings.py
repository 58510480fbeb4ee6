"""What posting an invoice meant for the general ledger, for a comment on its issue.

Read from our own ledger: the stream of invoices knows which are posted, and how they are distributed. The journal that
Sage 300 made of one is asked for once, when its posting is seen; where it is not there yet, because the general ledger
is posted later, it is asked for again, at first after minutes, in the end once a day, for six weeks.

Only what was posted since the stream began is told: an invoice counts when its posting date is that day or later, or
when we saw it become posted since. So a first reading of years of invoices leaves no comment, and one that is posted
into an earlier period does. An invoice without an issue is told of once it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from plugin.integrations.attributes import day, key_of
from plugin.integrations.connections import calls_at_once
from plugin.integrations.own_ledger import LedgerSource, OwnLedger, begins
from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.postings_journal import Journals
from plugin.integrations.sage300_jira.signs import signed_amount
from plugin.store.models import Connection, JsonObject, Stream
from plugin.sync.documents import Document, Page, Unit
from plugin.sync.ports import Memory
from sage_adapters.http import RequestLog
from sage_adapters.records import DocumentKey, InvoiceStatus
from sage_adapters.sage300.client import SYSTEM

INVOICES = "invoices"
KIND = "posting"
LOOKED_AGAIN_AT_ONCE = 50
SOON = timedelta(minutes=5)
DAILY = timedelta(days=1)
GIVEN_UP_AFTER = timedelta(days=42)

FACTS = (
    "vendor_name", "document_type", "amount", "tax_total", "posting_date", "fiscal_year", "fiscal_period",
    "account_set", "batch", "entry", "doubts",
)  # fmt: skip
"""What is taken over from the invoice as it is; its distribution lines come beside."""
OF_LINES = ("gl_account", "description", "amount")


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> LedgerSource:
    invoices = OwnLedger.beside(parts, stream, INVOICES)
    told = OwnLedger(parts.database, stream.site_id, stream.id)
    journals = Journals(open_sage300(parts, connection, request_log), calls_at_once(connection))
    return LedgerSource(SYSTEM, invoices, Postings(invoices, told, journals), begins(stream))


@dataclass(frozen=True)
class Waiting:
    """A journal that is not there yet: since when it is waited for, and when it is asked for again. Waits double.

    Its text is the signature of the posting's unit.
    """

    since: datetime
    until: datetime

    @classmethod
    def begin(cls, now: datetime) -> Waiting:
        return cls(now, now + SOON)

    @classmethod
    def of(cls, unit: Unit, now: datetime) -> Waiting:
        """A unit that shall be read again, whatever is known of it, has no signature."""
        since, _, until = unit.signature.partition(" ")
        return cls(datetime.fromisoformat(since), datetime.fromisoformat(until)) if until else cls(now, now)

    def in_vain(self, now: datetime) -> Waiting | None:
        """Asked for once more; None when that is given up."""
        waited = now - self.since
        return Waiting(self.since, now + min(max(waited, SOON), DAILY)) if waited < GIVEN_UP_AFTER else None

    def __str__(self) -> str:
        return f"{self.since.isoformat()} {self.until.isoformat()}"


class Postings:
    """Postings of the invoices of one stream. A unit is open while its journal is waited for."""

    def __init__(self, invoices: OwnLedger, told: OwnLedger, journals: Journals) -> None:
        """`told` is the ledger of the postings themselves."""
        self._invoices = invoices
        self._told = told
        self._journals = journals

    def retold(self, entries: Sequence[Any], begins: date, lenient: bool) -> Page:
        """Those that are told already keep the journal that they have."""
        posted = {_key_of(each.content): each for each in entries if _has_issue(each) and _is_posted(each)}
        told = self._told.contents(posted)
        counts = self._posted_since([each for key, each in posted.items() if key not in told], begins)
        documents = [_document(key, posted[key], content["journal"]) for key, content in told.items()]
        new = [each for each in posted.values() if each.document_key in counts]
        units: list[Unit] = []
        now = datetime.now(UTC)
        for entry, journal in self._with_journals(new, lenient):
            documents.append(_document(_key_of(entry.content), entry, journal))
            units.append(_unit(entry, None if journal else Waiting.begin(now), now))
        return Page(documents, units)

    def again(self, memory: Memory, lenient: bool) -> Iterator[Page]:
        now = datetime.now(UTC)
        waiting = sorted(memory.open_units(), key=int)
        for start in range(0, len(waiting), LOOKED_AGAIN_AT_ONCE):
            units = memory.units(waiting[start : start + LOOKED_AGAIN_AT_ONCE])
            waits = {int(key): Waiting.of(unit, now) for key, unit in units.items()}
            due = {entry_id: each for entry_id, each in waits.items() if each.until <= now}
            if due:
                yield self._asked_again(due, now, lenient)

    def _asked_again(self, due: Mapping[int, Waiting], now: datetime, lenient: bool) -> Page:
        """What Sage 300 has cleared from its history meanwhile is not asked for any more."""
        entries = [each for each in self._invoices.by_id(due) if _has_issue(each)]
        told = self._told.contents({_key_of(each.content) for each in entries})
        still = {each.id for each in entries if _is_posted(each) and not told[_key_of(each.content)]["journal"]}
        found = {
            each.id: journal for each, journal in self._with_journals([e for e in entries if e.id in still], lenient)
        }
        documents: list[Document] = []
        units: list[Unit] = []
        for entry in entries:
            key = _key_of(entry.content)
            journal = found.get(entry.id) or told[key]["journal"]
            documents.append(_document(key, entry, journal))
            goes_on = entry.id in still and not journal
            units.append(_unit(entry, due[entry.id].in_vain(now) if goes_on else None, now))
        return Page(documents, units)

    def _posted_since(self, entries: Sequence[Any], begins: date) -> set[str]:
        """Document keys of those that were posted on that day or later, by their posting date or before our eyes."""
        dated = {each.document_key for each in entries if (day(each.content, "posting_date") or date.min) >= begins}
        rest = {each.document_key for each in entries} - dated
        return dated | self._invoices.became(rest, "status", InvoiceStatus.POSTED.value, begins)

    def _with_journals(self, entries: Sequence[Any], lenient: bool) -> Iterator[tuple[Any, JsonObject | None]]:
        return zip(entries, self._journals.of([each.content for each in entries], lenient), strict=True)


def _is_posted(entry: Any) -> bool:
    return bool(entry.content.get("status") == InvoiceStatus.POSTED)


def _has_issue(entry: Any) -> bool:
    return entry.target_id is not None


def _key_of(invoice: Mapping[str, Any]) -> str:
    key = key_of(invoice)
    return str(DocumentKey(key.system, key.company, key.vendor, KIND, f"{key.kind}/{key.number}"))


def _document(key: str, entry: Any, journal: JsonObject | None) -> Document:
    invoice = entry.content
    amount = signed_amount(invoice)
    return Document(
        key=key,
        unit=str(entry.id),
        content={
            "key": key,
            "document_key": entry.document_key,
            "issue_id": entry.target_id,
            "issue_key": entry.target_key,
            **{name: invoice.get(name) for name in FACTS},
            "lines": [{name: line[name] for name in OF_LINES} for line in invoice["lines"]],
            "journal": journal,
        },
        kind=KIND,
        number=entry.number,
        vendor=entry.vendor,
        vendor_name=entry.vendor_name,
        amount=amount.amount,
        currency=amount.currency,
        document_date=entry.document_date,
        belongs_to=entry.document_key,
    )


def _unit(entry: Any, waiting: Waiting | None, now: datetime) -> Unit:
    return Unit(str(entry.id), str(waiting or ""), open=waiting is not None, read_on=now.date())
