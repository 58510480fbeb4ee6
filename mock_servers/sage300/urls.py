"""Addresses: companies, modules, resources with their verbs, and the key syntax (contract sage300, 1 and 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.knobs import Knobs
from mock_servers.sage300.schema import Property, Schema

PREFIX = "/Sage300WebApi"
VERSION_ROOT = f"{PREFIX}/v1.0/-"
MODULES = ("AP", "BK", "CS", "GL", "PO", "TX")

MASTER = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
BATCH = frozenset({"GET", "POST", "PATCH"})
TRANSACTION = frozenset({"GET", "POST"})
WRITE_ONLY = frozenset({"POST"})
READ_ONLY = frozenset({"GET"})
PROCESS = frozenset({"POST"})

_PATH = re.compile(rf"{re.escape(VERSION_ROOT)}/(?P<company>[^/]+)/(?P<module>[^/]+)/(?P<rest>.+)", re.DOTALL)
_RESOURCE = re.compile(r"(?P<name>\$metadata|\w+)(?:\((?P<key>.*)\))?/?", re.DOTALL)
_SEGMENT = re.compile(r"\s*(?:(?P<name>\w+)\s*=)?\s*(?:'(?P<quoted>(?:[^']|'')*)'|(?P<bare>[^',=\s]+))\s*")
_KEY_IN_PATH = re.compile(r"\(.*\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a module. `books` names the company's collection; None for a process."""

    module: str
    name: str
    verbs: frozenset[str]
    books: str | None


_RESOURCES = [
    Resource("AP", "APVendors", MASTER, "vendors"),
    Resource("AP", "APVendorGroups", MASTER, "vendor_groups"),
    Resource("AP", "APAccountSets", MASTER, "account_sets"),
    Resource("AP", "APTerms", MASTER, "terms"),
    Resource("AP", "APPaymentCodes", MASTER, "payment_codes"),
    Resource("AP", "APDistributionCodes", MASTER, "distribution_codes"),
    Resource("AP", "APDistributionSets", MASTER, "distribution_sets"),
    Resource("AP", "APRemitToLocations", MASTER, "remit_to_locations"),
    Resource("AP", "APInvoiceBatches", BATCH, "invoice_batches"),
    Resource("AP", "APPaymentAndAdjustmentBatches", BATCH, "payment_batches"),
    Resource("AP", "APPostedDocuments", READ_ONLY, "posted_documents"),
    Resource("AP", "APPostedPayments", READ_ONLY, "posted_payments"),
    Resource("AP", "APPostingErrorMessages", READ_ONLY, "posting_errors"),
    Resource("AP", "APVendorStatistics", READ_ONLY, "vendor_statistics"),
    Resource("AP", "APPostInvoices", PROCESS, None),
    Resource("AP", "APPostPaymentsAndAdjustments", PROCESS, None),
    Resource("AP", "APCreateGLBatch", PROCESS, None),
    Resource("BK", "BKBanks", MASTER, "banks"),
    Resource("BK", "BKBankEntries", TRANSACTION, "bank_entries"),
    Resource("CS", "CSCurrencyCodes", MASTER, "currencies"),
    Resource("CS", "CSCurrencyRates", MASTER, "currency_rates"),
    Resource("CS", "CSFiscalCalendars", READ_ONLY, "calendar"),
    Resource("GL", "GLAccounts", MASTER, "accounts"),
    Resource("GL", "GLAccountGroups", MASTER, "account_groups"),
    Resource("GL", "GLSegmentCodes", MASTER, "segment_codes"),
    Resource("GL", "GLSourceCodes", MASTER, "source_codes"),
    Resource("GL", "GLJournalBatches", BATCH, "journal_batches"),
    Resource("GL", "GLPostedTransactions", READ_ONLY, "posted_transactions"),
    Resource("GL", "GLAccountFiscalSets", READ_ONLY, "account_fiscal_sets"),
    Resource("GL", "GLPostJournal", PROCESS, None),
    Resource("PO", "POPurchaseOrders", TRANSACTION, "purchase_orders"),
    Resource("PO", "POReceipts", WRITE_ONLY, "receipts"),
    Resource("PO", "POGetReceipts", READ_ONLY, "receipts"),
    Resource("PO", "POReturns", TRANSACTION, "returns"),
    Resource("PO", "PORequisitions", TRANSACTION, "requisitions"),
    Resource("PO", "POInvoices", READ_ONLY, "purchase_invoices"),
    Resource("PO", "POCreditDebitNotes", READ_ONLY, "purchase_notes"),
    Resource("PO", "POVendorContractCosts", MASTER, "vendor_contract_costs"),
    Resource("PO", "POCreateBatch", PROCESS, None),
    Resource("PO", "PODayEndProcessing", PROCESS, None),
    Resource("TX", "TXTaxGroups", READ_ONLY, "tax_groups"),
    Resource("TX", "TXTaxAuthorities", READ_ONLY, "tax_authorities"),
    Resource("TX", "TXTaxRates", READ_ONLY, "tax_rates"),
]


@dataclass(frozen=True, slots=True)
class Address:
    """A request's address, taken apart; `key` is what stands in the parentheses, still unread."""

    company: str
    module: str
    resource: str
    key: str | None


def parse(path: str) -> Address:
    """Takes a path apart. ResourceNotFound for one that is no address of the Web API."""
    found = _PATH.fullmatch(path)
    resource = _RESOURCE.fullmatch(found["rest"]) if found else None
    if found is None or resource is None:
        raise Sage300Error("resource", what=path)
    return Address(found["company"], found["module"], resource["name"], resource["key"])


def resource_of(address: Address, knobs: Knobs) -> Resource:
    """The resource at an address, as this release offers it. ResourceNotFound when there is none."""
    for resource in resources(address.module, knobs):
        if resource.name == address.resource:
            return resource
    raise Sage300Error("resource", what=address.resource)


def resources(module: str, knobs: Knobs) -> list[Resource]:
    """What a module offers in this release: before 2022.2 POReceipts is read as well and POGetReceipts is not
    there, before 2021 batches have no PATCH (contract sage300, section 1)."""
    return [
        _in_release(resource, knobs)
        for resource in _RESOURCES
        if resource.module == module and (resource.name != "POGetReceipts" or knobs.separate_receipt_reads)
    ]


def _in_release(resource: Resource, knobs: Knobs) -> Resource:
    verbs = resource.verbs
    if resource.name == "POReceipts" and not knobs.separate_receipt_reads:
        verbs = TRANSACTION
    if verbs is BATCH and not knobs.patches_batches:
        verbs = TRANSACTION
    return Resource(resource.module, resource.name, verbs, resource.books)


def key_values(text: str, schema: Schema) -> tuple[Any, ...]:
    """The key of one record.

    Named segments come in any order, unnamed ones in metadata order; quotes may be left off a value without
    blanks, and an inner quote is doubled. InvalidEntityKey when segments are missing or of the wrong kind.
    """
    given: dict[str, str] = {}
    position = 0
    while position < len(text) or not given:
        found = _SEGMENT.match(text, position)
        if found is None or len(given) >= len(schema.key):
            raise Sage300Error("entity-key", what=f"({text})")
        name = found["name"] or schema.key[len(given)]
        quoted = found["quoted"]
        given[name] = quoted.replace("''", "'") if quoted is not None else found["bare"]
        position = found.end()
        if position < len(text):
            if text[position] != ",":
                raise Sage300Error("entity-key", what=f"({text})")
            position += 1
    if set(given) != set(schema.key):
        raise Sage300Error("entity-key", what=f"({text})")
    return tuple(_typed(schema.properties[name], given[name], text) for name in schema.key)


def action_of(text: str | None) -> str:
    """The action of a process: `$process` or `$template`, quoted or not. InvalidAction otherwise."""
    action = (text or "").strip().strip("'")
    if action not in ("$process", "$template"):
        raise Sage300Error("action", what=f"({text or ''})")
    return action


def route_of(path: str) -> str:
    """A path with its key left out, under which it is counted."""
    return _KEY_IN_PATH.sub("(*)", path) if "$" not in path else path


def _typed(prop: Property, value: str, text: str) -> Any:
    try:
        if prop.kind == "integer":
            return int(value)
        if prop.kind == "date":
            return date.fromisoformat(value[:10])
    except ValueError as wrong:
        raise Sage300Error("entity-key", what=f"({text})") from wrong
    return value
