from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from plugin.jira import adf, values
from plugin.jira.fields import Field, FieldKind
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble
from sage_adapters.records import Money


def field(kind: FieldKind) -> Field:
    return Field("customfield_10012", "Amount", "any", kind.custom_type)


@pytest.mark.parametrize(
    ("kind", "value", "wire"),
    [
        (FieldKind.SHORT_TEXT, "CACP534", "CACP534"),
        (FieldKind.SHORT_TEXT, " two\r\nlines\tand  more ", "two lines\tand  more"),
        (FieldKind.SHORT_TEXT, Money(Decimal("12109.00"), "GBP"), "12109.00"),
        (FieldKind.SHORT_TEXT, date(2021, 2, 7), "2021-02-07"),
        (FieldKind.SHORT_TEXT, True, "Yes"),
        (FieldKind.NUMBER, Money(Decimal("-0.10"), "GBP"), -0.1),
        (FieldKind.NUMBER, Decimal("12109.00"), 12109.0),
        (FieldKind.NUMBER, Decimal("99999999999.99"), 99999999999.99),
        (FieldKind.NUMBER, 7, 7.0),
        (FieldKind.DATE, date(2021, 2, 7), "2021-02-07"),
        (FieldKind.SELECT, "Posted", {"value": "Posted"}),
        (FieldKind.LABELS, "On hold", ["On_hold"]),
        (FieldKind.URL, "https://erp.example/doc?id=1", "https://erp.example/doc?id=1"),
        (FieldKind.PARAGRAPH, "a\nb", adf.doc(adf.paragraph("a"), adf.paragraph("b"))),
        (FieldKind.NUMBER, None, None),
        (FieldKind.SHORT_TEXT, "", None),
    ],
)
def test_values_are_written_as_jira_wants_them(kind: FieldKind, value: values.Value, wire: Any) -> None:
    assert values.encode(field(kind), value) == wire


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldKind.NUMBER, "12,109.00"),
        (FieldKind.NUMBER, True),
        (FieldKind.NUMBER, Decimal("12345678901234567.89")),
        (FieldKind.DATE, "07/02/2021"),
        (FieldKind.URL, "javascript:alert(1)"),
        (FieldKind.URL, "not a link"),
        (FieldKind.SELECT, "x" * 256),
        (FieldKind.PARAGRAPH, "x" * 40_000),
    ],
)
def test_a_value_the_field_cannot_hold_is_this_documents_trouble(kind: FieldKind, value: values.Value) -> None:
    with pytest.raises(RecordTrouble, match=r"Amount \(customfield_10012\)"):
        values.encode(field(kind), value)


def test_a_text_too_long_names_field_length_and_limit() -> None:
    assert values.encode(field(FieldKind.SHORT_TEXT), "x" * 255) == "x" * 255
    with pytest.raises(RecordTrouble) as caught:
        values.encode(field(FieldKind.SHORT_TEXT), "x" * 312)
    assert "Amount (customfield_10012). The text has 312 characters, and Jira takes 255" in str(caught.value)


@pytest.mark.parametrize("kind", [FieldKind.DATE_AND_TIME, None])
def test_a_field_we_cannot_fill_is_a_matter_of_the_mapping(kind: FieldKind | None) -> None:
    custom_type = kind.custom_type if kind else "com.example:rating"
    with pytest.raises(ConfigurationTrouble):
        values.encode(Field("customfield_1", "Rating", "any", custom_type), date(2021, 2, 7))


def test_an_instant_is_no_date() -> None:
    with pytest.raises(TypeError):
        values.encode(field(FieldKind.DATE), datetime(2021, 2, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("kind", "wanted", "current", "equal"),
    [
        (FieldKind.NUMBER, 12109.1, Decimal("12109.10"), True),
        (FieldKind.NUMBER, 12109.0, 12109, True),
        (FieldKind.NUMBER, 0.1, Decimal("0.2"), False),
        (FieldKind.NUMBER, None, None, True),
        (FieldKind.NUMBER, 0.0, None, False),
        (FieldKind.SHORT_TEXT, "a", "a ", True),
        (FieldKind.SHORT_TEXT, None, "", True),
        (FieldKind.SHORT_TEXT, "a", "A", False),
        (FieldKind.SELECT, {"value": "Open"}, {"self": "x", "value": "Open", "id": "1"}, True),
        (FieldKind.SELECT, {"value": "Open"}, None, False),
        (FieldKind.LABELS, ["a"], ["a"], True),
        (FieldKind.LABELS, None, [], True),
        (FieldKind.DATE, "2021-02-07", "2021-02-07", True),
    ],
)
def test_an_unchanged_value_is_recognised(kind: FieldKind, wanted: Any, current: Any, equal: bool) -> None:
    assert values.same(field(kind), wanted, current) is equal


def test_a_document_is_compared_by_what_it_says() -> None:
    wanted = values.encode(field(FieldKind.PARAGRAPH), "Net 30")
    shown = {"type": "doc", "version": 1, "content": [dict(adf.paragraph("Net 30"), attrs={"localId": "x"})]}
    assert values.same(field(FieldKind.PARAGRAPH), wanted, shown)


@pytest.mark.parametrize(
    ("kind", "current", "value"),
    [
        (FieldKind.DATE, "2021-02-07", date(2021, 2, 7)),
        (FieldKind.NUMBER, Decimal("5.10"), Decimal("5.10")),
        (FieldKind.LABELS, ["b", "a"], "a, b"),
        (FieldKind.SELECT, {"value": "Open"}, "Open"),
        (FieldKind.SHORT_TEXT, None, None),
    ],
)
def test_a_field_is_read_back(kind: FieldKind, current: Any, value: Any) -> None:
    assert values.decode(field(kind), current) == value


def test_a_short_summary_stays() -> None:
    assert values.summary("AHR Building  Consultancy\nCACP534") == "AHR Building Consultancy CACP534"


@pytest.mark.parametrize("words", ["word " * 80, "x" * 300, "😀" * 200, "a, " * 120])
def test_a_long_summary_is_shortened_with_an_ellipsis(words: str) -> None:
    short = values.summary(words)
    assert short.endswith("…")
    assert not short.endswith((" …", ",…"))
    assert 225 <= len(short.encode("utf-16-le")) // 2 <= 255
