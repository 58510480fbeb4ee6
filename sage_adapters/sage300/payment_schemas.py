"""Which fields of payments and of what posting leaves behind we read (contract sage300, section 4).

Of APPostedDocuments and APPostingErrorMessages no payload is public: their names are those of the A/R side, which is
(assumed) to be the same with the vendor in the customer's place.
"""

from __future__ import annotations

from sage_adapters.sage300.schemas import Received
from sage_adapters.sage300.values import Amount, Day, Details, Flag, Key, Number, Text


class AppliedSchema(Received):
    document_number = Text("DocumentNumber")
    schedule_number = Number("PaymentNumber")
    amount = Amount("PaymentAmount")


class PaymentSchema(Received):
    """VendorCurrencyCode is (assumed). A miscellaneous payment has no vendor."""

    entry = Number("EntryNumber", required=True)
    vendor = Text("VendorNumber")
    payee = Text("VendorPayeeName")
    payment_date = Day("PaymentDateAdjustmentDate")
    check_number = Text("CheckNumber")
    document_number = Text("DocumentNumber")
    kind = Text("PaymentTransactionType")
    currency = Text("VendorCurrencyCode")
    amount = Amount("CheckAmountInVendorCurrency")
    applied = Details("AppliedPayments", AppliedSchema)


class PaymentBatchSchema(Received):
    bank = Text("BankCode")
    currency = Text("BankCurrencyCode")


class PostedDocumentSchema(Received):
    vendor = Key("VendorNumber")
    number = Key("DocumentNumber")
    document_type = Text("DocumentType", required=True)
    currency = Key("CurrencyCode")
    amount = Amount("VendorCurrencyInvoiceAmount")
    due = Amount("VendorCurrencyAmountDue")
    fully_paid = Flag("FullyPaid")
    last_activity = Day("LastActivityDate")
    document_date = Day("DocumentDate")
    due_date = Day("DueDate")
    po_number = Text("PONumber")
    order_number = Text("OrderNumber")
    description = Text("DocumentDescription")
    terms = Text("Terms")
    remit_to = Text("RemitToLocation")
    batch = Text("BatchNumber")
    entry = Text("EntryNumber")
    posting_sequence = Number("PostingSequenceNumber")


class PostingErrorSchema(Received):
    kind = Text("BatchType")
    batch = Number("BatchNumber")
    entry = Number("EntryNumber")
    vendor = Text("VendorNumber")
    document = Text("DocumentNumber")
    message = Text("ErrorMessage")
