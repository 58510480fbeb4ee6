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
OTHER_CURRENCY = "JPY"


class PaymentBatches(Collection):
    """The payment (PY) and adjustment (AD) batches of a company; `locked` and `sets_ready` as for invoices,
    `echo` the knob payment_echo.
    """

    def __init__(
        self,
        clock: Clock,
        vendors: Vendors,
        banks: Collection,
        calendar: FiscalCalendar,
        locked: Callable[[Record], bool],
        sets_ready: Callable[[], bool],
        echo: Callable[[], str],
    ) -> None:
        super().__init__(BATCH, clock)
        self._vendors = vendors
        self._banks = banks
        self.calendar = calendar
        self._locked = locked
        self._sets_ready = sets_ready
        self._echo = echo
        self._last_document = 0
        self.ready_since: dict[int, datetime] = {}

    def create(self, values: Values, user: str) -> Record:
        """A new batch. FieldInvalid without BatchSelector, for an unknown vendor or bank, or a date without period."""
        if "BatchSelector" not in values:
            raise Sage300Error("required", what="BatchSelector")
        batch = Record(BATCH, {"BatchDate": values.get("BatchDate") or self.clock.today()})
        self._apply(batch, values)
        self._spoil(batch)
        batch["BatchNumber"] = 1 + max(
            (row["BatchNumber"] for row in self.records() if row["BatchSelector"] == batch["BatchSelector"]),
            default=0,
        )
        return self._store(batch, user)

    def change(self, key: Key, values: Values, user: str) -> None:
        """Changes an open batch. General when it is locked or no longer open."""
        draft = self.find(key).copy()
        self._check_changeable(draft, values.get("BatchStatus"))
        self._apply(draft, values)
        self._keep_key(draft, key)
        self._store(draft, user)

    def set_by_hand(self, key: Key, status: str, user: str) -> Record:
        """What a person does on the batch list, in every release: sets a batch ready to post, or opens it again."""
        draft = self.find(key).copy()
        self._check_changeable(draft, status)
        draft["BatchStatus"] = status
        return self._store(draft, user)

    def _check_changeable(self, batch: Record, wanted: str | None) -> None:
        number, status = batch["BatchNumber"], batch["BatchStatus"]
        if self._locked(batch):
            raise Sage300Error("locked", batch=number)
        if status != "Open" and not (status == "ReadyToPost" and wanted == "Open"):
            raise Sage300Error("not-open", batch=number, status=status)

    def delete(self, key: Key) -> Record:
        """What a person does in Sage: the entries go, the batch stays as Deleted."""
        draft = self.find(key).copy()
        if draft["BatchStatus"] != "Open":
            raise Sage300Error("not-open", batch=draft["BatchNumber"], status=draft["BatchStatus"])
        draft.fill({"PaymentsAdjustments": [], "BatchStatus": "Deleted", "NumberOfEntries": 0, "BatchTotal": ZERO})
        draft["DateLastEdited"] = self.clock.today()
        return self.add(draft)

    def _spoil(self, batch: Record) -> None:
        """The knob payment_echo: a POST that succeeds may lose its allocations or change its currency."""
        for entry in batch.details("PaymentsAdjustments"):
            if self._echo() == "without_allocations":
                entry["AppliedPayments"] = []
            elif self._echo() == "other_currency":
                entry["VendorCurrencyCode"] = OTHER_CURRENCY

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
                        "RemitToLocation": vendor["PrimaryRemitToLocation"],
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
        self.calendar.period_of(day, "PaymentDateAdjustmentDate")
        posted_on = entry["PostingDate"] or batch["BatchDate"]
        year, period = self.calendar.posting_period(posted_on, "PostingDate")
        entry.fill({"PaymentDateAdjustmentDate": day, "FiscalYear": year, "FiscalPeriod": period})
        entry.fill({"BatchType": batch["BatchSelector"], "PostingDate": posted_on})
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
