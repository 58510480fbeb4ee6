"""AP payment and adjustment batches, and posted payments."""

from mock_servers.sage300.schema import schema
from mock_servers.sage300.schemas.vendors import optional_fields

_KEYS = "BatchType:enum(PY|AD) BatchNumber:integer! EntryNumber:integer! "

ADJUSTMENT_DISTRIBUTION = schema(
    "AdjustmentGLDistribution",
    "SequenceNumber",
    _KEYS
    + """
    LineNumber:integer SequenceNumber:integer TransactionType:integer DistributionAmount:number
    DistributionCode:text(6) DistributionGLAccount:text(45) DocumentLineNumber:integer Description:text
    """,
)

APPLIED = schema(
    "AppliedPayment",
    "LineNumber",
    _KEYS
    + """
    LineNumber:integer VendorNumber:text(12) DocumentNumber:text(22) PaymentNumber:integer=1
    TransactionType:enum(PaymentPosted|PrepaymentPosted) PaymentType:enum(Payment|Prepayment|Adjustment)
    PaymentAmount:number DiscountAmount:number DocumentDate:date DocumentType:text(22)!
    """,
).nest("AdjustmentGLDistributions", ADJUSTMENT_DISTRIBUTION)

PAYMENT = (
    schema(
        "PaymentAdjustment",
        "EntryNumber",
        """
    BatchType:enum(PY|AD) BatchNumber:integer! EntryNumber:integer CheckNumber:text(18) VendorNumber:text(12)
    PaymentDateAdjustmentDate:date EntryDescription:text EntryReference:text VendorPayeeName:text
    PaymentTransactionType:enum(Payment|Prepayment|ApplyDocument|MiscellaneousPayment) PaymentCode:text(12)
    BankCode:text(8) CheckAmountInBankCurrency:number CheckAmountInVendorCurrency:number
    TotalPrepayVendorCurrency:number CheckPrintRequired:yesno=Yes DocumentNumber:text(22)! FiscalYear:text(4)!
    FiscalPeriod:text(2)! PostingDate:date VendorCurrencyCode:text(3)! RemitToLocation:text(6)
    ErrorBatch:integer! ErrorEntry:integer! EnteredBy:text(8)!
    """,
    )
    .nest("AppliedPayments", APPLIED)
    .nest(
        "PaymentAdjustmentOptionalFields",
        schema(
            "PaymentAdjustmentOptionalField",
            "OptionalField",
            optional_fields("PaymentAdjustmentOptionalField"),
        ),
    )
)

BATCH = schema(
    "APPaymentAndAdjustmentBatches",
    "BatchSelector BatchNumber",
    """
    BatchSelector:enum(PY|AD) BatchNumber:integer! BatchDate:date Description:text NumberOfEntries:integer!
    BatchTotal:number! BatchType:enum(Entered|Imported|Generated|System)
    BatchStatus:enum(Open|ReadyToPost|PostInProgress|Posted|Deleted) BankCode:text(8) BankCurrencyCode:text(3)
    LastEntryNumber:integer! PostingSequenceNumber:integer! NumberOfErrors:integer! DateLastEdited:date!
    BatchPrintedFlag:yesno! SourceApplication:text(2)=AP!
    ProcessCommandCode:enum(UnlockBatchResource|LockBatchResource)
    """,
).nest("PaymentsAdjustments", PAYMENT)

POSTED_PAYMENT = schema(
    "APPostedPayments",
    "BankCode VendorNumber CheckNumber DocumentNumber",
    """
    BankCode:text(8) VendorNumber:text(12) CheckNumber:text(18) CheckSerialNumber:integer CheckDate:date
    BatchDate:date CheckAmountVendorCurrency:number PaymentAmount:number DiscountAmount:number
    PaymentCode:text(12) CurrencyCode:text(3) ReasonForReversal:text FiscalYear:text(4) FiscalPeriod:text(2)
    RemitTo:text BatchNumber:integer EntryNumber:integer CheckCleared:enum(Outstanding|Cleared|Reversed)
    CheckAmountFunctionalCurrency:number AmountAdjusted:number DateCleared:date DateReversed:date
    DocumentType:text DocumentNumber:text(22) PaymentType:text DrillDownApplicationSource:text(2)=AP
    DrillDownType:integer DrillDownLinkNumber:integer InvoiceNumber:text(22) PostingDate:date
    PostingSequenceNumber:integer
    """,
)
