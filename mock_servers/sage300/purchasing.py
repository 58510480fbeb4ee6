"""Purchase orders and receipts: an order's received quantities rise with each receipt."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.calendar import FiscalCalendar
from mock_servers.sage300.collections import Numbered, apply_values
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record, Schema
from mock_servers.sage300.schemas.purchasing import ORDER, RECEIPT
from mock_servers.sage300.vendors import Vendors

ZERO = Decimal(0)
FIRST_LINE_STEP = 1000


class _Documents(Numbered):
    """What orders and receipts share: vendor, dates, day end."""

    def __init__(
        self,
        schema: Schema,
        clock: Clock,
        vendors: Vendors,
        calendar: FiscalCalendar,
        day_end_required: Callable[[], bool],
    ) -> None:
        super().__init__(schema, clock)
        self._vendors = vendors
        self._calendar = calendar
        self._day_end_required = day_end_required

    def create(self, values: Values, user: str) -> Record:
        """A new document. RecordDuplicate with a Day End text when day end has to run first."""
        if self._day_end_required():
            raise Sage300Error("day-end")
        return super().create(values, user)

    def _vendor_given(self, row: Record) -> Record:
        vendor = self._vendors.active(row["Vendor"], "Vendor")
        row.fill({"VendorName": vendor["VendorName"], "Currency": vendor["CurrencyCode"]})
        return vendor

    def _numbered(self, field: str, prefix: str, row: Record) -> None:
        if not row[field]:
            row[field] = f"{prefix}{row[self.schema.key[0]]:07}"
        elif any(other[field] == row[field] for other in self.records()):
            raise Sage300Error("duplicate-record", what=f"{field} {row[field]}")


class PurchaseOrders(_Documents):
    """The purchase orders of a company; they cannot be changed through the Web API."""

    def __init__(
        self, clock: Clock, vendors: Vendors, calendar: FiscalCalendar, day_end_required: Callable[[], bool]
    ) -> None:
        super().__init__(ORDER, clock, vendors, calendar, day_end_required)

    def numbered(self, number: str) -> Record | None:
        """The order with this purchase order number."""
        return next((row for row in self.records() if row["PurchaseOrderNumber"] == number), None)

    def receive(self, order: Record, receipt: Record) -> None:
        """Raises what was received by a receipt's lines; an item that is on two lines fills the first one first."""
        draft = order.copy()
        for received in receipt.details("ReceiptLine2s"):
            line = _line_for(draft, received["ItemNumber"])
            if line is None:  # a receipt may hold items beyond the order (Sage's own sample does)
                continue
            line["QuantityReceived"] += received["QuantityReceived"]
            received.fill(
                {
                    "PurchaseOrderSequenceKey": order["PurchaseOrderSequenceKey"],
                    "PurchaseOrderLineSequence": line["PurchaseOrderLineSequence"],
                    "UnitCost": received["UnitCost"] or line["UnitCost"],
                    "ItemDescription": received["ItemDescription"] or line["ItemDescription"],
                    "GLAccount": received["GLAccount"] or line["GLAccount"],
                }
            )
            self._settle(draft)
        self._settle(draft)
        draft["LastPostingDate"] = receipt["ReceiptDate"]
        self.add(draft)

    def edit(self, number: str, values: Values) -> Record:
        """What a person does on the order screen: changes its head, and its lines by their number."""
        draft = self.existing(number).copy()
        apply_values(draft, values)
        self._settle(draft)
        return self.add(draft)

    def take_back(self, number: str, item: str, quantity: Decimal) -> Record:
        """Goods that were received go back to the vendor: the order waits for them again. RecordNotFound."""
        draft = self.existing(number).copy()
        lines = [line for line in draft.details("PurchaseOrderLines") if line["ItemNumber"] == item]
        for line in reversed(lines):
            taken = min(quantity, line["QuantityReceived"])
            line["QuantityReceived"] -= taken
            quantity -= taken
        if not lines or quantity > 0:
            raise Sage300Error("record", what=f"A receipt of {item} on purchase order {number}")
        draft["LastPostingDate"] = self.clock.today()
        self._settle(draft)
        return self.add(draft)

    def cancel(self, number: str) -> Record:
        """Nothing more is expected: what is outstanding is canceled, and the order is complete."""
        draft = self.existing(number).copy()
        for line in draft.details("PurchaseOrderLines"):
            line["QuantityCanceled"] = max(line["QuantityOrdered"] - line["QuantityReceived"], ZERO)
        self._settle(draft)
        return self.add(draft)

    def existing(self, number: str) -> Record:
        """The order with this purchase order number. RecordNotFound."""
        order = self.numbered(number)
        if order is None:
            raise Sage300Error("record", what=f"Purchase order {number}")
        return order

    def _prepare(self, row: Record, user: str) -> None:
        vendor = self._vendor_given(row)
        row["PurchaseOrderDate"] = row["PurchaseOrderDate"] or self.clock.today()
        self._calendar.period_of(row["PurchaseOrderDate"], "PurchaseOrderDate")
        row["TermsCode"] = row["TermsCode"] or vendor["Terms"]
        row["TaxGroup"] = row["TaxGroup"] or vendor["TaxGroup"]
        row["EnteredBy"] = user
        self._numbered("PurchaseOrderNumber", "PO", row)
        for position, line in enumerate(row.details("PurchaseOrderLines"), start=1):
            line["LineNumber"] = line["LineNumber"] or position * FIRST_LINE_STEP
            line["ExpectedArrivalDate"] = line["ExpectedArrivalDate"] or row["ExpectedArrivalDate"]
            line.fill({"PurchaseOrderLineSequence": row["PurchaseOrderSequenceKey"] * 1000 + position})
            line.fill({"PurchaseOrderSequenceKey": row["PurchaseOrderSequenceKey"], "DetailNumber": position})
        self._settle(row)

    def _settle(self, row: Record) -> None:
        lines = row.details("PurchaseOrderLines")
        for line in lines:
            outstanding = line["QuantityOrdered"] - line["QuantityReceived"] - line["QuantityCanceled"]
            line["QuantityOutstanding"] = max(outstanding, ZERO)
            line["ExtendedCost"] = line["QuantityOrdered"] * line["UnitCost"]
            line["CompletionStatus"] = "Incomplete" if line["QuantityOutstanding"] else "Complete"
        total = sum((line["ExtendedCost"] for line in lines), ZERO)
        complete = bool(lines) and all(line["CompletionStatus"] == "Complete" for line in lines)
        row.fill({"NumberOfLines": len(lines), "OrderSubtotal": total, "OrderTotal": total + row["TaxTotal"]})
        row["CompletionStatus"] = "Complete" if complete else "Incomplete"
        row["DateCompleted"] = (row["DateCompleted"] or self.clock.today()) if complete else None


class Receipts(_Documents):
    """The receipts of a company. RecordNotFound for an order there is not."""

    def __init__(
        self,
        clock: Clock,
        vendors: Vendors,
        calendar: FiscalCalendar,
        day_end_required: Callable[[], bool],
        orders: PurchaseOrders,
    ) -> None:
        super().__init__(RECEIPT, clock, vendors, calendar, day_end_required)
        self._orders = orders

    def _prepare(self, row: Record, user: str) -> None:
        order = None
        if row["PurchaseOrderNumber"]:
            order = self._orders.existing(row["PurchaseOrderNumber"])
            row["Vendor"] = row["Vendor"] or order["Vendor"]
            row["PurchaseOrderSequenceKey"] = order["PurchaseOrderSequenceKey"]
        self._vendor_given(row)
        row["ReceiptDate"] = row["ReceiptDate"] or self.clock.today()
        row["PostingDate"] = row["PostingDate"] or row["ReceiptDate"]
        self._calendar.period_of(row["ReceiptDate"], "ReceiptDate")
        row["EnteredBy"] = user
        self._numbered("ReceiptNumber", "RC", row)
        lines = row.details("ReceiptLine2s")
        for position, line in enumerate(lines, start=1):
            line["LineNumber"] = line["LineNumber"] or position * FIRST_LINE_STEP
            line.fill({"ReceiptSequenceKey": row["ReceiptSequenceKey"], "ReceiptLineSequence": position})
        if order is not None:
            self._orders.receive(order, row)
        for line in lines:
            line["ExtendedCost"] = line["QuantityReceived"] * line["UnitCost"]
        total = sum((line["ExtendedCost"] for line in lines), ZERO)
        row.fill({"NumberOfLines": len(lines), "ReceiptSubtotal": total, "ReceiptTotal": total})


def _line_for(order: Record, item: str) -> Record | None:
    """The line that a receipt of this item fills: the first one that waits for it, else the last that has it."""
    lines = [line for line in order.details("PurchaseOrderLines") if line["ItemNumber"] == item]
    waiting = [line for line in lines if line["QuantityOutstanding"] > 0]
    return waiting[0] if waiting else lines[-1] if lines else None
