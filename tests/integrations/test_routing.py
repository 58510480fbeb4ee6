from __future__ import annotations

from typing import Any

import pytest

from plugin.integrations.routing import Chosen, Rule, Trial, route, rules_from_json
from plugin.integrations.sage300_jira.subjects import INVOICE_SUBJECTS
from sage_adapters.errors import ConfigurationTrouble

PLACE = {
    "project_id": "10001",
    "project_key": "IT",
    "project_name": "Information technology",
    "issue_type_id": "7",
    "issue_type_name": "Invoice",
}
DOCUMENT = {
    "key": "sage300:SAMLTD:1200:invoice:INV-7",
    "vendor_name": "Chloride Systems",
    "vendor_record": {"group": "UTIL"},
    "amount": "12000.00 USD",
    "po_number": "IT-0815",
    "lines": [{"gl_account": "6000"}],
}


def rule(name: str, *when: tuple[str, str, str], **then: Any) -> dict[str, Any]:
    return {"name": name, "when": [{"on": a, "how": b, "values": [c]} for a, b, c in when], "then": then}


def test_the_first_rule_whose_conditions_all_hold_decides() -> None:
    stored = [
        rule("Trade", ("vendor_group", "is", "TRADE")),
        rule("Large utilities", ("vendor_group", "is", "UTIL"), ("amount", "at-least", "50000")),
        rule("Orders of IT", ("po_number", "starts-with", "it-"), labels=["it"]),
        rule("The rest"),
    ]
    decision = route(rules_from_json(stored, INVOICE_SUBJECTS), DOCUMENT)

    assert decision.rule is not None
    assert decision.rule.name == "Orders of IT"
    assert decision.tested == (
        Trial("Trade", "Vendor group is TRADE", False, "UTIL"),
        Trial("Large utilities", "Vendor group is UTIL", True, "UTIL"),
        Trial(
            "Large utilities",
            "Amount is at least 50,000.00 in the document’s own currency",
            False,
            "USD 12,000.00",
        ),
        Trial("Orders of IT", "PO number starts with it-", True, "IT-0815"),
    )


def test_a_rule_without_conditions_is_for_every_document() -> None:
    decision = route([Rule.from_json(rule("The rest"), INVOICE_SUBJECTS)], DOCUMENT)
    assert decision.rule
    assert decision.tested == (Trial("The rest", "Every document", True, ""),)


def test_without_a_rule_that_holds_nothing_is_decided() -> None:
    decision = route([Rule.from_json(rule("Trade", ("vendor_group", "is", "TRADE")), INVOICE_SUBJECTS)], DOCUMENT)
    assert decision.rule is None
    assert [each.held for each in decision.tested] == [False]


def test_a_rule_says_everything_about_the_new_issue() -> None:
    then = Rule.from_json(
        rule(
            "All",
            place=PLACE,
            assignee={"id": "712020:ada", "name": "Ada"},
            components=[{"id": "1", "name": "Payables"}],
            labels=["finance"],
            priority={"id": "2", "name": "High"},
        ),
        INVOICE_SUBJECTS,
    ).then
    assert str(then.place) == "Invoice in IT"
    assert then.assignee == Chosen("712020:ada", "Ada")
    assert then.components == (Chosen("1", "Payables"),)
    assert then.labels == ("finance",)
    assert then.priority == Chosen("2", "High")


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"name": "Broken", "when": []},
        {"name": "Broken", "when": None, "then": {}},
        {"name": "Broken", "when": [{"on": "colour", "how": "is", "values": []}], "then": {}},
        {"name": "Broken", "when": [], "then": {"place": {"project_id": "1"}}},
        {"name": "Broken", "when": [], "then": {"assignee": "Ada"}},
        {"name": "Broken", "when": [], "then": []},
        "Broken",
        None,
    ],
)
def test_a_broken_rule_is_named_and_its_page_too(stored: Any) -> None:
    with pytest.raises(ConfigurationTrouble, match="Open Rules") as caught:
        rules_from_json([stored], INVOICE_SUBJECTS)
    assert "Broken" in caught.value.tried or "without a name" in caught.value.tried
