"""Purchase tax on a distribution line, by the entry's tax group."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from mock_servers.sage300.collections import Collection
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Record

PURCHASES = "Purchases"
TAXED_CLASS = 1  # other item classes are exempt in this company's rate tables
AUTHORITIES = range(1, 6)


class Taxes:
    """Tax groups with up to five authorities, each with a rate in percent."""

    def __init__(self, groups: Collection, authorities: Collection, rates: Collection) -> None:
        self.groups = groups
        self.authorities = authorities
        self.rates = rates

    def set_group(self, entry: Record) -> None:
        """Sets an entry's authorities and classes from its tax group. FieldInvalid for one there is not."""
        group = self.groups.get(entry["TaxGroup"], PURCHASES)
        if group is None:
            raise Sage300Error("unknown", field="TaxGroup", what="Tax group", value=entry["TaxGroup"])
        entry["TaxGroupDescription"] = group["Description"]
        for number in AUTHORITIES:
            authority = group[f"TaxAuthority{number}"]
            if authority or entry[f"TaxAuthority{number}"]:
                entry[f"TaxAuthority{number}"] = authority
                entry[f"TaxClass{number}"] = TAXED_CLASS if authority else 0

    def set_line(self, entry: Record, line: Record, decimals: int) -> None:
        """Computes a line's tax per authority, rounded half up to the currency's decimals."""
        for number in AUTHORITIES:
            authority = entry[f"TaxAuthority{number}"]
            if not authority:
                line.values.pop(f"TaxAmount{number}", None)
                continue
            if not line[f"TaxClass{number}"]:
                line[f"TaxClass{number}"] = entry[f"TaxClass{number}"]
            rate = self._rate(authority) if line[f"TaxClass{number}"] == TAXED_CLASS else Decimal(0)
            line[f"TaxAmount{number}"] = rounded(line["DistributedAmount"] * rate / 100, decimals)

    def _rate(self, authority: str) -> Decimal:
        found = self.rates.get(authority, PURCHASES, 1)
        return Decimal(found["TaxRate1"]) if found is not None else Decimal(0)


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """An amount in a currency's decimals, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
