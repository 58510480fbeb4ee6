from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.integrations.conditions import WAYS, Condition, How
from plugin.integrations.sage300_jira.subjects import INVOICE_SUBJECTS
from sage_adapters.errors import ConfigurationTrouble


def content(**changed: Any) -> dict[str, Any]:
    return {
        "key": "sage300:SAMLTD:1200:invoice:INV-7",
        "vendor_name": "Chloride Systems",
        "vendor_record": {"group": "TRADE"},
        "amount": "1000.00 USD",
        "document_type": "Invoice",
        "po_number": "PO-0815",
        "lines": [{"gl_account": "600020"}, {"gl_account": "6100-30"}],
        "optional_fields": {"DEPT": "Marketing"},
        **changed,
    }


def condition(on: str, how: str, *values: str) -> Condition:
    return Condition.from_json({"on": on, "how": how, "values": list(values)}, INVOICE_SUBJECTS)


@pytest.mark.parametrize(
    ("on", "how", "values", "held"),
    [
        ("vendor", "is", ["1200"], True),
        ("vendor", "is", [" chloride  SYSTEMS "], True),
        ("vendor", "is-not", ["1200"], False),
        ("vendor_group", "is", ["util", "trade"], True),
        ("vendor_group", "is-not", ["UTIL"], True),
        ("company", "is", ["samltd"], True),
        ("account", "is", ["6100-30"], True),
        ("account", "is-not", ["6100-30"], False),
        ("account", "starts-with", ["61"], True),
        ("account", "starts-with", ["7"], False),
        ("segment:2", "is", ["30"], True),
        ("segment:3", "is", ["30"], False),
        ("segment:5-6", "is", ["20"], True),
        ("segment:1-2", "starts-with", ["61"], True),
        ("po_number", "starts-with", ["po-"], True),
        ("po_number", "is", [], False),
        ("po_number", "is-not", [], True),
        ("optional:dept", "is", ["MARKETING"], True),
        ("optional:REGION", "is", ["North"], False),
        ("optional:REGION", "is", [], True),
        ("document_type", "is", ["Credit note"], False),
        ("amount", "at-least", ["1,000"], True),
        ("amount", "at-least", ["1000.01"], False),
        ("amount", "at-most", ["1000.0"], True),
        ("amount", "is", ["1000"], True),
        ("amount", "at-least", ["900 USD"], True),
        ("amount", "at-least", ["EUR 900"], False),
        ("amount", "at-most", ["5000 EUR"], False),
        ("amount", "at-least", ["5000 EUR", "usd 900"], True),
    ],
)
def test_a_condition_holds_as_a_person_would_say(on: str, how: str, values: list[str], held: bool) -> None:
    assert condition(on, how, *values).holds(content()) is held


@pytest.mark.parametrize("on", ["vendor_group", "account", "po_number", "optional:DEPT", "segment:1", "amount"])
def test_a_document_that_does_not_say_what_is_asked_meets_nothing(on: str) -> None:
    bare = {"key": "sage300:SAMLTD:1200:invoice:INV-7"}
    values = ["1"]
    assert not condition(on, "is", *values).holds(bare)
    assert condition(on, "is-not", *values).holds(bare)
    assert condition(on, "is").holds(bare)


def test_amounts_are_compared_exactly() -> None:
    large = content(amount="9007199254740993.01 USD")
    assert condition("amount", "at-most", "900719925474099.01").holds(large) is False
    assert condition("amount", "is", "0.3").holds(content(amount="0.30 USD"))


def test_a_credit_note_counts_with_the_amount_printed_on_it() -> None:
    assert condition("amount", "at-least", "1000").holds(content(document_type="Credit note"))


@pytest.mark.parametrize(
    ("on", "how", "values", "words"),
    [
        ("vendor_group", "is", ["TRADE", "UTIL"], "Vendor group is one of TRADE, UTIL"),
        ("vendor", "is-not", ["1200"], "Vendor is not 1200"),
        ("po_number", "starts-with", ["IT"], "PO number starts with IT"),
        ("po_number", "is", [], "PO number is empty"),
        ("optional:dept", "is-not", [], "Optional field DEPT is not empty"),
        ("segment:2", "is", ["20"], "Account segment 2 is 20"),
        ("segment:5-6", "is", ["20"], "Account characters 5 to 6 is 20"),
        ("amount", "at-least", ["10000"], "Amount is at least 10,000.00 in the document’s own currency"),
        ("amount", "at-most", ["10000 usd", "9000.5 EUR"], "Amount is at most USD 10,000.00 or EUR 9,000.50"),
    ],
)
def test_a_condition_reads_as_a_sentence(on: str, how: str, values: list[str], words: str) -> None:
    assert condition(on, how, *values).in_words() == words


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "vendor",
        {},
        {"on": "vendor", "how": "is"},
        {"on": "vendor", "how": "is", "values": "1200"},
        {"on": "colour", "how": "is", "values": ["red"]},
        {"on": "colour:2", "how": "is", "values": ["red"]},
        {"on": "optional:", "how": "is", "values": ["red"]},
        {"on": "segment:two", "how": "is", "values": ["20"]},
        {"on": "segment:6-5", "how": "is", "values": ["20"]},
        {"on": "vendor", "how": "resembles", "values": ["1200"]},
        {"on": "vendor", "how": "at-least", "values": ["1200"]},
        {"on": "vendor", "how": "starts-with", "values": []},
        {"on": "amount", "how": "starts-with", "values": ["1"]},
        {"on": "amount", "how": "at-least", "values": []},
        {"on": "amount", "how": "at-least", "values": ["much"]},
        {"on": "amount", "how": "at-least", "values": ["NaN"]},
        {"on": "amount", "how": "at-least", "values": ["1e9"]},
        {"on": "amount", "how": "at-least", "values": ["1,00"]},
        {"on": "amount", "how": "at-least", "values": ["1 USD EUR"]},
        {"on": "vendor", "how": "is", "values": ["x" * 256]},
    ],
)
def test_a_broken_stored_condition_tells_the_administrator_what_to_do(stored: Any) -> None:
    with pytest.raises(ConfigurationTrouble) as caught:
        Condition.from_json(stored, INVOICE_SUBJECTS)
    assert caught.value.got
    assert "correct or remove it" in caught.value.remedy


_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)


@given(st.sampled_from(["vendor", "account", "optional:DEPT"]), st.sampled_from(WAYS["text"]), st.lists(_texts))
def test_what_is_stored_is_read_back_and_never_crashes(on: str, how: How, values: list[str]) -> None:
    try:
        made = Condition.entered(INVOICE_SUBJECTS, on, how, values)
    except ValueError as problem:
        refused = str(problem)
    else:
        refused = ""
    if refused:
        assert refused.endswith(".")
        return
    again = Condition.from_json(made.to_json(), INVOICE_SUBJECTS)
    assert again.in_words() == made.in_words()
    assert again.holds(content()) is made.holds(content())


@given(st.decimals("0", "999999999999", places=2), st.decimals("0", "999999999999", places=2))
def test_at_least_and_at_most_agree_with_arithmetic(limit: Decimal, amount: Decimal) -> None:
    document = content(amount=f"{amount:f} USD")
    assert condition("amount", "at-least", f"{limit:,f}").holds(document) is (amount >= limit)
    assert condition("amount", "at-most", f"{limit:f} USD").holds(document) is (amount <= limit)


@given(st.lists(st.sampled_from(["6100-30", "600020", "7", ""]), min_size=1), st.sampled_from(["account", "vendor"]))
def test_is_not_is_the_opposite_of_is(values: list[str], on: str) -> None:
    assert condition(on, "is", *values).holds(content()) is not condition(on, "is-not", *values).holds(content())


@pytest.mark.parametrize("on", ["vendor", "company", "amount", "po_number", "vendor_group", "account", "optional:X"])
def test_what_could_not_be_understood_says_nothing_that_is_asked(on: str) -> None:
    assert not condition(on, "is", "1").holds({"unreadable": {"VendorNumber": "1200"}})
