"""Processes: what they take, and what they do to a company's books (contract sage300, section 4).

A posting run comes in two steps, as it takes its time: it takes the batches, and later it has posted them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mock_servers.sage300.collections import Key
from mock_servers.sage300.company import Company
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record, Schema, schema

_ALL = "enum(Donotpostallbatches|Postallbatches)"
HIGHEST_BATCH = 999_999_999

# The two posting processes name their fields differently.
_SCHEMAS = {
    found.name: found
    for found in (
        schema(
            "APPostInvoices",
            "ActionSelector",
            f"ProcessAllBatches:{_ALL} FromBatch:integer ToBatch:integer ActionSelector:text",
        ),
        schema(
            "APPostPaymentsAndAdjustments",
            "ActionSelector",
            f"BatchType:enum(PY|AD) PostAllBatches:{_ALL} PostBatchFrom:integer PostBatchTo:integer "
            "ActionSelector:text",
        ),
        schema("APCreateGLBatch", "ActionSelector", "ActionSelector:text"),
        schema(
            "GLPostJournal",
            "ActionSelector",
            "PostAllBatches:yesno FromBatch:text(6) ToBatch:text(6) ActionSelector:text",
        ),
        schema("POCreateBatch", "ActionSelector", "ActionSelector:text"),
        schema("PODayEndProcessing", "ActionSelector", "ActionSelector:text"),
    )
}


def schema_of(name: str) -> Schema:
    """The fields that a process takes."""
    return _SCHEMAS[name]


def begin(company: Company, name: str, values: Values) -> Callable[[], object]:
    """Begins a process with what was sent over its defaults; gives what is left to do when it is through."""
    sent = Record(_SCHEMAS[name], dict(values))
    if name == "APPostInvoices":
        everything = sent["ProcessAllBatches"] == "Postallbatches"
        taken = company.invoice_posting.begin(*_range(everything, sent["FromBatch"], sent["ToBatch"]))
        return partial(_posted, company, company.invoice_posting.finish, taken)
    if name == "APPostPaymentsAndAdjustments":
        everything = sent["PostAllBatches"] == "Postallbatches"
        first, last = _range(everything, sent["PostBatchFrom"], sent["PostBatchTo"])
        taken = company.payment_posting.begin(sent["BatchType"], first, last)
        return partial(_posted, company, company.payment_posting.finish, taken)
    if name == "GLPostJournal":
        everything = sent["PostAllBatches"] == "Yes"
        return partial(company.journal_batches.post, *(() if everything else (sent["FromBatch"], sent["ToBatch"])))
    return partial(_OTHERS[name], company)


def _posted(company: Company, finish: Callable[[list[Key]], None], taken: list[Key]) -> None:
    finish(taken)
    company.tell_ledger()


_OTHERS: dict[str, Callable[[Company], object]] = {
    "APCreateGLBatch": lambda company: company.ledger_transfer.create_batch(),
    "POCreateBatch": lambda company: company.purchase_invoices.pass_on(company.invoice_batches),
    "PODayEndProcessing": Company.run_day_end,
}


def _range(everything: bool, first: int, last: int) -> tuple[int, int]:
    return (0, HIGHEST_BATCH) if everything else (first, last)
