"""What rules and selections can ask of documents of Sage 300."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from plugin.integrations.attributes import AMOUNT, Content, key_of
from plugin.integrations.conditions import Family, Subject, Subjects
from sage_adapters.records import Money


def _of_key(part: str) -> Callable[[Content], str]:
    """What could not be understood has no key."""
    return lambda content: str(getattr(key_of(content), part)) if content.get("key") else ""


def _vendor(content: Content) -> list[str]:
    return [content.get("vendor_number") or _of_key("vendor")(content), content.get("vendor_name") or ""]


def _vendor_group(content: Content) -> str:
    """ "" as long as the vendor's own record is not known."""
    return str((content.get("vendor_record") or {}).get("group") or "")


def _amount(content: Content) -> Money | None:
    """As printed: a credit note of 100 says 100."""
    return Money.from_text(content["amount"]) if content.get("amount") else None


def _accounts(content: Content) -> list[str]:
    return [line.get("gl_account") or "" for line in content.get("lines") or ()]


def _text(name: str) -> Callable[[Content], str]:
    return lambda content: str(content.get(name) or "")


def _optional(name: str) -> Subject:
    if not name:
        raise ValueError("Enter the name of the optional field as Sage 300 has it, for example DEPT.")
    return Subject(f"optional:{name}", f"Optional field {name.upper()}", "text", partial(_optional_value, name))


def _optional_value(name: str, content: Content) -> str:
    fields = content.get("optional_fields") or {}
    return next((str(value) for each, value in fields.items() if each.casefold() == name.casefold()), "")


_SEPARATORS = re.compile(r"[^0-9A-Za-z]+")
_SEGMENT = re.compile(r"([1-9]\d?)(?: ?[-–] ?([1-9]\d?))?")


def _segment(parameter: str) -> Subject:
    """Documents hold accounts without separators as a rule (contract sage300, section 4, GL), and how long segments are
    differs between accounts, so that a segment can be named by the characters it takes."""
    named = _SEGMENT.fullmatch(parameter)
    first, last = (int(named[1]), int(named[2] or 0)) if named else (0, 0)
    if not named or (named[2] and last < first):
        raise ValueError(
            f"“{parameter}” is no segment. Enter its number where accounts have separators (2 for 20 in 6000-20), or "
            "the characters that it takes (5-6 for 20 in 600020)."
        )
    if not named[2]:
        return Subject(f"segment:{first}", f"Account segment {first}", "texts", partial(_parts, first))
    return Subject(
        f"segment:{first}-{last}", f"Account characters {first} to {last}", "texts", partial(_slices, first, last)
    )


def _parts(number: int, content: Content) -> list[str]:
    split = (_SEPARATORS.split(account.strip()) for account in _accounts(content))
    return [parts[number - 1] for parts in split if len(parts) >= number]


def _slices(first: int, last: int, content: Content) -> list[str]:
    return [_SEPARATORS.sub("", account)[first - 1 : last] for account in _accounts(content)]


VENDOR = Subject("vendor", "Vendor", "texts", _vendor)
VENDOR_GROUP = Subject("vendor_group", "Vendor group", "text", _vendor_group)
COMPANY = Subject("company", "Company", "text", _of_key("company"))
ACCOUNT = Subject("account", "Account of any line", "texts", _accounts)
AMOUNT_PRINTED = Subject(AMOUNT, "Amount", "amount", _amount)
DOCUMENT_TYPE = Subject("document_type", "Document type", "text", _text("document_type"))
SEGMENT = Family("segment", "Account segment", "number, or characters like 5-6", "texts", _segment)
OPTIONAL = Family("optional", "Optional field", "name, like DEPT", "text", _optional)

INVOICE_SUBJECTS = Subjects(
    (
        VENDOR,
        VENDOR_GROUP,
        COMPANY,
        ACCOUNT,
        AMOUNT_PRINTED,
        Subject("po_number", "PO number", "text", _text("po_number")),
        DOCUMENT_TYPE,
    ),
    (SEGMENT, OPTIONAL),
)
ORDER_SUBJECTS = Subjects(
    (
        VENDOR,
        VENDOR_GROUP,
        COMPANY,
        ACCOUNT,
        AMOUNT_PRINTED,
        Subject("po_number", "PO number", "text", _of_key("number")),
    ),
    (SEGMENT,),
)
RECEIPT_SUBJECTS = Subjects(
    (VENDOR, VENDOR_GROUP, COMPANY, AMOUNT_PRINTED, Subject("po_number", "PO number", "text", _text("po_number")))
)
