"""Which fields of the Web API we read, and our names for them (contract sage300, section 4).

Everything else in an entry, some hundred properties each, is left aside. Names that no public payload confirms
are marked (assumed); they are never required.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError

from sage_adapters.errors import RecordTrouble
from sage_adapters.records import Rejected
from sage_adapters.sage300.values import Amount, Day, Details, Flag, Key, Number, Text

T = TypeVar("T")


class Received(Schema):
    """What all of them share: unknown properties are ignored."""

    class Meta:
        unknown = EXCLUDE


class BatchHeaderSchema(Received):
    number = Number("BatchNumber", required=True)
    batch_date = Day("BatchDate")
    description = Text("Description")
    status = Text("BatchStatus", required=True)
    batch_type = Text("BatchType")
    entries = Number("NumberOfEntries")
    total = Amount("BatchTotal")
    last_entry = Number("LastEntryNumber")
    last_edited = Day("DateLastEdited")
    errors = Number("NumberOfErrors")
    posting_sequence = Number("PostingSequenceNumber")
    source = Text("SourceApplication")


class LineSchema(Received):
    number = Number("LineNumber")
    gl_account = Text("GLAccount")
    description = Text("DistributionDescription")
    amount = Amount("DistributedAmount")
    tax = Amount("TaxTotal")
    comment = Text("Comment")
    distribution_code = Text("DistributionCode")


class InstalmentSchema(Received):
    number = Number("PaymentNumber")
    due_date = Day("DueDate")
    amount = Amount("AmountDue")


class OptionalFieldSchema(Received):
    name = Text("OptionalField")
    value = Text("Value")


class InvoiceSchema(Received):
    entry = Number("EntryNumber", required=True)
    vendor = Key("VendorNumber")
    vendor_name = Text("VendorName")
    number = Key("DocumentNumber")
    document_type = Text("DocumentType", required=True)
    currency = Key("CurrencyCode")
    exchange_rate = Amount("ExchangeRate")
    document_date = Day("DocumentDate")
    posting_date = Day("PostingDate")
    due_date = Day("DueDate")
    po_number = Text("PONumber")
    order_number = Text("OrderNumber")
    apply_to = Text("ApplytoDocument")
    remit_to = Text("RemitToLocation")
    description = Text("InvoiceDescription")
    terms = Text("Terms")
    tax_group = Text("TaxGroup")
    account_set = Text("AccountSet")
    fiscal_year = Text("FiscalYear")
    fiscal_period = Text("FiscalPeriod")
    entered_by = Text("EnteredBy")
    on_hold = Flag("OnHold")
    tax_total = Amount("TaxTotal")
    document_total = Amount("DocumentTotalIncludingTax")
    distributed_total = Amount("DistributedTotalIncludingTax")
    lines = Details("InvoiceDetails", LineSchema)
    schedule = Details("InvoicePaymentSchedules", InstalmentSchema)
    optional_fields = Details("InvoiceOptionalFields", OptionalFieldSchema)


class VendorSchema(Received):
    number = Key("VendorNumber")
    name = Text("VendorName")
    short_name = Text("ShortName")
    legal_name = Text("LegalName")
    active = Flag("Status")
    on_hold = Flag("OnHold")
    group = Text("GroupCode")
    currency = Text("CurrencyCode")
    terms = Text("Terms")
    account_set = Text("AccountSet")
    tax_group = Text("TaxGroup")
    gl_account = Text("GLAccount")
    payment_code = Text("PaymentCode")
    bank = Text("BankCode")
    remit_to = Text("PrimaryRemitToLocation")
    reporting_code = Text("Num1099CPRSCode")
    line1 = Text("AddressLine1")
    line2 = Text("AddressLine2")
    line3 = Text("AddressLine3")
    line4 = Text("AddressLine4")
    city = Text("City")
    state = Text("StateProvince")
    postal_code = Text("ZipPostalCode")
    country = Text("Country")
    contact = Text("ContactName")
    phone = Text("PhoneNumber")
    fax = Text("FaxNumber")
    email = Text("Email")
    website = Text("WebSite")
    business_registration = Text("BusinessRegistrationNumber")
    registration1 = Text("TaxRegistrationCode1")
    registration2 = Text("TaxRegistrationCode2")
    registration3 = Text("TaxRegistrationCode3")
    registration4 = Text("TaxRegistrationCode4")
    registration5 = Text("TaxRegistrationCode5")
    balance = Amount("BalanceDueInVendorCurrency")
    started_on = Day("StartDate")
    inactive_since = Day("InactiveDate")
    last_maintained = Day("DateLastMaintained")
    optional_fields = Details("VendorOptionalFieldValues", OptionalFieldSchema)


class AccountSchema(Received):
    number = Key("UnformattedAccount")
    formatted = Text("AccountNumber")
    description = Text("Description")
    active = Flag("Status")
    account_type = Text("AccountType")
    normal_balance = Text("NormalBalanceDRCR")
    group = Text("AccountGroupCode")
    structure = Text("StructureCode")
    control_account = Flag("ControlAccount")
    multicurrency = Flag("Multicurrency")
    currency = Text("DefaultCurrencyCode")
    created_on = Day("DateCreated")
    segment1 = Text("AccountSegmentCode1")
    segment2 = Text("AccountSegmentCode2")
    segment3 = Text("AccountSegmentCode3")
    segment4 = Text("AccountSegmentCode4")
    segment5 = Text("AccountSegmentCode5")
    segment6 = Text("AccountSegmentCode6")
    segment7 = Text("AccountSegmentCode7")
    segment8 = Text("AccountSegmentCode8")
    segment9 = Text("AccountSegmentCode9")
    segment10 = Text("AccountSegmentCode10")


class OrderLineSchema(Received):
    """Quantities and costs on reads are (assumed) to be named as on writes; ExpectedArrivalDate is (assumed)."""

    number = Number("LineNumber")
    item = Text("ItemNumber")
    description = Text("ItemDescription")
    location = Text("Location")
    unit = Text("UnitOfMeasure")
    quantity_ordered = Amount("QuantityOrdered")
    quantity_received = Amount("QuantityReceived")
    quantity_outstanding = Amount("QuantityOutstanding")
    unit_cost = Amount("UnitCost")
    amount = Amount("ExtendedCost")
    gl_account = Text("GLAccount")
    expected_date = Day("ExpectedArrivalDate")


class OrderSchema(Received):
    """VendorName, Currency, OnHold, OrderTotal and ExpectedArrivalDate are (assumed)."""

    sequence = Key("PurchaseOrderSequenceKey")
    number = Key("PurchaseOrderNumber")
    vendor = Text("Vendor")
    vendor_name = Text("VendorName")
    order_type = Text("PurchaseOrderType")
    currency = Text("Currency")
    total = Amount("OrderTotal")
    order_date = Day("PurchaseOrderDate")
    expected_date = Day("ExpectedArrivalDate")
    description = Text("Description")
    reference = Text("Reference")
    comment = Text("Comment")
    on_hold = Flag("OnHold")
    completed_on = Day("DateCompleted")
    lines = Details("PurchaseOrderLines", OrderLineSchema)


class ReceiptLineSchema(Received):
    number = Number("LineNumber")
    item = Text("ItemNumber")
    description = Text("ItemDescription")
    location = Text("Location")
    unit = Text("UnitOfMeasure")
    quantity_received = Amount("QuantityReceived")
    unit_cost = Amount("UnitCost")
    amount = Amount("ExtendedCost")


class ReceiptSchema(Received):
    """VendorName and Currency are (assumed)."""

    sequence = Key("ReceiptSequenceKey")
    number = Key("ReceiptNumber")
    vendor = Text("Vendor")
    vendor_name = Text("VendorName")
    po_number = Text("PurchaseOrderNumber")
    currency = Text("Currency")
    receipt_date = Day("ReceiptDate")
    description = Text("Description")
    reference = Text("Reference")
    lines = Details("ReceiptLine2s", ReceiptLineSchema)


def selected(schema: type[Received]) -> list[str]:
    """The names of a schema's fields as Sage 300 knows them, for `$select`."""
    return [field.data_key or name for name, field in _loader(schema).fields.items()]


def read(
    schema: type[Received], entry: Mapping[str, Any], place: str, build: Callable[[dict[str, Any]], T]
) -> T | Rejected:
    """An entry as a record; one that lacks what a record needs comes back whole, with the reason."""
    try:
        return must_read(schema, entry, place, build)
    except RecordTrouble as trouble:
        return Rejected(place, trouble, entry)


def must_read(schema: type[Received], entry: Mapping[str, Any], place: str, build: Callable[[dict[str, Any]], T]) -> T:
    """An entry as a record; raises RecordTrouble when it lacks what a record needs."""
    try:
        return build(_loader(schema).load(entry))
    except ValidationError as error:
        raise _unreadable(place, error) from None


def load(schema: type[Received], entry: Mapping[str, Any], place: str) -> dict[str, Any]:
    """An entry's fields under our names; raises RecordTrouble when it cannot be read."""
    return must_read(schema, entry, place, dict)


@cache
def _loader(schema: type[Received]) -> Received:
    """One instance per schema and process: making one costs as much as reading dozens of entries."""
    return schema()


def _unreadable(place: str, error: ValidationError) -> RecordTrouble:
    return RecordTrouble(
        f"{place} was read from Sage 300.",
        f"It cannot be understood: {_complaints(error.messages)}",
        "Open it in Sage 300 and save it again with the missing or wrong field filled in.",
        "sage300.unreadable-entry",
    )


def _complaints(messages: Any, path: str = "") -> str:
    """Marshmallow's nested messages as "InvoiceDetails 0 GLAccount: It is missing."."""
    if isinstance(messages, Mapping):
        return " ".join(_complaints(inner, f"{path} {name}".strip()) for name, inner in messages.items())
    return f"{path}: {' '.join(map(str, messages))}"
