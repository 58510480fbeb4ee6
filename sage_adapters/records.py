"""Payables in our own words, the same for every outside system.

Records are immutable. Texts that a system leaves empty are "", dates it leaves empty None. Dates carry no
time and are never shifted by a time zone. `to_json` and `from_json` turn a record into plain JSON and back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sage_adapters.document_key import DocumentKey as DocumentKey
from sage_adapters.errors import RecordTrouble
from sage_adapters.money import Money as Money
from sage_adapters.paid import AppliedPayment as AppliedPayment
from sage_adapters.paid import Payment as Payment
from sage_adapters.paid import PostedDocument as PostedDocument
from sage_adapters.record_json import decode, encode


class DocumentType(StrEnum):
    """What kind of claim an invoice record is.

    Seen from payables: a credit note lowers what we owe the vendor, a debit note raises it and is paid like
    an invoice.
    """

    INVOICE = "Invoice"
    CREDIT_NOTE = "Credit note"
    DEBIT_NOTE = "Debit note"
    INTEREST = "Interest"

    @property
    def slug(self) -> str:
        """The word used as `DocumentKey.kind`, for example "credit-note"."""
        return self.value.lower().replace(" ", "-")

    @property
    def raises_debt(self) -> bool:
        """Whether such a document raises what we owe the vendor."""
        return self is not DocumentType.CREDIT_NOTE


class InvoiceStatus(StrEnum):
    """Where a document stands in its system."""

    OPEN = "Open"
    READY_TO_POST = "Ready to post"
    POST_IN_PROGRESS = "Post in progress"
    POSTED = "Posted"
    ON_HOLD = "On hold"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A supplier; `number` identifies it within its company.

    `remit_to` is the place payments go to unless a document says otherwise, `reporting_code` the 1099 or CPRS code.
    """

    key: DocumentKey
    number: str
    name: str
    short_name: str = ""
    legal_name: str = ""
    active: bool = True
    on_hold: bool = False
    group: str = ""
    currency: str = ""
    terms: str = ""
    account_set: str = ""
    tax_group: str = ""
    gl_account: str = ""
    payment_code: str = ""
    bank: str = ""
    remit_to: str = ""
    reporting_code: str = ""
    address_lines: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    contact: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""
    business_registration: str = ""
    tax_registrations: tuple[str, ...] = ()
    balance: Money | None = None
    started_on: date | None = None
    inactive_since: date | None = None
    last_maintained: date | None = None
    optional_fields: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class GLAccount:
    """A general ledger account; `number` is without separators, `formatted` as people write it."""

    key: DocumentKey
    number: str
    description: str
    formatted: str = ""
    active: bool = True
    account_type: str = ""
    normal_balance: str = ""
    group: str = ""
    structure: str = ""
    segments: tuple[str, ...] = ()
    control_account: bool = False
    multicurrency: bool = False
    currency: str = ""
    created_on: date | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One ordered item; quantities in `unit`, `unit_cost` per unit with its own decimals."""

    number: int
    item: str
    description: str
    quantity_ordered: Decimal
    quantity_received: Decimal
    quantity_outstanding: Decimal
    unit: str
    unit_cost: Money
    amount: Money
    location: str = ""
    gl_account: str = ""
    expected_date: date | None = None


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """An order placed with a vendor; `sequence` is the system's own key, `number` the one on paper.

    `expected_date` is when goods are to arrive, the order's own or the earliest of its lines.
    """

    key: DocumentKey
    sequence: str
    number: str
    vendor_number: str
    vendor_name: str
    order_type: str
    amount: Money
    order_date: date | None = None
    description: str = ""
    reference: str = ""
    comment: str = ""
    on_hold: bool = False
    expected_date: date | None = None
    completed: bool = False
    completed_on: date | None = None
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One received item."""

    number: int
    item: str
    description: str
    quantity_received: Decimal
    unit: str
    unit_cost: Money
    amount: Money
    location: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Goods received from a vendor, usually against a purchase order."""

    key: DocumentKey
    sequence: str
    number: str
    vendor_number: str
    vendor_name: str
    po_number: str
    amount: Money
    receipt_date: date | None = None
    description: str = ""
    reference: str = ""
    lines: tuple[ReceiptLine, ...] = ()


@dataclass(frozen=True, slots=True)
class DistributionLine:
    """One line of an invoice: what was bought, on which general ledger account. `amount` is before `tax`."""

    number: int
    gl_account: str
    description: str
    amount: Money
    tax: Money
    comment: str = ""
    distribution_code: str = ""


@dataclass(frozen=True, slots=True)
class ScheduledPayment:
    """One instalment of an invoice; `amount` includes tax."""

    number: int
    due_date: date | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """A vendor's invoice, credit note, debit note or interest charge.

    Amounts are positive as documents print them; `signed_amount` is negative where the document lowers what
    is owed. `amount` includes tax. `batch` and `entry` say where the document sits in its system.
    `doubts` are sentences about figures that the system itself holds in contradiction.
    """

    key: DocumentKey
    document_type: DocumentType
    vendor_name: str
    amount: Money
    tax_total: Money
    total_before_tax: Money
    status: str
    on_hold: bool = False
    document_date: date | None = None
    posting_date: date | None = None
    due_date: date | None = None
    po_number: str = ""
    order_number: str = ""
    apply_to: str = ""
    remit_to: str = ""
    description: str = ""
    terms: str = ""
    tax_group: str = ""
    account_set: str = ""
    batch: str = ""
    entry: str = ""
    fiscal_year: str = ""
    fiscal_period: str = ""
    exchange_rate: Decimal = Decimal(1)
    entered_by: str = ""
    lines: tuple[DistributionLine, ...] = ()
    schedule: tuple[ScheduledPayment, ...] = ()
    optional_fields: dict[str, str] = field(default_factory=dict, hash=False)
    doubts: tuple[str, ...] = ()

    @property
    def company(self) -> str:
        return self.key.company

    @property
    def vendor_number(self) -> str:
        return self.key.vendor

    @property
    def invoice_number(self) -> str:
        return self.key.number

    @property
    def currency(self) -> str:
        return self.amount.currency

    @property
    def signed_amount(self) -> Money:
        return self.amount if self.document_type.raises_debt else -self.amount


Record = Vendor | GLAccount | PurchaseOrder | Receipt | Invoice | PostedDocument | Payment


@dataclass(frozen=True, slots=True)
class Rejected:
    """What a system sent and we could not read as a record: where it is, why, and the whole of it."""

    place: str
    trouble: RecordTrouble
    payload: Mapping[str, Any] = field(repr=False)


_KINDS: Mapping[str, Callable[..., Record]] = MappingProxyType(
    {
        "vendor": Vendor,
        "account": GLAccount,
        "purchase-order": PurchaseOrder,
        "receipt": Receipt,
        "invoice": Invoice,
        "posted-document": PostedDocument,
        "payment": Payment,
    }
)


def to_json(record: Record) -> dict[str, Any]:
    """The record as a dict for `json.dumps`: amounts and keys as strings, dates as ISO texts."""
    return encode(record)


def from_json(kind: str, data: Mapping[str, Any]) -> Record:
    """A record from what `to_json` gave.

    `kind` is vendor, account, purchase-order, receipt, invoice, posted-document or payment.
    """
    return decode(_KINDS[kind], data)
