"""AP invoice batches, as a captured batch shows them, and what posting leaves behind."""

from mock_servers.sage300.schema import schema
from mock_servers.sage300.schemas.vendors import optional_fields

_OPTIONAL_KEYS = "BatchNumber:integer! EntryNumber:integer! "

LINE = schema(
    "InvoiceDetail",
    "LineNumber",
    """
    BatchNumber:integer! EntryNumber:integer! LineNumber:integer DistributionCode:text(6)
    DistributionDescription:text TaxTotal:number! ManualTaxEntry:yesno TaxClass1..5:integer
    TaxAmount1..5:number GLAccount:text(45) DistributedAmount:number Comment:text(250)
    DistributedAmountBeforeTaxes:number! TaxAmountIncludedInPrice:number! GLDistributedAmount:number!
    TaxAllocatedTotal:number! Contract:text(16) Project:text(16) Category:text(16) CostClass:enum(None)
    BillingType:enum(None) ItemNumber:text(24) UnitOfMeasure:text(10) Quantity:number Cost:number
    BillingDate:date CommentAttached:yesno Discountable:yesno=Yes RetainageAmount:number
    NumberOfOptionalFields:integer! AccountDescription:text!
    """,
).nest(
    "InvoiceDetailOptionalFields",
    schema(
        "InvoiceDetailOptionalField",
        "OptionalField",
        optional_fields("InvoiceDetailOptionalField", _OPTIONAL_KEYS),
    ),
)

SCHEDULE = schema(
    "InvoicePaymentSchedule",
    "PaymentNumber",
    """
    BatchNumber:integer! EntryNumber:integer! PaymentNumber:integer DueDate:date AmountDue:number
    DiscountDate:date DiscountAmount:number FunctionalAmountDue:number! FunctionalDiscountAmount:number!
    """,
)

ENTRY = (
    schema(
        "Invoice",
        "EntryNumber",
        """
    BatchNumber:integer! EntryNumber:integer Originator:text(6) VendorNumber:text(12) DocumentNumber:text(22)
    RemitToLocation:text(6) DocumentType:enum(Invoice|DebitNote|CreditNote|Interest)
    TransactionType:enum(InvoiceSummaryEntered|DebitNoteSummaryEntered|CreditNoteSummaryEntered|InterestCharge)!
    OrderNumber:text(22) PONumber:text(22) InvoiceDescription:text ApplytoDocument:text(22) AccountSet:text(6)
    DocumentDate:date AsOfDate:date FiscalYear:text(4)! FiscalPeriod:text(2)! CurrencyCode:text(3)
    RateType:text(2) RateOverridden:yesno ExchangeRate:number=1 Terms:text(6) TermsOverridden:yesno DueDate:date
    DiscountDate:date DiscountPercentage:number DiscountAmountAvailable:number Taxable:yesno!
    TaxAmountControl:enum(Calculate|Distribute|Enter) TaxGroup:text(12) TaxAuthority1..5:text(12)!
    TaxClass1..5:integer TaxBase1..5:number TaxAmount1..5:number DocumentTotalBeforeTaxes:number!
    NumberOfScheduledPayments:integer! DistributedTotalBeforeTaxes:number! DistributedTotalIncludingTax:number!
    AddressLine1:text City:text(30) StateProvince:text(30) ZipPostalCode:text(20) Country:text(30)
    ContactName:text PhoneNumber:text(30) RateDate:date VendorGroupCode:text(6)! TermsDescription:text!
    AmountDue:number! TaxTotal:number! DocumentTotalIncludingTax:number UndistributedAmount:number!
    CurrencyCodeOperator:enum(Multiply|Divide)! ProcessCommandCode:enum(DistributeTaxes|InsertOptionalFields)
    JobRelated:yesno ErrorBatch:integer! ErrorEntry:integer! Email:text RetainageInvoice:yesno
    NumberOfOptionalFields:integer! NumberOfDetails:integer! SourceApplication:text(2)=AP! OnHold:yesno
    VendorExists:integer=1! VendorName:text! TaxGroupDescription:text! APVersionCreatedIn:text(3)=69A!
    SourceAmountDue:number! FunctionalAmountDue:number! EnteredBy:text(8)! PostingDate:date
    AcctSetDescription:text!
    """,
    )
    .nest("InvoiceDetails", LINE)
    .nest("InvoicePaymentSchedules", SCHEDULE)
    .nest(
        "InvoiceOptionalFields",
        schema("InvoiceOptionalField", "OptionalField", optional_fields("InvoiceOptionalField", _OPTIONAL_KEYS)),
    )
)

BATCH = schema(
    "APInvoiceBatches",
    "BatchNumber",
    """
    BatchNumber:integer! BatchDate:date Description:text NumberOfEntries:integer! BatchTotal:number!
    BatchType:enum(Entered|Imported|Generated|Recurring|External)
    BatchStatus:enum(Open|ReadyToPost|PostInProgress|Posted|Deleted) InvoiceType:enum(Summary|Detail)
    LastEntryNumber:integer! PostingSequenceNumber:integer! NumberOfErrors:integer! DateLastEdited:date!
    BatchPrintedFlag:yesno! SourceApplication:text(2)=AP! ICTRelated:yesno!
    ProcessCommandCode:enum(UnlockBatchResource|LockBatchResource)
    """,
).nest("Invoices", ENTRY)

POSTED_DOCUMENT = schema(
    "APPostedDocuments",
    "VendorNumber DocumentNumber",
    """
    VendorNumber:text(12) DocumentNumber:text(22) OrderNumber:text(22) PONumber:text(22) DueDate:date
    RemitToLocation:text(6) TransactionType:text DocumentType:enum(Invoice|DebitNote|CreditNote|Interest)
    BatchDate:date BatchNumber:integer EntryNumber:integer GroupCode:text(6) DocumentDescription:text
    DocumentDate:date AsofDate:date Terms:text(6) DiscountDate:date CurrencyCode:text(3)
    FunctionalCurrencyInvoiceAmount:number FunctionalCurrencyAmountDue:number
    VendorCurrencyInvoiceAmount:number VendorCurrencyAmountDue:number FullyPaid:yesno LastActivityDate:date
    NumberOfScheduledPayments:integer PostingSequenceNumber:integer FiscalYear:text(4) FiscalPeriod:text(2)
    """,
)

POSTING_ERROR = schema(
    "APPostingErrorMessages",
    "PostingSequenceNumber SequenceNumber",
    """
    PostingSequenceNumber:integer SequenceNumber:integer BatchType:text(2) BatchNumber:integer
    EntryNumber:integer VendorNumber:text(12) DocumentNumber:text(22) ErrorMessage:text(250)
    """,
)
