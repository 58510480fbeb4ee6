"""AP vendors as records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sage_adapters.records import DocumentKey, Money, Rejected, Vendor
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.filters import all_of, where
from sage_adapters.sage300.schemas import VendorSchema, load, read

RESOURCE = ("AP", "APVendors")

_ADDRESS = ("line1", "line2", "line3", "line4")
_REGISTRATIONS = tuple(f"registration{n}" for n in range(1, 6))


def list_vendors(
    client: Sage300Client, *, maintained_since: date | None = None, number_above: str | None = None
) -> Iterator[Vendor | Rejected]:
    """All vendors, or those whose data was maintained on or after a day; behind a number, in the order of numbers.

    The day has no time: ask again for the last day read, and the one before, and compare. A changed balance does
    not count as maintenance (contract sage300, section 3).
    """
    since = where("DateLastMaintained", "ge", maintained_since) if maintained_since else None
    above = where("VendorNumber", "gt", number_above) if number_above else None
    for entry in client.entries(*RESOURCE, where=all_of(since, above)):
        place = f"AP vendor {entry.get('VendorNumber', '?')}"
        yield read(VendorSchema, entry, place, lambda data: _vendor(data, client.company))


def read_vendor(client: Sage300Client, number: str) -> Vendor:
    """One vendor. RecordTrouble (sage300.record-not-found) when there is none of that number."""
    return _vendor(load(VendorSchema, client.entry(*RESOURCE, number), f"AP vendor {number}"), client.company)


def _vendor(data: dict[str, Any], company: str) -> Vendor:
    address = [data.pop(name) for name in _ADDRESS]
    registrations = [data.pop(name) for name in _REGISTRATIONS]
    balance = Money.rounded(data.pop("balance"), data["currency"])
    number = data["number"]
    return Vendor(
        key=DocumentKey(SYSTEM, company, number, "vendor", number),
        address_lines=tuple(filter(None, address)),
        tax_registrations=tuple(filter(None, registrations)),
        balance=balance,
        optional_fields={each["name"]: each["value"] for each in data.pop("optional_fields")},
        **data,
    )
