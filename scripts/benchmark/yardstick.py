"""The same calls without any bookkeeping: lists batches, reads each, creates issues fifty at a time. What cannot be
saved. Arguments: site, stream, address of Sage 300, address of Jira, calls in flight on each side (0: one by one).

It asks for no resumption, no comparison, no record of what was sent, and trusts whatever it reads.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import requests
from sqlalchemy import select

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Stream
from scripts.benchmark.meter import Meter
from scripts.rehearsal.first_sync import COMPANY, PASSWORD, USER

PER_CALL = 50
JSON = {"Content-Type": "application/json"}
SELECTED = (
    "BatchNumber,BatchDate,Description,BatchStatus,BatchType,NumberOfEntries,BatchTotal,LastEntryNumber,"
    "DateLastEdited,NumberOfErrors,PostingSequenceNumber,SourceApplication"
)
READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "vendor_name": lambda entry: entry["VendorName"],
    "vendor_number": lambda entry: entry["VendorNumber"],
    "invoice_number": lambda entry: entry["DocumentNumber"],
    "amount": lambda entry: entry["DocumentTotalIncludingTax"],
    "currency": lambda entry: entry["CurrencyCode"],
    "due_date": lambda entry: entry["DueDate"][:10],
    "document_date": lambda entry: entry["DocumentDate"][:10],
    "po_number": lambda entry: entry["PONumber"] or None,
    "batch": lambda entry: str(entry["BatchNumber"]),
    "entry": lambda entry: str(entry["EntryNumber"]),
    "status": lambda _entry: "Posted",
}
"""The attributes that are mapped by default."""


class Yardstick:
    """One session per thread and side, as `requests` wants it."""

    def __init__(self, sage300: str, jira: str, project: str, issue_type: str, mapping: dict[str, str]) -> None:
        self._batches = f"{sage300}/Sage300WebApi/v1.0/-/{COMPANY}/AP/APInvoiceBatches"
        self._bulk = f"{jira}/rest/api/3/issue/bulk"
        self._place = {"project": {"id": project}, "issuetype": {"id": issue_type}}
        self._mapping = [(READ[name], field) for name, field in mapping.items()]
        self._own = threading.local()
        self.requests = {"sage300": 0, "jira": 0}

    def numbers(self) -> Iterator[int]:
        address = f"{self._batches}?$select={SELECTED}"
        while address:
            page = self._get(address)
            yield from (batch["BatchNumber"] for batch in page["value"])
            address = page.get("@odata.nextLink")

    def issues(self, number: int) -> list[dict[str, Any]]:
        return [self._issue(entry) for entry in self._get(f"{self._batches}({number})")["Invoices"]]

    def create(self, issues: list[dict[str, Any]]) -> int:
        self.requests["jira"] += 1
        answer = self._session("jira").post(self._bulk, json={"issueUpdates": issues}, timeout=60)
        answer.raise_for_status()
        return len(answer.json()["issues"])

    def _get(self, address: str) -> Any:
        self.requests["sage300"] += 1
        answer = self._session("sage300").get(address, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _session(self, system: str) -> requests.Session:
        session: requests.Session | None = getattr(self._own, system, None)
        if session is None:
            session = requests.Session()
            session.headers.update(JSON)
            user = (USER.upper(), PASSWORD.upper())
            session.auth = user if system == "sage300" else ("ada@example.com", "ada-token")
            setattr(self._own, system, session)
        return session

    def _issue(self, entry: dict[str, Any]) -> dict[str, Any]:
        number, vendor, total = entry["DocumentNumber"], entry["VendorName"], entry["DocumentTotalIncludingTax"]
        name = f"{vendor} · {number} · {entry['CurrencyCode']} {total:,.2f}"
        claim = f"Invoice {number} of {entry['DocumentDate'][:10]} from {vendor}, due on {entry['DueDate'][:10]}."
        rows = [_row("tableHeader", "Account", "Description", "Amount")]
        for line in entry["InvoiceDetails"]:
            amount = f"{line['DistributedAmount']:,.2f}"
            rows.append(_row("tableCell", line["GLAccount"], line["DistributionDescription"], amount))
        rows.append(_row("tableCell", "", "Total", f"{total:,.2f}"))
        blocks = [_paragraph(claim), {"type": "table", "content": rows}]
        fields = {
            **self._place,
            "summary": name,
            **{field: read(entry) for read, field in self._mapping},
            "description": {"type": "doc", "version": 1, "content": blocks},
        }
        mark = {"document": f"{entry['VendorNumber']}:{number}", "hash": "0" * 64, "summary": name}
        return {"fields": fields, "properties": [{"key": "counterfoil", "value": mark}]}


def _row(kind: str, account: str, description: str, amount: str) -> dict[str, Any]:
    number = _paragraph(amount) | {"marks": [{"type": "alignment", "attrs": {"align": "end"}}]}
    cells = [_paragraph(account), _paragraph(description), number]
    return {"type": "tableRow", "content": [{"type": kind, "attrs": {}, "content": [cell]} for cell in cells]}


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}] if text else []}


def one_by_one(yardstick: Yardstick) -> int:
    return sum(yardstick.create(yardstick.issues(number)) for number in yardstick.numbers())


def at_once(yardstick: Yardstick, calls: int) -> int:
    """`calls` in flight on each side: reads run so far ahead that the writers never wait for them."""
    created = 0
    with ThreadPoolExecutor(calls) as readers, ThreadPoolExecutor(calls) as writers:
        reading: deque[Future[list[dict[str, Any]]]] = deque()
        writing: deque[Future[int]] = deque()
        for number in yardstick.numbers():
            reading.append(readers.submit(yardstick.issues, number))
            if len(reading) > 2 * calls:
                writing.append(writers.submit(yardstick.create, reading.popleft().result()))
            if len(writing) > 2 * calls:
                created += writing.popleft().result()
        for read in reading:
            writing.append(writers.submit(yardstick.create, read.result()))
        return created + sum(written.result() for written in writing)


def main(site_id: int, stream_id: int, sage300: str, jira: str, calls: int) -> None:
    database = Database.from_settings(Settings.from_environment())
    with database.reading(site_id) as session:
        stream = session.scalars(select(Stream).where(Stream.id == stream_id)).one()
    settings = stream.settings
    yardstick = Yardstick(sage300, jira, settings["project_id"], settings["issue_type_id"], stream.mapping)
    meter = Meter()
    created = at_once(yardstick, calls) if calls else one_by_one(yardstick)
    print(json.dumps({**meter.read(), "created": created, "requests": yardstick.requests}))


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
