"""AP payment and adjustment batches, each kind numbered on its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.calendar import FiscalCalendar
from mock_servers.sage300.collections import Collection, Key, apply_values, merged
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.invoice_batches import STATUS_BY_CLIENTS, set_keys
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.payments import BATCH, PAYMENT
from mock_servers.sage300.vendors import Vendors

ZERO = Decimal(0)


class PaymentBatches(Collection):
    """The payment (PY) and adjustment (AD) batches of a company; `locked` and `sets_ready` as for invoices."""

    def __init__(
        self,
        clock: Clock,
        vendors: Vendors,
        banks: Collection,
        calendar: FiscalCalendar,
        locked: Callable[[int], bool],
        sets_ready: Callable[[], bool],
    ) -> None:
        super().__init__(BATCH, clock)
        self._vendors = vendors
        self._banks = banks
        self._calendar = calendar
        self._locked = locked
        self._sets_ready = sets_ready
        self._last_document = 0
        self.ready_since: dict[int, datetime] = {}

    def create(self, values: Values, user: str) -> Record:
        """A new batch. FieldInvalid without BatchSelector, for an unknown vendor or bank, or a date without period."""
        if "BatchSelector" not in values:
            raise Sage300Error("required", what="BatchSelector")
        batch = Record(BATCH, {"BatchDate": values.get("BatchDate") or self.clock.today()})
        self._apply(batch, values)
        batch["BatchNumber"] = 1 + max(
            (row["BatchNumber"] for row in self.records() if row["BatchSelector"] == batch["BatchSelector"]),
            default=0,
        )
        return self._store(batch, user)

    def change(self, key: Key, values: Values, user: str) -> None:
        """Changes an open batch. General when it is locked or no longer open."""
        draft = self.find(key).copy()
        number, status = draft["BatchNumber"], draft["BatchStatus"]
        if self._locked(number):
            raise Sage300Error("locked", batch=number)
        if status != "Open" and not (status == "ReadyToPost" and values.get("BatchStatus") == "Open"):
            raise Sage300Error("not-open", batch=number, status=status)
        self._apply(draft, values)
        self._keep_key(draft, key)
        self._store(draft, user)

    def _apply(self, batch: Record, values: Values) -> None:
        for name, value in values.items():
            if name == "BatchStatus":
                if value not in STATUS_BY_CLIENTS or (value == "ReadyToPost" and not self._sets_ready()):
                    raise Sage300Error("not-open", batch=batch["BatchNumber"], status=batch["BatchStatus"])
                batch[name] = value
            elif name == "PaymentsAdjustments":
                batch[name] = merged(batch.details(name), value, self._insert, self._change_entry)
            else:
                batch[name] = value

    def _insert(self, values: Values) -> Record:
        entry = Record(PAYMENT)
        self._change_entry(entry, {name: value for name, value in values.items() if name != "EntryNumber"})
        return entry

    def _change_entry(self, entry: Record, values: Values) -> None:
        for name, value in values.items():
            apply_values(entry, {name: value})
            if name == "VendorNumber":
                vendor = self._vendors.active(value)
                entry.fill(
                    {
                        "VendorPayeeName": vendor["VendorName"],
                        "VendorCurrencyCode": vendor["CurrencyCode"],
                        "PaymentCode": vendor["PaymentCode"],
                        "BankCode": vendor["BankCode"],
                    }
                )

    def _store(self, batch: Record, user: str) -> Record:
        if batch["BatchSelector"] == "PY":
            self._bank_given(batch)
        entries = batch.details("PaymentsAdjustments")
        if batch["BatchStatus"] == "ReadyToPost" and not entries:
            raise Sage300Error("empty", batch=batch["BatchNumber"])
        last = batch["LastEntryNumber"]
        for entry in entries:
            if not entry["EntryNumber"]:
                last += 1
                entry.fill({"EntryNumber": last, "EnteredBy": user})
            self._complete(batch, entry)
        batch.fill(
            {
                "LastEntryNumber": last,
                "NumberOfEntries": len(entries),
                "BatchTotal": sum((entry["CheckAmountInVendorCurrency"] for entry in entries), ZERO),
                "DateLastEdited": self.clock.today(),
            }
        )
        if batch["BatchSelector"] == "PY":
            self._note_ready(batch)
        return self.add(batch)

    def _note_ready(self, batch: Record) -> None:
        if batch["BatchStatus"] == "ReadyToPost":
            self.ready_since.setdefault(batch["BatchNumber"], self.clock.now())
        else:
            self.ready_since.pop(batch["BatchNumber"], None)

    def _bank_given(self, batch: Record) -> None:
        bank = self._banks.get(batch["BankCode"])
        if bank is None:
            reason = "unknown" if batch["BankCode"] else "required"
            raise Sage300Error(reason, field="BankCode", what="BankCode", value=batch["BankCode"])
        batch["BankCurrencyCode"] = batch["BankCurrencyCode"] or bank["StatementCurrency"]

    def _complete(self, batch: Record, entry: Record) -> None:
        self._vendors.active(entry["VendorNumber"])
        day = entry["PaymentDateAdjustmentDate"] or batch["BatchDate"]
        year, period = self._calendar.period_of(day, "PaymentDateAdjustmentDate")
        entry.fill({"PaymentDateAdjustmentDate": day, "FiscalYear": year, "FiscalPeriod": period})
        entry["BatchType"] = batch["BatchSelector"]
        entry["PostingDate"] = entry["PostingDate"] or batch["BatchDate"]
        if not entry["DocumentNumber"]:
            self._last_document += 1
            entry["DocumentNumber"] = f"{batch['BatchSelector']}{self._last_document:012}"
        applied = entry.details("AppliedPayments")
        for position, row in enumerate(applied, start=1):
            row.fill({"LineNumber": row["LineNumber"] or position * 20, "BatchType": batch["BatchSelector"]})
        if not entry["CheckAmountInVendorCurrency"]:
            paid = sum((row["PaymentAmount"] for row in applied), ZERO) or entry["TotalPrepayVendorCurrency"]
            entry.fill({"CheckAmountInVendorCurrency": paid, "CheckAmountInBankCurrency": paid})
        set_keys(entry, batch["BatchNumber"], entry["EntryNumber"])
