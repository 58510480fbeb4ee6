"""Processes: what they take, and what they do to a company's books (contract sage300, section 4)."""

from __future__ import annotations

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
        schema("PODayEndProcessing", "ActionSelector", "ActionSelector:text"),
    )
}


def schema_of(name: str) -> Schema:
    """The fields that a process takes."""
    return _SCHEMAS[name]


def run(company: Company, name: str, values: Values) -> None:
    """Runs a process with what was sent over its defaults."""
    sent = Record(_SCHEMAS[name], dict(values))
    if name == "APPostInvoices":
        everything = sent["ProcessAllBatches"] == "Postallbatches"
        company.invoice_posting.post(*_range(everything, sent["FromBatch"], sent["ToBatch"]))
    elif name == "APPostPaymentsAndAdjustments":
        everything = sent["PostAllBatches"] == "Postallbatches"
        first, last = _range(everything, sent["PostBatchFrom"], sent["PostBatchTo"])
        company.payment_posting.post(sent["BatchType"], first, last)
    elif name == "GLPostJournal":
        everything = sent["PostAllBatches"] == "Yes"
        company.journal_batches.post(*(("000000", "999999") if everything else (sent["FromBatch"], sent["ToBatch"])))
    elif name == "APCreateGLBatch":
        company.ledger_transfer.create_batch()
    elif name == "PODayEndProcessing":
        company.run_day_end()


def _range(everything: bool, first: int, last: int) -> tuple[int, int]:
    return (0, HIGHEST_BATCH) if everything else (first, last)
