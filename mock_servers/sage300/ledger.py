"""General ledger accounts and journal batches."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.collections import Collection, Key, apply_values
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import Values, record
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.ledger import ACCOUNT, JOURNAL_BATCH, POSTED_TRANSACTION

SEGMENT_SEPARATOR = "-"


class Accounts(Collection):
    """GL accounts, keyed without separators; `AccountNumber` is the same with them (assumed)."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(ACCOUNT, clock)

    def usable(self, account: str, field: str) -> Record:
        """The account that a line names, written with or without separators.

        FieldInvalid when it does not exist or is inactive.
        """
        if not account:
            raise Sage300Error("required", what=field)
        found = self.get(account) or self.get(account.replace(SEGMENT_SEPARATOR, ""))
        if found is None:
            raise Sage300Error("unknown", field=field, what="Account", value=account)
        if found["Status"] != "Active":
            raise Sage300Error("inactive", field=field, what="Account", value=account)
        return found

    def _prepare(self, row: Record, user: str) -> None:
        super()._prepare(row, user)
        if row["DateCreated"] is None:
            row["DateCreated"] = self.clock.today()
        if not row["AccountSegmentCode1"]:
            row["AccountSegmentCode1"] = row["UnformattedAccount"][:15]
        segments = [row[f"AccountSegmentCode{number}"] for number in range(1, 11)]
        formatted = SEGMENT_SEPARATOR.join(segment for segment in segments if segment)
        row["AccountNumber"] = (
            formatted if "".join(segments) == row["UnformattedAccount"] else row["UnformattedAccount"]
        )


class JournalBatches(Collection):
    """Journal batches: numbers are zero-padded texts, amounts carry debit and credit in their sign."""

    def __init__(self, clock: Clock, accounts: Accounts, transactions: Collection, home_currency: str) -> None:
        super().__init__(JOURNAL_BATCH, clock)
        self._home_currency = home_currency
        self._accounts = accounts
        self._transactions = transactions
        self._sequence = 0

    def create(self, values: Values, user: str) -> Record:
        """A new batch. FieldInvalid for an unknown account, General for a journal that is not balanced."""
        made = record(JOURNAL_BATCH, values)
        made["BatchNumber"] = f"{len(self.records()) + 1:06}"
        made["DateCreated"] = self.clock.today()
        self._prepare(made, user)
        return self.add(made)

    def change(self, key: Key, values: Values, user: str) -> None:
        """Changes an open batch."""
        draft = self.find(key).copy()
        if draft["Status"] != "Open":
            raise Sage300Error("not-open", batch=draft["BatchNumber"], status=draft["Status"])
        apply_values(draft, values)
        self._keep_key(draft, key)
        self._prepare(draft, user)
        self.add(draft)

    def post(self, first: str = "000000", last: str = "999999") -> None:
        """Posts the batches in this range that are ready; their lines become posted transactions."""
        for batch in list(self.records()):
            if first <= batch["BatchNumber"] <= last and batch["Status"] == "ReadyToPost":
                self._sequence += 1
                draft = batch.copy()
                draft.fill({"Status": "Posted", "PostingSequence": self._sequence})
                self.add(draft)
                for row in _transactions(draft, self._sequence, self._home_currency):
                    self._transactions.add(row)

    def _prepare(self, row: Record, user: str) -> None:
        row["DateLastEdited"] = self.clock.today()
        if row["ReadyToPost"] == "Yes" and row["Status"] == "Open":
            row["Status"] = "ReadyToPost"
        for number, journal in enumerate(row.details("JournalHeaders"), start=1):
            self._complete(row["BatchNumber"], number, journal, user)
        journals = row.details("JournalHeaders")
        row["NumberOfEntries"] = len(journals)
        row["NextEntryNumber"] = len(journals) + 1
        row["Debits"] = sum((journal["Debits"] for journal in journals), Decimal(0))
        row["Credits"] = sum((journal["Credits"] for journal in journals), Decimal(0))

    def _complete(self, batch: str, number: int, journal: Record, user: str) -> None:
        journal.fill({"BatchNumber": batch, "EntryNumber": f"{number:05}", "EnteredBy": user})
        details = journal.details("JournalDetails")
        for position, detail in enumerate(details, start=1):
            self._accounts.usable(detail["AccountNumber"], "AccountNumber")
            detail.fill({"BatchNumber": batch, "TransactionNumber": f"{position * 20:010}"})
        amounts = [detail["Amount"] for detail in details]
        if sum(amounts, Decimal(0)) != 0:
            raise Sage300Error("not-balanced", value=sum(amounts, Decimal(0)))
        journal["Debits"] = sum((amount for amount in amounts if amount > 0), Decimal(0))
        journal["Credits"] = -sum((amount for amount in amounts if amount < 0), Decimal(0))
        journal["NumberOfDetails"] = len(details)


def _transactions(batch: Record, sequence: int, home_currency: str) -> Iterator[Record]:
    count = 0
    for journal in batch.details("JournalHeaders"):
        for detail in journal.details("JournalDetails"):
            count += 1
            row = Record(POSTED_TRANSACTION, {"PostingSequenceNumber": sequence, "DetailCount": count})
            row.fill(
                {
                    "AccountNumber": detail["AccountNumber"],
                    "FiscalYear": journal["FiscalYear"],
                    "FiscalPeriod": journal["FiscalPeriod"],
                    "SourceLedgerCode": journal["SourceLedger"],
                    "SourceTypeCode": journal["SourceType"],
                    "SourceCurrencyCode": detail["SourceCurrencyCode"],
                    "JournalDate": journal["PostingDate"],
                    "DocumentDate": detail["DocumentDate"],
                    "BatchNumber": batch["BatchNumber"],
                    "JournalEntryNumber": journal["EntryNumber"],
                    "JournalTransactionNumber": int(detail["TransactionNumber"]),
                    "JournalDetailDescription": detail["Description"],
                    "JournalDetailReference": detail["Reference"],
                    "JournalTransactionAmount": detail["Amount"],
                    "SourceCurrencyAmount": detail["SourceCurrencyAmount"],
                    "HomeCurrencyCode": home_currency,
                    "DrillDownApplicationSource": journal["SourceLedger"],
                }
            )
            yield row
