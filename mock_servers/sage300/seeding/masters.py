"""The set-up that every seeded company shares: accounts, taxes, terms, groups, currencies, banks, years."""

from __future__ import annotations

from decimal import Decimal

from mock_servers.sage300.company import Company
from mock_servers.sage300.payload import record
from mock_servers.sage300.schema import Record, Schema
from mock_servers.sage300.schemas import services, vendors

FIRST_YEAR = 2015
UNTAXED = "NOTAX"
TERMS_DAYS = {"N30": 30, "N60": 60, "DUETBL": 12}
# Tax group -> its authorities with rates in percent; the sample's 8.25 % (contract sage300, section 4).
TAX_GROUPS = {
    UNTAXED: ("No tax", {}),
    "USDTAX": ("US Sales Tax - Purchase", {"STATE": "6.25", "CITY": "2"}),
    "BCTAX": ("British Columbia", {"CAGST": "5", "CABC": "7"}),
    "GBVAT": ("UK VAT", {"HMRC": "20"}),
}
CURRENCIES = {"USD": ("$", 2), "GBP": ("£", 2), "CAD": ("$", 2), "EUR": ("€", 2), "JPY": ("¥", 0)}
# Account, description, type, normal balance; segments are parted by a hyphen.
ACCOUNTS = (
    ("1000", "Bank", "BalanceSheet", "Debit"),
    ("1300", "Inventory", "BalanceSheet", "Debit"),
    ("1440", "Prepayments to vendors", "BalanceSheet", "Debit"),
    ("2010", "Accounts payable", "BalanceSheet", "Credit"),
    ("3500", "Retained earnings", "RetainedEarnings", "Credit"),
    ("6100", "Rent", "IncomeStatement", "Debit"),
    ("6200", "Light and heat", "IncomeStatement", "Debit"),
    ("6260", "Equipment rental", "IncomeStatement", "Debit"),
    ("6300", "Repairs and maintenance", "IncomeStatement", "Debit"),
    ("6400-100", "Freight, warehouse", "IncomeStatement", "Debit"),
    ("6400-200", "Freight, shop", "IncomeStatement", "Debit"),
    ("6500", "Professional fees", "IncomeStatement", "Debit"),
    ("6550", "Purchase discounts", "IncomeStatement", "Credit"),
    ("6600", "Stationery", "IncomeStatement", "Debit"),
    ("6900", "Sundry, closed", "IncomeStatement", "Debit"),
)
CONTROL_ACCOUNTS = ("2010", "1440")
CLOSED_ACCOUNT = "6900"


def set_up(company: Company) -> None:
    """Fills a new company with what documents default from."""
    company.calendar.open_years(FIRST_YEAR, company.clock.today().year + 1)
    _currencies(company)
    _taxes(company)
    for account, description, kind, balance in ACCOUNTS:
        add_account(company, account, description, kind, balance)
    _payables(company)
    company.banks.add(
        Record(
            services.BANK,
            {
                "BankCode": "SEATAC",
                "Description": "Seatac Bank",
                "BankAccount": "1000",
                "StatementCurrency": company.currency,
            },
        )
    )


def add_account(
    company: Company, account: str, description: str, kind: str = "IncomeStatement", balance: str = "Debit"
) -> None:
    """Creates an active account; `account` may hold hyphens between its segments."""
    segments = account.split("-")
    values = {
        "UnformattedAccount": "".join(segments),
        "Description": description[:60],
        "AccountType": kind,
        "NormalBalanceDRCR": balance,
        "Status": "Inactive" if account == CLOSED_ACCOUNT else "Active",
        "ControlAccount": "Yes" if account in CONTROL_ACCOUNTS else "No",
        "StructureCode": "ACC",
        **{f"AccountSegmentCode{number}": code[:15] for number, code in enumerate(segments, start=1)},
    }
    company.accounts.create(values, "ADMIN")


def _currencies(company: Company) -> None:
    for code, (symbol, decimals) in CURRENCIES.items():
        values = {"CurrencyCodeKey": code, "Description": code, "Symbol": symbol, "DecimalPlaces": f"Num{decimals}"}
        company.currencies.add(Record(services.CURRENCY, values))


def _taxes(company: Company) -> None:
    for code, (description, authorities) in TAX_GROUPS.items():
        group = Record(services.TAX_GROUP, {"TaxGroup": code, "Description": description})
        for number, (authority, rate) in enumerate(authorities.items(), start=1):
            group[f"TaxAuthority{number}"] = authority
            company.tax_authorities.add(Record(services.TAX_AUTHORITY, {"TaxAuthority": authority}))
            company.tax_rates.add(Record(services.TAX_RATE, {"TaxAuthority": authority, "TaxRate1": Decimal(rate)}))
        company.tax_groups.add(group)


def _payables(company: Company) -> None:
    for code, days in TERMS_DAYS.items():
        step = {"TermsCode": code, "PaymentNumber": 20, "PercentageDue": Decimal(100), "DueNumberOfDays": days}
        values = {"TermsCode": code, "Description": f"Net {days} days", "TermsPaymentSchedule": [step]}
        company.terms.create(values, "ADMIN")
    _add(company, "account_sets", vendors.ACCOUNT_SET, AccountSetCode="TRADE", Description="Trade payables",
         PayablesControlAccount="2010", DiscountsAccount="6550", PrepaymentAccount="1440",
         CurrencyCodeForAccount=company.currency)  # fmt: skip
    _add(company, "payment_codes", vendors.PAYMENT_CODE, PaymentCodeKey="CHECK", Description="Check")
    _add(company, "distribution_codes", vendors.DISTRIBUTION_CODE, DistributionCodeKey="INV",
         Description="Purchase of inventory", GLAccount="1300")  # fmt: skip
    for code, description, terms, tax in (
        ("INV", "Inventory purchases", "DUETBL", "USDTAX"),
        ("SERV", "Services", "N30", UNTAXED),
        ("UK", "UK suppliers", "N30", UNTAXED),
    ):
        _add(company, "vendor_groups", vendors.VENDOR_GROUP, GroupCode=code, Description=description,
             AccountSet="TRADE", CurrencyCode=company.currency, RateType="SP", BankCode="SEATAC", Terms=terms,
             TaxGroup=tax, PaymentCode="CHECK", GeneralLedgerAccountNumber="6300",
             DistributionType="GLAccount")  # fmt: skip


def _add(company: Company, books: str, schema: Schema, **values: object) -> None:
    getattr(company, books).add(record(schema, values))
