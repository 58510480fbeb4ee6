"""Vendors: what they default from their group, and when they may be deleted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.collections import Collection, Key
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.vendors import VENDOR

# Vendor property <- property of the group that supplies it.
_FROM_GROUP = {
    "AccountSet": "AccountSet",
    "CurrencyCode": "CurrencyCode",
    "RateType": "RateType",
    "BankCode": "BankCode",
    "PrintSeparateChecks": "PrintSeparateChecks",
    "DistributionSet": "DistributionSet",
    "DistributionCode": "DistributionCode",
    "DistributionType": "DistributionType",
    "GLAccount": "GeneralLedgerAccountNumber",
    "Terms": "Terms",
    "DuplicateAmountCode": "DuplicateAmountCode",
    "DuplicateDateCode": "DuplicateDateCode",
    "TaxGroup": "TaxGroup",
    "PaymentCode": "PaymentCode",
}


class Vendors(Collection):
    """The vendors of a company. `has_open_documents` tells whether one may not be deleted."""

    def __init__(self, clock: Clock, groups: Collection, has_open_documents: Callable[[str], bool]) -> None:
        super().__init__(VENDOR, clock)
        self._groups = groups
        self._has_open_documents = has_open_documents

    def create(self, values: Values, user: str) -> Record:
        """A new vendor. FieldInvalid for a group there is not; the group supplies what was not sent."""
        return super().create({**self._from_group(values), **values}, user)

    def remove(self, key: Key) -> None:
        """Deletes a vendor without open documents; General otherwise."""
        if self._has_open_documents(self.find(key)["VendorNumber"]):
            raise Sage300Error("vendor-in-use", vendor=key[0])
        super().remove(key)

    def active(self, number: str, field: str = "VendorNumber") -> Record:
        """The vendor that a document names. FieldInvalid when there is none or it is inactive."""
        if not number:
            raise Sage300Error("required", what=field)
        found = self.get(number)
        if found is None:
            raise Sage300Error("unknown", field=field, what="Vendor", value=number)
        if found["Status"] != "Active":
            raise Sage300Error("inactive", field=field, what="Vendor", value=number)
        return found

    def note_balance(self, number: str, change: Decimal, documents: int) -> None:
        """Moves what is owed to a vendor; its DateLastMaintained stays (assumed, contract section 3)."""
        vendor = self.get(number)
        if vendor is not None:
            vendor["BalanceDueInVendorCurrency"] += change
            vendor["BalanceDueInFunctionalCurrency"] += change
            vendor["NumberOfOpenInvoices"] += documents

    def _from_group(self, values: Values) -> Values:
        code = values.get("GroupCode", "")
        if not code:
            raise Sage300Error("required", what="GroupCode")
        group = self._groups.get(code)
        if group is None:
            raise Sage300Error("unknown", field="GroupCode", what="Vendor group", value=code)
        return {name: group[source] for name, source in _FROM_GROUP.items()}

    def _prepare(self, row: Record, user: str) -> None:
        super()._prepare(row, user)
        if not row["VendorName"]:
            raise Sage300Error("required", what="VendorName")
        if row["StartDate"] is None:
            row["StartDate"] = self.clock.today()
        row["ShortName"] = row["ShortName"] or row["VendorName"][:10]
        row["NumberOfOptionalFields"] = len(row.details("VendorOptionalFieldValues"))
