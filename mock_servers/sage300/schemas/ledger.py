"""General ledger: accounts, segments, journals and posted transactions."""

from mock_servers.sage300.schema import schema
from mock_servers.sage300.schemas.vendors import optional_fields

ACCOUNT = (
    schema(
        "GLAccounts",
        "UnformattedAccount",
        """
    UnformattedAccount:text(45) DateCreated:date! Description:text
    AccountType:enum(IncomeStatement|BalanceSheet|RetainedEarnings) NormalBalanceDRCR:enum(Debit|Credit)
    Status:enum(Active|Inactive) PostToAccount:enum(Detail|Consolidated|Prohibited) QuantitiesAllowed:yesno
    UnitOfMeasure:text(6) AllocationsAllowed:enum(NoAllocation) AllocOffsetAccount:text(45)
    AllocSourceType:text(2) Multicurrency:yesno SpecificCurrency:enum(AllCurrencies|SpecificCurrencies)
    ControlAccount:yesno AllocationPercentTotal:number StructureCode:text(6) YearLastClosed:integer!
    AccountNumber:text(45)! AccountSegmentCode1..10:text(15) SegmentCode:text(6) PostToSegmentID:text(6)
    DefaultCurrencyCode:text(3) NumberOfOptionalFields:integer! AccountGroupCode:text(12)
    AccountGroupSortCode:text(12)! RollupSwitch:yesno
    """,
    )
    .nest(
        "AccountValidCurrencies",
        schema(
            "AccountValidCurrency",
            "CurrencyCode",
            """
            AccountNumber:text(45) CurrencyCode:text(3) RevaluationSwitch:enum(Donotrevalue|Revalue)
            RevaluationCode:text(6)
            """,
        ),
    )
    .nest(
        "ControlAccountSubledgers",
        schema("ControlAccountSubledger", "SubledgerID", "AccountNumber:text(45) SubledgerID:text(2)"),
    )
    .nest(
        "AccountOptionalFields",
        schema("AccountOptionalField", "OptionalField", optional_fields("AccountOptionalField")),
    )
)

ACCOUNT_GROUP = schema(
    "GLAccountGroups",
    "AccountGroupCode",
    "AccountGroupCode:text(12) Description:text SortCode:text(12) GroupCategory:text(30)",
)

SEGMENT_CODE = schema(
    "GLSegmentCodes",
    "SegmentNumber SegmentCode",
    "SegmentNumber:text(6) SegmentCode:text(15) Description:text",
)

SOURCE_CODE = schema(
    "GLSourceCodes",
    "SourceLedger SourceType",
    "SourceLedger:text(2) SourceType:text(2) Description:text",
)

ACCOUNT_FISCAL_SET = schema(
    "GLAccountFiscalSets",
    "UnformattedAccount FiscalSetYear FiscalSetDesignator",
    """
    UnformattedAccount:text(45) FiscalSetYear:text(4) FiscalSetDesignator:text(10) CurrencyCode:text(3)
    OpeningBalance:number
    """,
)

POSTED_TRANSACTION = schema(
    "GLPostedTransactions",
    "AccountNumber FiscalYear FiscalPeriod PostingSequenceNumber DetailCount",
    """
    AccountNumber:text(45) FiscalYear:text(4) FiscalPeriod:text(2) SourceCurrencyCode:text(3)
    SourceLedgerCode:text(2) SourceTypeCode:text(2) PostingSequenceNumber:integer DetailCount:integer
    JournalDate:date BatchNumber:text(6) JournalEntryNumber:text(5) JournalTransactionNumber:integer
    CompanyID:text(8) JournalDetailDescription:text JournalDetailReference:text
    JournalTransactionAmount:number SourceCurrencyAmount:number HomeCurrencyCode:text(3)
    DrillDownApplicationSource:text(2) DrillDownType:integer DrillDownLinkNumber:integer DocumentDate:date
    """,
)

_JOURNAL_DETAIL = schema(
    "JournalDetail",
    "TransactionNumber",
    """
    BatchNumber:text(6)! JournalID:text(5)! TransactionNumber:text(10) AccountNumber:text(45) Amount:number
    SourceCurrencyAmount:number SourceCurrencyCode:text(3) Description:text Reference:text Comment:text(250)
    DocumentDate:date
    """,
)
JOURNAL = schema(
    "JournalHeader",
    "EntryNumber",
    """
    BatchNumber:text(6)! EntryNumber:text(5) SourceLedger:text(2) SourceType:text(2) FiscalYear:text(4)
    FiscalPeriod:text(2) Description:text Debits:number! Credits:number! PostingDate:date OutOfBalanceBy:number!
    DocumentDate:date EnteredBy:text(8)! NumberOfDetails:integer!
    """,
).nest("JournalDetails", _JOURNAL_DETAIL)
JOURNAL_BATCH = schema(
    "GLJournalBatches",
    "BatchNumber",
    """
    BatchNumber:text(6)! ActiveSwitch:yesno Description:text SourceLedger:text(2) DateCreated:date!
    DateLastEdited:date! JournalBatchType:enum(Entered|Subledger|Imported|Generated)
    Status:enum(Open|ReadyToPost|PostInProgress|Posted|Deleted) PostingSequence:integer! Debits:number!
    Credits:number! NumberOfEntries:integer! NextEntryNumber:integer! NumberOfErrors:integer! Printed:yesno!
    ReadyToPost:yesno LockBatchSwitch:yesno
    """,
).nest("JournalHeaders", JOURNAL)
