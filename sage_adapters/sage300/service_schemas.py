"""Which fields of General Ledger, Bank Services and Common Services we read (contract sage300, section 4)."""

from __future__ import annotations

from sage_adapters.sage300.schemas import Received
from sage_adapters.sage300.values import Amount, Key, Number, Text


class PostedTransactionSchema(Received):
    account = Key("AccountNumber")
    year = Text("FiscalYear")
    period = Text("FiscalPeriod")
    source_type = Text("SourceTypeCode")
    batch = Text("BatchNumber")
    entry = Text("JournalEntryNumber")
    transaction = Number("JournalTransactionNumber")
    description = Text("JournalDetailDescription")
    reference = Text("JournalDetailReference")
    amount = Amount("JournalTransactionAmount")
    currency = Text("HomeCurrencyCode")
    source_amount = Amount("SourceCurrencyAmount")
    source_currency = Text("SourceCurrencyCode")


class BankSchema(Received):
    """Description and StatementCurrency are in Sage's sample; Status is (assumed)."""

    code = Key("BankCode")
    name = Text("Description")
    status = Text("Status")
    currency = Text("StatementCurrency")


class FiscalYearSchema(Received):
    """The periods are read beside it, thirteen of everything. Active is (assumed)."""

    year = Key("FiscalYear")
    active = Text("Active")
