"""What people do with vendors, remit-to locations and accounts; see `people` for the words."""

from __future__ import annotations

from typing import Any

from mock_servers.sage300 import shown
from mock_servers.sage300.company import Company
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import accepted
from mock_servers.sage300.schemas.ledger import ACCOUNT
from mock_servers.sage300.schemas.vendors import REMIT_TO, VENDOR
from mock_servers.sage300.wording import given, needed, optional_fields

USER = "CLERK"
Body = dict[str, Any]

_VENDOR_WORDS = {
    "name": "VendorName",
    "legal_name": "LegalName",
    "group": "GroupCode",
    "terms": "Terms",
    "status": "Status",
    "tax_group": "TaxGroup",
    "account_set": "AccountSet",
    "account": "GLAccount",
    "currency": "CurrencyCode",
    "remit_to": "PrimaryRemitToLocation",
    "bank": "BankCode",
    "payment_code": "PaymentCode",
    "reporting_type": "TaxReportingType",
    "reporting_code": "Num1099CPRSCode",
    "address": "AddressLine1",
    "city": "City",
    "country": "Country",
    "phone": "PhoneNumber",
    "email": "Email",
}
# Word -> the company's collection that knows its codes, and what they are called in a message.
_CODES = {
    "group": ("vendor_groups", "Vendor group"),
    "terms": ("terms", "Terms code"),
    "account_set": ("account_sets", "Account set"),
    "bank": ("banks", "Bank"),
    "currency": ("currencies", "Currency code"),
}
_REMIT_TO_WORDS = {"name": "RemitToName", "address": "AddressLine1", "city": "City", "country": "Country"} | {
    "status": "Status",
    "email": "Email",
}
_ACCOUNT_WORDS = {"description": "Description", "type": "AccountType", "status": "Status"}


def enter(company: Company, body: Body) -> Body:
    """Enters a vendor; the first group when none is given."""
    groups = company.vendor_groups.records()
    fields = _fields(company, body)
    sent = {"VendorNumber": needed(body, "number"), "GroupCode": groups[0]["GroupCode"], **fields}
    return shown.vendor(company, company.vendors.create(accepted(VENDOR, sent), USER))


def edit(company: Company, body: Body) -> Body:
    """Changes a vendor: whatever words are given."""
    key = (needed(body, "number"),)
    company.vendors.change(key, accepted(VENDOR, _fields(company, body)), USER)
    return shown.vendor(company, company.vendors.find(key))


def hold(company: Company, body: Body) -> Body:
    """Puts a vendor on hold."""
    return edit(company, {**body, "on_hold": True})


def release(company: Company, body: Body) -> Body:
    """Takes a vendor off hold."""
    return edit(company, {**body, "on_hold": False})


def delete(company: Company, body: Body) -> Body:
    """Deletes a vendor without open documents."""
    key = (needed(body, "number"),)
    before = company.vendors.find(key)
    company.vendors.remove(key)
    return shown.vendor(company, before)


def enter_remit_to(company: Company, body: Body) -> Body:
    """Enters an address to which a vendor's payments go."""
    vendor = company.vendors.find((needed(body, "vendor"),))
    sent = {"VendorNumber": vendor["VendorNumber"], "RemitToLocation": needed(body, "location")}
    row = company.remit_to_locations.create(accepted(REMIT_TO, sent | given(body, _REMIT_TO_WORDS)), USER)
    return shown.remit_to(company, row)


def edit_remit_to(company: Company, body: Body) -> Body:
    """Changes such an address."""
    key = (needed(body, "vendor"), needed(body, "location"))
    company.remit_to_locations.change(key, accepted(REMIT_TO, given(body, _REMIT_TO_WORDS)), USER)
    return shown.remit_to(company, company.remit_to_locations.find(key))


def enter_account(company: Company, body: Body) -> Body:
    """Opens a GL account."""
    sent = {"UnformattedAccount": needed(body, "account"), **given(body, _ACCOUNT_WORDS)}
    return shown.account(company, company.accounts.create(accepted(ACCOUNT, sent), USER))


def edit_account(company: Company, body: Body) -> Body:
    """Changes a GL account."""
    key = (needed(body, "account"),)
    company.accounts.change(key, accepted(ACCOUNT, given(body, _ACCOUNT_WORDS)), USER)
    return shown.account(company, company.accounts.find(key))


def lock_period(company: Company, body: Body) -> Body:
    """Locks a fiscal period: nothing is posted into it any more."""
    return _set_period(company, body, locked=True)


def unlock_period(company: Company, body: Body) -> Body:
    """Unlocks a fiscal period."""
    return _set_period(company, body, locked=False)


def lock_year(company: Company, body: Body) -> Body:
    """Closes a fiscal year: it is not active any more."""
    return shown.fiscal_year(company, company.calendar.set_active(str(needed(body, "year")), active=False))


def open_year(company: Company, body: Body) -> Body:
    """Opens a fiscal year again."""
    return shown.fiscal_year(company, company.calendar.set_active(str(needed(body, "year")), active=True))


def _set_period(company: Company, body: Body, *, locked: bool) -> Body:
    year, period = str(needed(body, "year")), int(needed(body, "period"))
    return shown.fiscal_year(company, company.calendar.set_locked(year, period, locked=locked))


def _fields(company: Company, body: Body) -> Body:
    for word, (books, what) in _CODES.items():
        if body.get(word) and getattr(company, books).get(body[word]) is None:
            raise Sage300Error("unknown", field=_VENDOR_WORDS[word], what=what, value=body[word])
    if body.get("remit_to"):
        company.remit_to_locations.find((needed(body, "number"), body["remit_to"]))
    fields = given(body, _VENDOR_WORDS)
    if "optional" in body:
        fields["VendorOptionalFieldValues"] = optional_fields(body)
    if "on_hold" in body:
        fields["OnHold"] = "OnHold" if body["on_hold"] else "NotOnHold"
    return fields
