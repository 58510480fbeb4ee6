"""One company's books: its records, and how they depend on each other."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from mock_servers.harness import Clock
from mock_servers.sage300.batch_posting import PostingLog, ReadyBatches
from mock_servers.sage300.calendar import FiscalCalendar
from mock_servers.sage300.collections import Collection, Numbered
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.invoice_batches import InvoiceBatches
from mock_servers.sage300.invoice_entries import EntryRules
from mock_servers.sage300.invoice_posting import InvoicePosting
from mock_servers.sage300.knobs import Knobs
from mock_servers.sage300.ledger import Accounts, JournalBatches
from mock_servers.sage300.ledger_transfer import LedgerTransfer
from mock_servers.sage300.payment_batches import PaymentBatches
from mock_servers.sage300.payment_posting import PaymentPosting
from mock_servers.sage300.purchase_invoices import PurchaseInvoices
from mock_servers.sage300.purchasing import PurchaseOrders, Receipts
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas import invoices, ledger, purchasing, services, vendors
from mock_servers.sage300.taxes import Taxes
from mock_servers.sage300.vendors import Vendors


class Company:
    """A company: `code` is its database's org ID, `currency` its functional currency."""

    def __init__(self, code: str, name: str, currency: str, clock: Clock, knobs: Knobs) -> None:
        self.code = code
        self.name = name
        self.currency = currency
        self.clock = clock
        self.knobs = knobs
        self._open_masters()
        self._open_payables()
        self._open_posting()
        self._open_purchasing()

    def _open_masters(self) -> None:
        clock = self.clock
        self.calendar = FiscalCalendar(clock)
        self.vendor_groups = Collection(vendors.VENDOR_GROUP, clock)
        self.account_sets = Collection(vendors.ACCOUNT_SET, clock)
        self.terms = Collection(vendors.TERMS, clock)
        self.payment_codes = Collection(vendors.PAYMENT_CODE, clock)
        self.distribution_codes = Collection(vendors.DISTRIBUTION_CODE, clock)
        self.distribution_sets = Collection(vendors.DISTRIBUTION_SET, clock)
        self.remit_to_locations = Collection(vendors.REMIT_TO, clock)
        self.vendor_statistics = Collection(vendors.VENDOR_STATISTICS, clock)
        self.accounts = Accounts(clock)
        self.account_groups = Collection(ledger.ACCOUNT_GROUP, clock)
        self.segment_codes = Collection(ledger.SEGMENT_CODE, clock)
        self.source_codes = Collection(ledger.SOURCE_CODE, clock)
        self.account_fiscal_sets = Collection(ledger.ACCOUNT_FISCAL_SET, clock)
        self.posted_transactions = Collection(ledger.POSTED_TRANSACTION, clock)
        self.journal_batches = JournalBatches(clock, self.accounts, self.posted_transactions, self.currency)
        self.banks = Collection(services.BANK, clock)
        self.bank_entries = Numbered(services.BANK_ENTRY, clock)
        self.currencies = Collection(services.CURRENCY, clock)
        self.currency_rates = Collection(services.CURRENCY_RATE, clock)
        self.tax_groups = Collection(services.TAX_GROUP, clock)
        self.tax_authorities = Collection(services.TAX_AUTHORITY, clock)
        self.tax_rates = Collection(services.TAX_RATE, clock)

    def _open_payables(self) -> None:
        clock = self.clock
        self.vendors = Vendors(clock, self.vendor_groups, self._has_open_documents)
        self.posted_documents = Collection(invoices.POSTED_DOCUMENT, clock)
        masters = {
            "account_sets": self.account_sets,
            "terms": self.terms,
            "distribution_codes": self.distribution_codes,
            "currencies": self.currencies,
        }
        taxes = Taxes(self.tax_groups, self.tax_authorities, self.tax_rates)
        self.entry_rules = EntryRules(self.vendors, self.accounts, self.calendar, taxes, masters)
        self.invoice_batches = InvoiceBatches(clock, self.entry_rules, self._locked, self._sets_ready)
        self.payment_batches = PaymentBatches(
            clock,
            self.vendors,
            self.banks,
            self.calendar,
            self._locked,
            self._sets_ready,
            lambda: self.knobs.payment_echo,
        )

    def _open_posting(self) -> None:
        clock = self.clock
        self.posting_log = PostingLog(clock)
        ready = ReadyBatches(clock, self._pause, self._locked)
        self.invoice_posting = InvoicePosting(
            clock,
            self.invoice_batches,
            self.posted_documents,
            self.vendors,
            self.posting_log,
            ready,
            self._touches_edit_date,
        )
        self.payment_posting = PaymentPosting(
            clock,
            self.payment_batches,
            self.posted_documents,
            self.vendors,
            self.posting_log,
            ready,
            self._touches_edit_date,
            lambda: self.knobs.held_vendor_payments == "refused",
        )
        self.ledger_transfer = LedgerTransfer(
            self.invoice_batches,
            self.payment_batches,
            self.vendors,
            self.account_sets,
            self.banks,
            self.journal_batches,
        )
        self.posted_payments = self.payment_posting.payments
        self.posting_errors = self.posting_log.errors

    def _open_purchasing(self) -> None:
        clock = self.clock
        self.purchase_orders = PurchaseOrders(clock, self.vendors, self.calendar, self._day_end_required)
        self.receipts = Receipts(clock, self.vendors, self.calendar, self._day_end_required, self.purchase_orders)
        self.returns = Numbered(purchasing.RETURN, clock)
        self.requisitions = Numbered(purchasing.REQUISITION, clock)
        self.purchase_invoices = PurchaseInvoices(clock, self.purchase_orders, self.receipts, self.calendar)
        self.purchase_notes = Numbered(purchasing.CREDIT_DEBIT_NOTE, clock)
        self.vendor_contract_costs = Collection(purchasing.VENDOR_CONTRACT_COST, clock)

    def run_day_end(self) -> None:
        """What day end processing does here: purchasing takes documents again."""
        self.knobs.day_end_required = False

    def tell_ledger(self) -> None:
        """What was posted goes on to the general ledger, where that is automatic.

        A journal that the ledger refuses, as for an account that was closed meanwhile, undoes no posting.
        """
        if self.knobs.gl_automatic:
            with suppress(Sage300Error):
                self._post_journal(self.ledger_transfer.create_batch())

    def reverse_payment(self, number: str, day: date, reason: str) -> Record:
        """Takes a posted payment back; see PaymentPosting.reverse."""
        payment = self.payment_posting.reverse(number, day, reason)
        if self.knobs.gl_automatic:
            self._post_journal(self.ledger_transfer.create_reversal(payment))
        return payment

    def _post_journal(self, batch: Record | None) -> None:
        if batch is not None:
            self.journal_batches.post(batch["BatchNumber"], batch["BatchNumber"])

    def _locked(self, batch: Record) -> bool:
        kind = f"{batch['BatchSelector']}/" if "BatchSelector" in batch.schema.properties else ""
        return f"{self.code}/{kind}{batch['BatchNumber']}" in self.knobs.locked_batches

    def _pause(self) -> timedelta:
        return timedelta(seconds=self.knobs.posting_pause if self.knobs.post_too_soon else 0)

    def _touches_edit_date(self) -> bool:
        return self.knobs.posting_touches_date_last_edited

    def _sets_ready(self) -> bool:
        return self.knobs.patches_batches

    def _day_end_required(self) -> bool:
        return self.knobs.day_end_required

    def _has_open_documents(self, vendor: str) -> bool:
        return self.invoice_batches.open_document_of(vendor) or any(
            document["VendorNumber"] == vendor and document["FullyPaid"] == "No"
            for document in self.posted_documents.records()
        )
