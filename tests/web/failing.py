"""Documents that have not arrived, put into the ledger for the pages that show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from plugin.store.models import Counterfoil, LedgerEntry, Stream
from sage_adapters.records import Money
from tests.web.conftest import make_invoice, make_trouble

TOO_LONG = "jira.text-too-long"
CAUSE = f"state=parked&cause={TOO_LONG}"
TEXT = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
DATE = "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"


def stream_of(house: Any) -> int:
    """One with four mapped attributes."""
    mapped = {"vendor_name": ("Vendor", TEXT), "amount": ("Amount", NUMBER), "due_date": ("Payment due", DATE)}
    mapped["description"] = ("Notes", TEXT)
    fields = [
        {
            "id": f"customfield_{n}", "name": name, "type": "x", "custom_type": kind, "searchable": True,
            "project_id": None,
        }
        for n, (name, kind) in enumerate(mapped.values())
    ]  # fmt: skip
    settings = {
        "project_id": "10000", "project_key": "AP", "project_name": "Accounts payable", "issue_type_id": "10005",
        "issue_type_name": "Invoice", "mapped_fields": fields,
    }  # fmt: skip
    mapping = {name: f"customfield_{n}" for n, name in enumerate(mapped)}
    stream: int = house.stream(integration_id=house.integration(settings=settings, mapping=mapping))
    return stream


def park_documents(house: Any, *amounts: str, code: str = TOO_LONG, **values: Any) -> list[int]:
    """Refused documents of these amounts; their ids."""
    stream = house.main().id if house.rows(Stream) else stream_of(house)
    begun = len(house.rows(LedgerEntry))
    row = {
        "state": "parked", "trouble": make_trouble(code), "trouble_code": code, "failing_since": house.now,
        "target_id": None, "target_key": None, "payload_hash": None, **values,
    }  # fmt: skip
    return [
        house.entry(stream, make_invoice(number=f"{code}-{index}", amount=Money(Decimal(amount), "GBP")), **row)
        for index, amount in enumerate(amounts, start=begun)
    ]


def told(house: Any) -> Any:
    """The last counterfoil."""
    return house.rows(Counterfoil)[-1]


def runs(house: Any) -> list[tuple[Any, ...]]:
    return [asked for asked in house.queue.asked if asked[0] == "run_stream"]
