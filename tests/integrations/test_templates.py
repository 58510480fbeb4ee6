from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.integrations.sage300_jira.attributes import ATTRIBUTES
from plugin.integrations.templates import Filled, Template, default_value, for_field
from plugin.jira import values
from plugin.jira.fields import Field, FieldKind
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble


def content(**changed: Any) -> dict[str, Any]:
    return {
        "key": "sage300:SAMLTD:1200:invoice:INV-7",
        "vendor_name": "Chloride Systems",
        "amount": "12109.5 GBP",
        "document_type": "Invoice",
        "document_date": "2026-11-20",
        "po_number": "PO-1",
        "terms": "",
        **changed,
    }


def rendered(text: str, **changed: Any) -> str:
    return Template.parse(text, ATTRIBUTES).render(content(**changed))


def field(kind: FieldKind) -> Field:
    return Field("customfield_10012", "Note", "any", kind.custom_type)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{vendor_name} / {number}", "Chloride Systems / INV-7"),
        ("{Vendor} / { INVOICE  number }", "Chloride Systems / INV-7"),
        ("{document_date}", "2026-11-20"),
        ("{amount} {currency}", "12,109.50 GBP"),
        ("From Sage 300", "From Sage 300"),
        ("  From Sage 300 ", "From Sage 300"),
        ("{{not an attribute}} {number}", "{not an attribute} INV-7"),
        ("{{constant}}", "{constant}"),
        ("", ""),
    ],
)
def test_a_template_reads_as_a_person_would_write_it(text: str, says: str) -> None:
    assert rendered(text) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{vendor_name} / {po_number} / {number}", "Chloride Systems / INV-7"),
        ("{po_number} / {number}", "INV-7"),
        ("{number} / {po_number}", "INV-7"),
        ("{vendor_name} ({po_number})", "Chloride Systems"),
        ("{vendor_name} ({po_number}) {number}", "Chloride Systems INV-7"),
        ("{vendor_name} ({po_number}) – {number}", "Chloride Systems – INV-7"),
        ("({po_number}) {number}", "INV-7"),
        ("{terms} / {po_number}", ""),
        ("PO {po_number}", ""),
        ("{vendor_name}, PO {po_number}", "Chloride Systems, PO"),
        ("{vendor_name} / {terms} / {po_number} – {number}", "Chloride Systems / INV-7"),
    ],
)
def test_what_led_to_an_empty_value_goes_with_it(text: str, says: str) -> None:
    assert rendered(text, po_number="") == says


def test_marks_at_the_ends_stay_when_their_values_are_there() -> None:
    assert rendered("[{number}] ({po_number})") == "[INV-7] (PO-1)"


@pytest.mark.parametrize(
    ("currency", "amount", "says"),
    [("USD", "1234", "1,234.00"), ("JPY", "1234", "1,234"), ("KWD", "1.5", "1.500"), ("USD", "0.125", "0.125")],
)
def test_amounts_have_the_decimals_of_their_currency_and_lose_none(currency: str, amount: str, says: str) -> None:
    assert rendered("{amount}", amount=f"{amount} {currency}") == says


def test_a_credit_note_is_negative_as_in_its_field() -> None:
    assert rendered("{amount}", document_type="Credit note", amount="5.00 GBP") == "-5.00"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{colour}", "no attribute “colour”"),
        ("{}", "no attribute “”"),
        ("{vendor_name", "“{vendor_name” is not closed"),
        ("vendor_name}", "“}” is not opened"),
        ("{vendor {name}}", "“{vendor ” is not closed|is not closed"),
        ("x" * 2_001, "at most 2,000"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Template.parse(text, ATTRIBUTES)


def test_a_broken_stored_template_tells_the_administrator_what_to_do() -> None:
    with pytest.raises(ConfigurationTrouble, match="Open Mapping"):
        Filled.from_json({"field": "customfield_10012", "text": "{colour}"}, ATTRIBUTES)


@pytest.mark.parametrize(
    ("kind", "text", "wire"),
    [
        (FieldKind.NUMBER, "12,109.50", 12109.5),
        (FieldKind.DATE, "2026-11-20", "2026-11-20"),
        (FieldKind.LABELS, "Chloride Systems", ["Chloride_Systems"]),
        (FieldKind.SELECT, "Trade", {"value": "Trade"}),
        (FieldKind.SHORT_TEXT, "12,109.50", "12,109.50"),
        (FieldKind.URL, "https://erp.example/INV-7", "https://erp.example/INV-7"),
        (FieldKind.NUMBER, "", None),
        (FieldKind.SHORT_TEXT, "", None),
    ],
)
def test_a_rendered_text_goes_into_each_type_of_field(kind: FieldKind, text: str, wire: Any) -> None:
    assert values.encode(field(kind), for_field(field(kind), text)) == wire


@pytest.mark.parametrize(("kind", "text"), [(FieldKind.NUMBER, "a lot"), (FieldKind.DATE, "tomorrow")])
def test_a_text_that_does_not_fit_its_field_is_this_documents_trouble(kind: FieldKind, text: str) -> None:
    with pytest.raises(RecordTrouble, match="is not a"):
        values.encode(field(kind), for_field(field(kind), text))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("terms", "NET30", "NET30"),
        ("amount", "1,234.50", Decimal("1234.50")),
        ("due_date", " 2026-12-31 ", date(2026, 12, 31)),
    ],
)
def test_a_default_is_a_value_of_its_attribute(name: str, text: str, value: Any) -> None:
    attribute = next(each for each in ATTRIBUTES if each.name == name)
    assert default_value(attribute, text) == value


@pytest.mark.parametrize(("name", "text"), [("amount", "nothing"), ("due_date", "31/12/2026")])
def test_a_default_that_is_no_such_value_is_refused_in_words(name: str, text: str) -> None:
    attribute = next(each for each in ATTRIBUTES if each.name == name)
    with pytest.raises(ValueError, match=r"Amount|Payment due"):
        default_value(attribute, text)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_every_text_is_a_template_or_refused_with_a_sentence(text: str) -> None:
    try:
        said = Template.parse(text, ATTRIBUTES).render(content())
    except ValueError as problem:
        said = str(problem)
        refused = True
    else:
        refused = False
    assert said == said.strip()
    assert not refused or said.endswith(".")


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_constant_with_its_braces_doubled_comes_out_as_it_was(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert Template.parse(doubled, ATTRIBUTES).render(content()) == text.strip()
