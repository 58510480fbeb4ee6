"""One document of a company's books in plain words.

Amounts and quantities are decimal texts, dates ISO texts or None. An invoice's `amount` is positive for credit
notes too; its `kind` tells.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from mock_servers.sage300.company import Company
from mock_servers.sage300.invoice_entries import total_of
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.services import PERIODS

Document = dict[str, Any]


def invoice(company: Company, entry: Record, batch: Record) -> Document:
    """One AP entry. `status` is its batch's, `error_batch` not zero when posting set it aside."""
    return {
        "company": company.code,
        "vendor": entry["VendorNumber"],
        "vendor_name": entry["VendorName"],
        "number": entry["DocumentNumber"],
        "kind": entry["DocumentType"],
        "amount": money(total_of(entry)),
        "currency": entry["CurrencyCode"],
        "tax_total": money(entry["TaxTotal"]),
        "document_date": day(entry["DocumentDate"]),
        "posting_date": day(entry["PostingDate"]),
        "due_date": day(entry["DueDate"]),
        "batch": batch["BatchNumber"],
        "entry": entry["EntryNumber"],
        "status": batch["BatchStatus"],
        "on_hold": entry["OnHold"] == "Yes",
        "error_batch": entry["ErrorBatch"],
        "po_number": entry["PONumber"],
        "order_number": entry["OrderNumber"],
        "entered_by": entry["EnteredBy"],
        "optional": {row["OptionalField"]: row["Value"] for row in entry.details("InvoiceOptionalFields")},
        "terms": entry["Terms"],
        "remit_to": entry["RemitToLocation"],
        "description": entry["InvoiceDescription"],
        "lines": [
            {
                "line": line["LineNumber"],
                "account": line["GLAccount"],
                "description": line["DistributionDescription"],
                "amount": money(line["DistributedAmount"]),
                "comment": line["Comment"],
            }
            for line in entry.details("InvoiceDetails")
        ],
    }


def invoice_batch(company: Company, batch: Record) -> Document:
    """One invoice batch."""
    return {
        "company": company.code,
        "number": batch["BatchNumber"],
        "date": day(batch["BatchDate"]),
        "description": batch["Description"],
        "status": batch["BatchStatus"],
        "entries": batch["NumberOfEntries"],
        "total": money(batch["BatchTotal"]),
        "last_edited": day(batch["DateLastEdited"]),
        "posting_sequence": batch["PostingSequenceNumber"],
        "errors": batch["NumberOfErrors"],
    }


def vendor(company: Company, row: Record) -> Document:
    """One vendor."""
    return {
        "company": company.code,
        "number": row["VendorNumber"],
        "name": row["VendorName"],
        "group": row["GroupCode"],
        "status": row["Status"],
        "on_hold": row["OnHold"] == "OnHold",
        "remit_to": row["PrimaryRemitToLocation"],
        "bank": row["BankCode"],
        "reporting_code": row["Num1099CPRSCode"],
        "currency": row["CurrencyCode"],
        "terms": row["Terms"],
        "tax_group": row["TaxGroup"],
        "account": row["GLAccount"],
        "optional": {one["OptionalField"]: one["Value"] for one in row.details("VendorOptionalFieldValues")},
        "city": row["City"],
        "country": row["Country"],
        "email": row["Email"],
        "balance": money(row["BalanceDueInVendorCurrency"]),
        "last_maintained": day(row["DateLastMaintained"]),
    }


def purchase_order(company: Company, row: Record) -> Document:
    """One purchase order with its lines."""
    return {
        "company": company.code,
        "key": row["PurchaseOrderSequenceKey"],
        "number": row["PurchaseOrderNumber"],
        "vendor": row["Vendor"],
        "vendor_name": row["VendorName"],
        "date": day(row["PurchaseOrderDate"]),
        "currency": row["Currency"],
        "total": money(row["OrderTotal"]),
        "status": row["CompletionStatus"],
        "expected": day(row["ExpectedArrivalDate"]),
        "completed": day(row["DateCompleted"]),
        "on_hold": row["OnHold"],
        "description": row["Description"],
        "lines": [
            {
                "line": line["LineNumber"],
                "item": line["ItemNumber"],
                "description": line["ItemDescription"],
                "ordered": quantity(line["QuantityOrdered"]),
                "received": quantity(line["QuantityReceived"]),
                "outstanding": quantity(line["QuantityOutstanding"]),
                "unit_cost": quantity(line["UnitCost"]),
            }
            for line in row.details("PurchaseOrderLines")
        ],
    }


def receipt(company: Company, row: Record) -> Document:
    """One receipt with its lines."""
    return {
        "company": company.code,
        "key": row["ReceiptSequenceKey"],
        "number": row["ReceiptNumber"],
        "po_number": row["PurchaseOrderNumber"],
        "vendor": row["Vendor"],
        "date": day(row["ReceiptDate"]),
        "total": money(row["ReceiptTotal"]),
        "lines": [
            {"item": line["ItemNumber"], "received": quantity(line["QuantityReceived"])}
            for line in row.details("ReceiptLine2s")
        ],
    }


def purchase_invoice(company: Company, row: Record) -> Document:
    """One P/O invoice; what A/P makes of it is an invoice of the same number."""
    return {
        "company": company.code,
        "key": row["InvoiceSequenceKey"],
        "number": row["InvoiceNumber"],
        "po_number": row["PurchaseOrderNumber"],
        "receipt_number": row["ReceiptNumber"],
        "vendor": row["Vendor"],
        "date": day(row["InvoiceDate"]),
        "total": money(row["InvoiceTotal"]),
    }


def remit_to(company: Company, row: Record) -> Document:
    """One address to which a vendor's payments go."""
    return {
        "company": company.code,
        "vendor": row["VendorNumber"],
        "location": row["RemitToLocation"],
        "name": row["RemitToName"],
        "address": row["AddressLine1"],
        "city": row["City"],
        "status": row["Status"],
    }


def account(company: Company, row: Record) -> Document:
    """One GL account."""
    return {
        "company": company.code,
        "account": row["UnformattedAccount"],
        "formatted": row["AccountNumber"],
        "description": row["Description"],
        "type": row["AccountType"],
        "status": row["Status"],
        "control": row["ControlAccount"] == "Yes",
    }


def payment(company: Company, batch: Record, entry: Record) -> Document:
    """One payment or adjustment entry."""
    return {
        "company": company.code,
        "selector": batch["BatchSelector"],
        "batch": batch["BatchNumber"],
        "entry": entry["EntryNumber"],
        "status": batch["BatchStatus"],
        "vendor": entry["VendorNumber"],
        "number": entry["DocumentNumber"],
        "date": day(entry["PaymentDateAdjustmentDate"]),
        "amount": money(entry["CheckAmountInVendorCurrency"]),
        "bank": batch["BankCode"],
        "description": batch["Description"],
        "voided": entry["DocumentNumber"] in company.payment_posting.reversed,
        "error_batch": entry["ErrorBatch"],
        "applied": [
            {"number": row["DocumentNumber"], "amount": money(row["PaymentAmount"])}
            for row in entry.details("AppliedPayments")
        ],
    }


def payment_batch(company: Company, batch: Record) -> Document:
    """One payment or adjustment batch."""
    return {
        "company": company.code,
        "selector": batch["BatchSelector"],
        "number": batch["BatchNumber"],
        "date": day(batch["BatchDate"]),
        "description": batch["Description"],
        "bank": batch["BankCode"],
        "status": batch["BatchStatus"],
        "entries": batch["NumberOfEntries"],
        "total": money(batch["BatchTotal"]),
        "last_edited": day(batch["DateLastEdited"]),
        "posting_sequence": batch["PostingSequenceNumber"],
        "errors": batch["NumberOfErrors"],
    }


def posted_transaction(company: Company, row: Record) -> Document:
    """One line of a posted journal; debits are positive."""
    return {
        "company": company.code,
        "account": row["AccountNumber"],
        "amount": money(row["JournalTransactionAmount"]),
        "reference": row["JournalDetailReference"],
        "description": row["JournalDetailDescription"],
        "source": f"{row['SourceLedgerCode']}-{row['SourceTypeCode']}",
        "period": f"{row['FiscalYear']}-{row['FiscalPeriod']}",
        "batch": row["BatchNumber"],
        "entry": row["JournalEntryNumber"],
    }


def fiscal_year(company: Company, row: Record) -> Document:
    """One fiscal year and which of its periods are locked."""
    return {
        "company": company.code,
        "year": row["FiscalYear"],
        "active": row["Active"] == "Yes",
        "locked": [number for number in range(1, PERIODS + 1) if row[f"FiscalPeriod{number}Status"] == "Locked"],
    }


def posted_document(company: Company, row: Record) -> Document:
    """One posted document and what is left to pay; credit notes are negative here, as in Sage."""
    return {
        "company": company.code,
        "vendor": row["VendorNumber"],
        "number": row["DocumentNumber"],
        "kind": row["DocumentType"],
        "amount": money(row["VendorCurrencyInvoiceAmount"]),
        "due": money(row["VendorCurrencyAmountDue"]),
        "currency": row["CurrencyCode"],
        "due_date": day(row["DueDate"]),
        "remit_to": row["RemitToLocation"],
        "last_activity": day(row["LastActivityDate"]),
        "batch": row["BatchNumber"],
        "entry": row["EntryNumber"],
    }


def money(amount: Decimal) -> str:
    """An amount with at least two decimals."""
    return f"{amount:.2f}" if amount == amount.quantize(Decimal("0.01")) else f"{amount:f}"


def quantity(value: Decimal) -> str:
    """A quantity without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: date | None) -> str | None:
    """A date as ISO text."""
    return None if value is None else value.isoformat()
