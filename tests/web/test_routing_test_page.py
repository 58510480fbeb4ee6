"""The test of the rules: which one a document meets, and why."""

from __future__ import annotations

import re
from typing import Any

from tests.web.routed import TEAM, Routed, routed

__all__ = ["routed"]

NOTHING: dict[str, Any] = {"place": None, "assignee": None, "components": [], "labels": [], "priority": None}
UTILITIES = {
    "name": "Utilities",
    "when": [{"on": "vendor_group", "how": "is", "values": ["UTIL"]}],
    "then": {**NOTHING, "labels": ["util"]},
}
LARGE = {
    "name": "Large ones",
    "when": [
        {"on": "amount", "how": "at-least", "values": ["10,000"]},
        {"on": "po_number", "how": "starts-with", "values": ["po"]},
    ],
    "then": {**NOTHING, "place": TEAM},
}


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test(routed: Routed, **typed: str) -> str:
    form = {"vendor": "", "number": "", "entry": "", **typed}
    return words(routed.house.html(f"routing-test/of?{routed.where}", form))


test.__test__ = False  # type: ignore[attr-defined]  # what a person presses


def test_each_condition_that_was_tried_is_told_with_what_the_document_says(routed: Routed, invoice: Any) -> None:
    routed.settle(rules=[UTILITIES, LARGE])
    routed.document(invoice())
    told = test(routed, vendor="s26051", number=" cacp534 ")
    assert "Utilities Vendor group is UTIL TRADE No" in told
    assert "Amount is at least 10,000.00 in the document’s own currency GBP 12,109.00 Yes" in told
    assert "PO number starts with po PO-2207 Yes" in told
    assert "The rule “Large ones” decides Invoice in A team" in told
    assert "It has its issue already, AP-41" in told


def test_a_document_that_meets_no_rule_goes_where_all_go(routed: Routed, invoice: Any) -> None:
    routed.settle(rules=[UTILITIES])
    routed.document(invoice(), target_id=None, target_key=None, state="pending")
    told = test(routed, vendor="S26051", number="CACP534")
    assert "No rule holds" in told
    assert "Invoice in Accounts payable" in told
    assert "already" not in told


def test_the_issue_of_its_order_comes_before_rules(routed: Routed, invoice: Any) -> None:
    routed.settle(rules=[LARGE])
    routed.document(invoice(), content={"order_issue": {"id": "7", "key": "IT-7", "number": "PO-2207"}})
    told = test(routed, vendor="S26051", number="CACP534")
    assert "The issue of its purchase order comes first: the assignee is that of IT-7" in told


def test_a_document_that_takes_no_part_is_told_so(routed: Routed, invoice: Any) -> None:
    routed.settle(selection=[{"on": "vendor", "how": "is", "values": ["1200"]}])
    routed.document(invoice())
    told = test(routed, vendor="S26051", number="CACP534")
    assert "It takes no part, so no issue is made" in told
    assert "Vendor is 1200; it says S26051, AHR Building Consultancy Limited" in told


def test_one_of_the_latest_can_be_chosen_instead(routed: Routed, invoice: Any) -> None:
    entry = routed.document(invoice())
    assert f'<option value="{entry}">CACP534' in routed.house.html(f"routing-test?{routed.where}")
    assert "No rule holds" in test(routed, entry=str(entry))
    assert "No rule holds" in words(routed.house.html(f"routing-test?{routed.where}&entry={entry}"))


def test_a_document_that_was_never_read_is_told_so(routed: Routed, invoice: Any) -> None:
    routed.document(invoice())
    assert "No such document has been read" in test(routed, vendor="S26051", number="1")
    assert "No such document has been read" in test(routed, entry="999")
    assert "Enter the vendor’s number" in test(routed, number="CACP534")


def test_rules_that_cannot_be_used_are_told_with_their_remedy(routed: Routed, invoice: Any) -> None:
    routed.settle(rules=[{"name": "Odd", "when": [{"on": "colour", "how": "is", "values": []}], "then": NOTHING}])
    routed.document(invoice())
    told = test(routed, vendor="S26051", number="CACP534")
    assert "Open Rules, correct or delete the rule, and save" in told
