"""What takes part in a stream, and what was left out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.routed import Routed, routed

__all__ = ["routed"]

VENDORS = {"on": "vendor", "how": "is", "values": ["1200", "Acme, Inc."]}
MINIMUM = {"on": "amount", "how": "at-least", "values": ["1,000 USD", "900 EUR"]}
DEPARTMENT = {"on": "optional:DEPT", "how": "is-not", "values": ["TEST"]}


def form(**typed: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in typed.items()}
    return {"vendors": "", "groups": "", "minimum": "", **named}


def save(routed: Routed, **typed: str) -> Any:
    return routed.house.ask(f"selection/save?{routed.where}", form(**typed)).json


def test_what_is_typed_becomes_conditions_and_all_documents_are_compared_anew(routed: Routed) -> None:
    answer = save(
        routed,
        vendors='1200, "Acme, Inc."',
        minimum="1,000 USD; 900 EUR",
        on_0="optional",
        with_0="DEPT",
        how_0="is-not",
        values_0="TEST",
    )
    assert answer["redirect"], answer["html"]
    assert routed.stream().settings["selection"] == [VENDORS, MINIMUM, DEPARTMENT]
    assert routed.stream().mapping_version == 2


def test_saving_the_same_again_compares_nothing(routed: Routed) -> None:
    save(routed, groups="TRADE")
    save(routed, groups="TRADE")
    assert routed.stream().mapping_version == 2
    save(routed)
    assert routed.stream().settings["selection"] == []
    assert routed.stream().mapping_version == 3


def test_stored_conditions_are_shown_where_they_were_typed(routed: Routed) -> None:
    routed.settle(selection=[VENDORS, MINIMUM, DEPARTMENT])
    html = routed.house.html(f"selection?{routed.where}")
    values = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', html))
    assert values["vendors"] == "1200, &#34;Acme, Inc.&#34;"
    assert values["minimum"] == "1,000 USD; 900 EUR"
    assert (values["with-0"], values["values-0"]) == ("DEPT", "TEST")
    assert "Optional field DEPT is not TEST" in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"minimum": "a lot"}, "“a lot” is no amount"),
        ({"on_0": "vendor", "how_0": "starts-with", "values_0": ""}, "enter a value to compare with"),
        ({"site": "1"}, "does not belong to this form"),
    ],
)
def test_what_makes_no_condition_is_told_and_nothing_saved(
    routed: Routed, typed: dict[str, str], sentence: str
) -> None:
    answer = save(routed, groups="KEPT", **typed)
    assert sentence in answer["html"]
    assert 'value="KEPT"' in answer["html"]
    assert "selection" not in routed.stream().settings


def test_a_further_condition_is_told_in_words_while_it_is_typed(routed: Routed) -> None:
    html = routed.house.html(
        f"selection/check?{routed.where}", form(on_0="po_number", how_0="starts-with", values_0="IT")
    )
    assert "PO number starts with IT" in html
    more = routed.house.html(f"selection/more?{routed.where}", form(on_0="vendor", values_0="1200", groups="KEPT"))
    assert 'name="on-2"' in more
    assert 'value="KEPT"' in more


def test_what_is_left_out_is_counted_and_listed_with_the_reason(routed: Routed, invoice: Any) -> None:
    routed.settle(selection=[{"on": "amount", "how": "at-least", "values": ["20,000"]}])
    entry = routed.document(invoice(), state="left-out", target_id=None, target_key=None)
    routed.document(invoice(number="IN-STEP"))
    html = routed.house.html(f"selection?{routed.where}")
    assert "1 invoice is left out" in html
    assert f'data-route="failure?entry={entry}">CACP534</a>' in html
    assert "Amount is at least 20,000.00 in the document’s own currency" in html
    assert "It says GBP 12,109.00." in html
    assert "IN-STEP" not in html


def test_what_nothing_leaves_out_any_more_is_told_to_come(routed: Routed, invoice: Any) -> None:
    routed.document(invoice(), state="left-out", target_id=None, target_key=None)
    assert "the next run brings it" in routed.house.html(f"selection?{routed.where}")


def test_many_that_are_left_out_come_page_by_page(routed: Routed, invoice: Any) -> None:
    for number in range(51):
        routed.document(invoice(number=f"N-{number:02}"), state="left-out", target_id=None, target_key=None)
    html = routed.house.html(f"selection?{routed.where}")
    assert "51 invoices are left out" in html
    assert "N-49<" in html
    assert "N-50<" not in html
    following = re.search(r'id="next"[^>]*data-route="([^"]+)"', html)
    assert following
    rest = routed.house.html(following[1].replace("&amp;", "&"))
    assert "N-50<" in rest
    assert "N-49<" not in rest


def test_the_page_of_a_document_that_is_left_out_opens(routed: Routed, invoice: Any) -> None:
    entry = routed.document(invoice(), state="left-out", target_id=None, target_key=None)
    assert "CACP534" in routed.house.html(f"failure?entry={entry}")
