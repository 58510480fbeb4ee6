"""Accounts payable set-up: vendors and what they default from."""

from mock_servers.sage300.schema import schema

_OPTIONAL_FIELD = """
    OptionalField:text(12) Value:text {parent}Type:enum(Text|Amount|Number|Integer|YesNo|Date|Time)
    Length:integer Decimals:integer AllowBlank:bool=true Validate:bool ValueSet:yesno=Yes
    TypedValueFieldIndex:integer TextValue:text AmountValue:number NumberValue:number IntegerValue:integer
    YesNoValue:bool DateValue:date TimeValue:time OptionalFieldDescription:text! ValueDescription:text!
"""


def optional_fields(name: str, keys: str = "") -> str:
    """The properties of an optional field detail, whose type property is named after its parent."""
    return keys + _OPTIONAL_FIELD.format(parent=name)


VENDOR = schema(
    "APVendors",
    "VendorNumber",
    """
    VendorNumber:text(12) ShortName:text(10) GroupCode:text(6) Status:enum(Active|Inactive) InactiveDate:date
    DateLastMaintained:date! OnHold:enum(NotOnHold|OnHold) StartDate:date ParticipantID:text(24)
    VendorName:text AddressLine1..4:text City:text(30) StateProvince:text(30) ZipPostalCode:text(20)
    Country:text(30) ContactName:text PhoneNumber:text(30) FaxNumber:text(30) PrimaryRemitToLocation:text(6)
    AccountSet:text(6) CurrencyCode:text(3) RateType:text(2) BankCode:text(8)
    PrintSeparateChecks:yesno DistributionSet:text(6) DistributionCode:text(6) GLAccount:text(45) Terms:text(6)
    DuplicateAmountCode:enum(None|Warning|Error) DuplicateDateCode:enum(None|Warning|Error) TaxGroup:text(12)
    TaxClassCode1..5:integer TaxReportingType:enum(None|Num1099|CPRS) Num1099CPRSTaxNumber:text(20)
    TaxType:enum(Unknown|SocialSecurityNumber|BusinessNumber) Num1099CPRSCode:text(6) CreditLimit:number
    BalanceDueInVendorCurrency:number! BalanceDueInFunctionalCurrency:number!
    TotalPrepaidInvoiceVendorCurr:number! TotalPrepaidInvoiceFunctionalCurr:number!
    DateOfLastRevaluation:date! LastRevaluationBalance:number! NumberOfOpenInvoices:integer!
    NumberOfPrepaidInvoices:integer! NumberOfPaidInvoices:integer! NumberOfDaysToPay:integer!
    DateOfLargestInvoice:date! DateOfHighestBalance:date! DateOfLargestInvoiceLastYear:date!
    DateOfHighestBalanceLastYear:date! DateOfLastActivity:date! DateOfLastInvoice:date!
    DateOfLastCreditNote:date! DateOfLastDebitNote:date! DateOfLastPayment:date! DateOfLastDiscount:date!
    DateOfLastAdjustment:date! NumberOfLargestInvoice:text(22)! NumberOfLargestInvoiceLastY:text(22)!
    LargestInvoiceVendorCurrency:number! HighestBalanceVendorCurrency:number!
    LargestInvoiceLastYearVendorCurrency:number! HighBalanceLastYearVendorCurrency:number!
    LastInvoiceAmtVendorCurrency:number! LastCreditNoteAmountVendorCurrency:number!
    LastDebitNoteAmountVendorCurrency:number! LastPaymentVendorCurrency:number!
    LastDiscountAmountVendorCurrency:number! LastAdjustmentAmountVendorCurrency:number!
    PaymentCode:text(12) TaxRegistrationCode1..5:text(20)
    DistributionType:enum(GLAccount|DistributionCode|DistributionSet) CheckLanguage:text(3)=ENG
    AverageDaysToPay:number! TotalInvoicesPaidFunctionalCurr:number! TotalInvoicesPaidVendorCurr:number!
    TotalNumberOfPayments:integer! TaxIncluded1..5:yesno ContactsEmail:text Email:text WebSite:text(100)
    ContactsPhone:text(30) ContactsFax:text(30) DeliveryMethod:enum(Mail|Email|ContactsEmail)
    PercentRetained:number DaysRetained:integer RetainageTermsCode:text(6)
    AmountRetainedVendorCurrency:number! AmountRetainedFunctionalCurrency:number! NumberOfOptionalFields:integer!
    ProcessCommandCode:enum(InsertOptionalFields) NextClientUniqueID:integer! LegalName:text
    Zero1099AmountWarning:yesno SuppressIntegration:bool APVersion:text(3)=69A! Database:text(6)! Mode:integer!
    BusinessRegistrationNumber:text(30) FirstName:text LastName:text FATCA:yesno Num2ndTINNotice:yesno
    TaxWithholdingState:text(10)
    """,
).nest(
    "VendorOptionalFieldValues",
    schema("VendorOptionalFieldValue", "OptionalField", optional_fields("VendorOptionalFieldValue")),
)

VENDOR_GROUP = schema(
    "APVendorGroups",
    "GroupCode",
    """
    GroupCode:text(6) Description:text Status:enum(Active|Inactive) AccountSet:text(6) CurrencyCode:text(3)
    RateType:text(2) BankCode:text(8) PrintSeparateChecks:yesno DistributionSet:text(6) DistributionCode:text(6)
    GeneralLedgerAccountNumber:text(45) Terms:text(6) DuplicateAmountCode:enum(None|Warning|Error)
    DuplicateDateCode:enum(None|Warning|Error) TaxGroup:text(12) PaymentCode:text(12)
    DistributionType:enum(GLAccount|DistributionCode|DistributionSet) DateLastMaintained:date!
    """,
)

ACCOUNT_SET = schema(
    "APAccountSets",
    "AccountSetCode",
    """
    AccountSetCode:text(6) Description:text Status:enum(Active|Inactive) InactiveDate:date
    DateLastMaintained:date! PayablesControlAccount:text(45) DiscountsAccount:text(45)
    PrepaymentAccount:text(45) CurrencyCodeForAccount:text(3) UnrealizedExchangeGainAccount:text(45)
    UnrealizedExchangeLossAccount:text(45) ExchangeGainAccount:text(45) ExchangeLossAccount:text(45)
    RetainageAccount:text(45) ExchangeRoundingAccount:text(45)
    """,
)

TERMS = schema(
    "APTerms",
    "TermsCode",
    """
    TermsCode:text(6) Description:text Status:enum(Active|Inactive) DateLastMaintained:date!
    UsePaymentSchedule:yesno CalculationBaseForDiscountwithTax:enum(Excluded|Included)
    MethodOfCalcForDiscountDate:enum(DaysFromInvoiceDate|EndOfNextMonth|DayOfNextMonth)
    MethodOfCalcForDueDate:enum(DaysFromInvoiceDate|EndOfNextMonth|DayOfNextMonth)
    NumberOfPayments:integer=1 TotalPercentageDue:number=100
    """,
).nest(
    "TermsPaymentSchedule",
    schema(
        "TermsPaymentSchedule",
        "PaymentNumber",
        """
        TermsCode:text(6) PaymentNumber:integer PercentageDue:number DiscountPercent:number
        DiscountNumberOfDays:integer DiscountDayOfMonth:integer DueNumberOfDays:integer DueDayOfMonth:integer
        """,
    ),
)

PAYMENT_CODE = schema(
    "APPaymentCodes",
    "PaymentCodeKey",
    """
    PaymentCodeKey:text(12) Description:text Status:enum(Active|Inactive) PaymentType:enum(Check|Cash|Other)
    DateLastMaintained:date!
    """,
)

DISTRIBUTION_CODE = schema(
    "APDistributionCodes",
    "DistributionCodeKey",
    """
    DistributionCodeKey:text(6) Description:text Status:enum(Active|Inactive) GLAccount:text(45)
    Discountable:yesno=Yes DateLastMaintained:date!
    """,
)

DISTRIBUTION_SET = schema(
    "APDistributionSets",
    "DistributionSetKey",
    """
    DistributionSetKey:text(6) Description:text Status:enum(Active|Inactive) CurrencyCode:text(3)
    DistributionMethod:enum(Manual|SpreadEvenly|FixedPercentage|FixedAmount) DateLastMaintained:date!
    """,
)

REMIT_TO = schema(
    "APRemitToLocations",
    "VendorNumber RemitToLocation",
    """
    VendorNumber:text(12) RemitToLocation:text(6) RemitToName:text Status:enum(Active|Inactive)
    AddressLine1..4:text City:text(30) StateProvince:text(30) ZipPostalCode:text(20) Country:text(30)
    ContactName:text PhoneNumber:text(30) FaxNumber:text(30) Email:text DateLastMaintained:date!
    """,
)

VENDOR_STATISTICS = schema(
    "APVendorStatistics",
    "VendorNumber Year Period",
    """
    VendorNumber:text(12) Year:text(4) Period:text(2) NumberOfInvoices:integer NumberOfCreditNotes:integer
    NumberOfPayments:integer TotalInvoices:number TotalCreditNotes:number TotalPayments:number
    """,
)
