"""What the vendor's own record tells, on every document of that vendor.

A document keeps the vendor's name as it was printed on it; once the vendor's record is known, its name of today is
shown. Without that record all else is empty.
"""

from __future__ import annotations

from collections.abc import Callable

from plugin.integrations.attributes import Attribute, Content
from plugin.jira.fields import AttributeType
from plugin.jira.values import Value


def vendor_name(content: Content) -> str:
    return str(_record(content).get("name") or content.get("vendor_name") or "")


def _record(content: Content) -> Content:
    return content.get("vendor_record") or {}


def _said(name: str) -> Callable[[Content], Value]:
    return lambda content: _record(content).get(name) or ""


def _on_hold(content: Content) -> bool | None:
    return bool(_record(content)["on_hold"]) if _record(content) else None


def _status(content: Content) -> str:
    record = _record(content)
    return ("Active" if record["active"] else "Inactive") if record else ""


VENDOR_NAME = Attribute("vendor_name", "Vendor", AttributeType.TEXT, vendor_name)
VENDOR_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("vendor_group", "Vendor group", AttributeType.TEXT, _said("group")),
    Attribute("vendor_terms", "Vendor terms", AttributeType.TEXT, _said("terms")),
    Attribute("vendor_on_hold", "Vendor on hold", AttributeType.BOOLEAN, _on_hold),
    Attribute("vendor_status", "Vendor status", AttributeType.TEXT, _status),
    Attribute("vendor_currency", "Vendor currency", AttributeType.TEXT, _said("currency")),
    Attribute("vendor_1099_code", "1099 or CPRS code", AttributeType.TEXT, _said("reporting_code")),
)
