"""Bank, common and tax services."""

from mock_servers.sage300.schema import schema

BANK = schema(
    "BKBanks",
    "BankCode",
    """
    BankCode:text(8) Description:text Status:enum(Active|Inactive) BankAccountNumber:text(22) BankAccount:text(45)
    Multicurrency:bool StatementCurrency:text(3) AddressLine1:text City:text(30) Country:text(30)
    """,
)

BANK_ENTRY = schema(
    "BKBankEntries",
    "SequenceNumber",
    """
    SequenceNumber:integer! BankCode:text(8) BankEntryNumber:text(22) EntryDescription:text EntryDate:date
    BankEntryAmount:number
    """,
)

CURRENCY = schema(
    "CSCurrencyCodes",
    "CurrencyCodeKey",
    """
    CurrencyCodeKey:text(3) Description:text Symbol:text(4) DecimalPlaces:enum(Num0|Num1|Num2|Num3)=Num2
    SymbolPosition:enum(Leading|Trailing) ThousandsSeparator:text(1) DecimalSeparator:text(1)
    """,
)

CURRENCY_RATE = schema(
    "CSCurrencyRates",
    "HomeCurrency RateType SourceCurrency RateDate",
    """
    HomeCurrency:text(3) RateType:text(2) SourceCurrency:text(3) RateDate:date Rate:number=1 Spread:number
    RateOperator:enum(Multiply|Divide)
    """,
)

PERIODS = 12
# A public client reads FiscalPeriod1StartDate and FiscalPeriod12EndDate; a calendar has room for thirteen periods.
# How the resource shows a locked period is assumed.
_FISCAL_PERIODS = " ".join(
    f"FiscalPeriod{number}StartDate:date FiscalPeriod{number}EndDate:date "
    f"FiscalPeriod{number}Status:enum(Unlocked|Locked)"
    for number in range(1, PERIODS + 2)
)
FISCAL_CALENDAR = schema(
    "CSFiscalCalendars",
    "FiscalYear",
    f"FiscalYear:text(4) NumberOfFiscalPeriods:integer={PERIODS} Active:yesno=Yes {_FISCAL_PERIODS}",
)

TAX_GROUP = schema(
    "TXTaxGroups",
    "TaxGroup TransactionType",
    """
    TaxGroup:text(12) TransactionType:enum(Purchases|Sales) Description:text TaxReportingCurrency:text(3)
    TaxAuthority1..5:text(12) LastMaintained:date
    """,
)

TAX_AUTHORITY = schema(
    "TXTaxAuthorities",
    "TaxAuthority",
    """
    TaxAuthority:text(12) Description:text TaxReportingCurrency:text(3) MaximumTaxAllowable:number
    LastMaintained:date
    """,
)

TAX_RATE = schema(
    "TXTaxRates",
    "TaxAuthority TransactionType BuyerClass",
    """
    TaxAuthority:text(12) TransactionType:enum(Purchases|Sales) BuyerClass:integer=1 TaxRate1..5:number
    """,
)
