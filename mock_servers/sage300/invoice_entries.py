"""One AP invoice entry: what each property brings with it, and what Sage computes.

Properties take effect in the order in which they come: a vendor sent after a due date overwrites it with the
vendor's terms (contract sage300, section 5).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from mock_servers.sage300.calendar import FiscalCalendar
from mock_servers.sage300.collections import Collection, apply_values, merged
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.ledger import Accounts
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import ENTRY, LINE, SCHEDULE
from mock_servers.sage300.taxes import AUTHORITIES, Taxes
from mock_servers.sage300.vendors import Vendors

LINE_STEP = 20
ZERO = Decimal(0)

_TRANSACTION_TYPES = {
    "Invoice": "InvoiceSummaryEntered",
    "DebitNote": "DebitNoteSummaryEntered",
    "CreditNote": "CreditNoteSummaryEntered",
    "Interest": "InterestCharge",
}
# Entry property <- vendor property that supplies it.
_FROM_VENDOR = {
    "VendorName": "VendorName",
    "VendorGroupCode": "GroupCode",
    "AddressLine1": "AddressLine1",
    "City": "City",
    "StateProvince": "StateProvince",
    "ZipPostalCode": "ZipPostalCode",
    "Country": "Country",
    "ContactName": "ContactName",
    "PhoneNumber": "PhoneNumber",
    "Email": "Email",
    "AccountSet": "AccountSet",
    "CurrencyCode": "CurrencyCode",
    "RateType": "RateType",
    "RemitToLocation": "PrimaryRemitToLocation",
    "TaxGroup": "TaxGroup",
    "Terms": "Terms",
}


class EntryRules:
    """Makes, changes and completes entries from a company's vendors, terms, taxes, accounts and calendar."""

    def __init__(
        self,
        vendors: Vendors,
        accounts: Accounts,
        calendar: FiscalCalendar,
        taxes: Taxes,
        masters: dict[str, Collection],
    ) -> None:
        self._vendors = vendors
        self._accounts = accounts
        self._calendar = calendar
        self._taxes = taxes
        self._masters = masters
        self._effects: dict[str, Callable[[Record], None]] = {
            "VendorNumber": self._vendor_given,
            "DocumentType": self._type_given,
            "DocumentDate": self._document_date_given,
            "Terms": self._terms_given,
            "TaxGroup": self._taxes.set_group,
            "AccountSet": self._account_set_given,
        }

    def new(self, values: Values, batch: Record, user: str) -> Record:
        """A new entry of a batch, complete but for its numbers."""
        entry = Record(ENTRY, {"EnteredBy": user, "PostingDate": batch["BatchDate"]})
        entry["DocumentDate"] = batch["BatchDate"]
        self._document_date_given(entry)
        self.change(entry, {name: value for name, value in values.items() if name != "EntryNumber"})
        return entry

    def change(self, entry: Record, values: Values) -> None:
        """Applies what was sent in its order, then computes the rest. FieldInvalid for what cannot be."""
        for name, value in values.items():
            if name == "InvoiceDetails":
                entry[name] = self._lines(entry, value)
            elif entry.schema.properties[name].details is not None:
                apply_values(entry, {name: value})
            else:
                entry[name] = value
                effect = self._effects.get(name)
                if effect is not None:
                    effect(entry)
        self.complete(entry)

    def complete(self, entry: Record) -> None:
        """Checks an entry and computes taxes, totals, period and the payment schedule."""
        self._vendors.active(entry["VendorNumber"])
        if not entry["DocumentNumber"]:
            raise Sage300Error("required", what="DocumentNumber")
        self._calendar.period_of(entry["DocumentDate"], "DocumentDate")
        entry["FiscalYear"], entry["FiscalPeriod"] = self._calendar.posting_period(entry["PostingDate"], "PostingDate")
        for line in entry.details("InvoiceDetails"):
            self._complete_line(entry, line)
        self._total(entry)
        self._schedule(entry)
        entry["NumberOfDetails"] = len(entry.details("InvoiceDetails"))
        if entry.details("InvoiceOptionalFields"):
            entry["NumberOfOptionalFields"] = len(entry.details("InvoiceOptionalFields"))

    def _vendor_given(self, entry: Record) -> None:
        vendor = self._vendors.active(entry["VendorNumber"])
        entry.fill({name: vendor[source] for name, source in _FROM_VENDOR.items() if vendor[source]})
        self._account_set_given(entry)
        if entry["TaxGroup"]:
            self._taxes.set_group(entry)
        self._terms_given(entry)

    def _type_given(self, entry: Record) -> None:
        entry["TransactionType"] = _TRANSACTION_TYPES[entry["DocumentType"]]

    def _document_date_given(self, entry: Record) -> None:
        entry["AsOfDate"] = entry["RateDate"] = entry["DocumentDate"]
        self._terms_given(entry)

    def _account_set_given(self, entry: Record) -> None:
        account_set = self._masters["account_sets"].get(entry["AccountSet"])
        if account_set is None and entry["AccountSet"]:
            raise Sage300Error("unknown", field="AccountSet", what="Account set", value=entry["AccountSet"])
        entry["AcctSetDescription"] = account_set["Description"] if account_set is not None else ""

    def _terms_given(self, entry: Record) -> None:
        if not entry["Terms"] or entry["DocumentDate"] is None:
            return
        terms = self._masters["terms"].get(entry["Terms"])
        if terms is None:
            raise Sage300Error("unknown", field="Terms", what="Terms code", value=entry["Terms"])
        entry["TermsDescription"] = terms["Description"]
        steps = terms.details("TermsPaymentSchedule")
        days = steps[0]["DueNumberOfDays"] if steps else 0
        entry["DueDate"] = entry["DocumentDate"] + timedelta(days=days)

    def _lines(self, entry: Record, sent: list[Values]) -> list[Record]:
        lines = entry.details("InvoiceDetails")
        highest = max((line["LineNumber"] for line in lines), default=0)

        def insert(values: Values) -> Record:
            nonlocal highest
            highest += LINE_STEP
            line = Record(LINE)
            self._change_line(line, values)
            line["LineNumber"] = highest
            return line

        return merged(lines, sent, insert, self._change_line)

    def _change_line(self, line: Record, values: Values) -> None:
        for name, value in values.items():
            apply_values(line, {name: value})
            if name == "DistributionCode" and value:
                code = self._masters["distribution_codes"].get(value)
                if code is None:
                    raise Sage300Error("unknown", field=name, what="Distribution code", value=value)
                line.fill({"GLAccount": code["GLAccount"], "DistributionDescription": code["Description"]})

    def _complete_line(self, entry: Record, line: Record) -> None:
        if not line["GLAccount"]:
            vendor = self._vendors.active(entry["VendorNumber"])
            if vendor["DistributionType"] == "DistributionCode":
                self._change_line(line, {"DistributionCode": vendor["DistributionCode"]})
            else:
                line["GLAccount"] = vendor["GLAccount"]
        account = self._accounts.usable(line["GLAccount"], "GLAccount")
        line.fill({"GLAccount": account["UnformattedAccount"], "AccountDescription": account["Description"]})
        if entry["TaxAmountControl"] == "Calculate":
            self._taxes.set_line(entry, line, self.decimals(entry["CurrencyCode"]))
        tax = sum((line[f"TaxAmount{number}"] for number in AUTHORITIES), ZERO)
        if tax or line["TaxTotal"]:
            line["TaxTotal"] = line["TaxAllocatedTotal"] = tax
        line["DistributedAmountBeforeTaxes"] = line["DistributedAmount"]
        line["GLDistributedAmount"] = line["DistributedAmount"] + tax

    def _total(self, entry: Record) -> None:
        lines = entry.details("InvoiceDetails")
        net = sum((line["DistributedAmount"] for line in lines), ZERO)
        if entry["TaxAmountControl"] == "Calculate":
            for number in AUTHORITIES:
                if entry[f"TaxAuthority{number}"]:
                    entry[f"TaxBase{number}"] = net
                    entry[f"TaxAmount{number}"] = sum((line[f"TaxAmount{number}"] for line in lines), ZERO)
        tax = sum((entry[f"TaxAmount{number}"] for number in AUTHORITIES), ZERO)
        gross = entry["DocumentTotalIncludingTax"]
        entry.fill(
            {
                "TaxTotal": tax,
                "Taxable": "Yes" if tax else "No",
                "DistributedTotalBeforeTaxes": net,
                "DistributedTotalIncludingTax": net + tax,
                "DocumentTotalBeforeTaxes": gross - tax,
                "UndistributedAmount": gross - net - tax,
            }
        )

    def _schedule(self, entry: Record) -> None:
        due = total_of(entry)
        payment = Record(SCHEDULE, {"PaymentNumber": 1, "DueDate": entry["DueDate"]})
        payment.fill({"AmountDue": due, "FunctionalAmountDue": due, "DiscountDate": entry["DiscountDate"]})
        entry["InvoicePaymentSchedules"] = [payment]
        entry.fill({"NumberOfScheduledPayments": 1, "SourceAmountDue": due, "FunctionalAmountDue": due})

    def decimals(self, currency: str) -> int:
        """How many decimals a currency has; two when the company does not know it."""
        found = self._masters["currencies"].get(currency)
        return int(found["DecimalPlaces"][-1]) if found is not None else 2


def total_of(entry: Record) -> Decimal:
    """What a document is for: its stated total, or the distributed one where none was stated."""
    total: Decimal = entry["DocumentTotalIncludingTax"] or entry["DistributedTotalIncludingTax"]
    return total


def signed_total_of(entry: Record) -> Decimal:
    """The same, negative for a credit note."""
    return -total_of(entry) if entry["DocumentType"] == "CreditNote" else total_of(entry)
