"""Mapping beyond an attribute for each field: texts over several, and what stands for an empty value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.routed import Routed, routed

__all__ = ["routed"]

MAPPED = {"vendor_name": "customfield_1", "amount": "customfield_2"}


@pytest.fixture(autouse=True)
def fields(routed: Routed, jira_field: Any) -> None:
    routed.house.fields(
        jira_field("customfield_1", "Vendor"),
        jira_field("customfield_2", "Amount", "float"),
        jira_field("customfield_3", "Reference"),
        jira_field("customfield_4", "Share", "float"),
        jira_field("customfield_5", "Day", "datepicker"),
        jira_field("customfield_6", "Hidden", on_create_screen=False),
    )


def form(routed: Routed, **typed: str) -> dict[str, str]:
    target = routed.stream_description.into_jira
    named = {name.replace("__", "-"): value for name, value in typed.items()}
    return {**{each.name: "" for each in target.attributes}, **MAPPED, **named}


def save(routed: Routed, **typed: str) -> Any:
    return routed.house.ask(f"mapping/save?{routed.where}", form(routed, **typed)).json


def test_a_text_over_several_attributes_fills_a_field(routed: Routed) -> None:
    answer = save(routed, text__field__0="customfield_3", text__0="{vendor_name} / {number}")
    assert answer["redirect"], answer["html"]
    stream = routed.stream()
    assert stream.settings["templates"] == [{"field": "customfield_3", "text": "{vendor_name} / {number}"}]
    assert "customfield_3" in [each["id"] for each in stream.settings["mapped_fields"]]
    assert stream.mapping_version == 2


def test_what_is_saved_again_unchanged_compares_nothing(routed: Routed) -> None:
    for _ in range(2):
        save(routed, text__field__0="customfield_3", text__0="Payables", default__vendor_name="Unknown")
    assert routed.stream().mapping_version == 2
    save(routed, text__field__0="customfield_3", text__0="Payables", default__vendor_name="Nobody")
    assert routed.stream().mapping_version == 3
    save(routed)
    assert routed.stream().mapping_version == 3, "a form without these entries keeps what is stored"
    save(routed, text__field__0="", text__0="", default__vendor_name="")
    assert routed.stream().settings["templates"] == []
    assert routed.stream().settings["defaults"] == {}


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("customfield_3", "{colour}", "There is no attribute “colour”"),
        ("customfield_3", "{number", "is not closed by }"),
        ("customfield_3", "", "Enter a text"),
        ("", "Payables", "Choose the field that it fills"),
        ("customfield_1", "Payables", "Something else goes to this field as well"),
        ("customfield_4", "{vendor_name} / {number}", "cannot hold text"),
        ("customfield_4", "a lot", "cannot hold text"),
        ("customfield_5", "tomorrow", "cannot hold text"),
        ("customfield_6", "Payables", "new issues would be refused"),
        ("customfield_99", "Payables", "no longer exists in Jira"),
    ],
)
def test_a_text_that_would_be_refused_is_told_at_once_and_not_saved(
    routed: Routed, field: str, text: str, sentence: str
) -> None:
    typed = {"text__field__0": field, "text__0": text}
    assert sentence in routed.house.html(f"mapping/check?{routed.where}", form(routed, **typed))
    answer = save(routed, **typed)
    assert sentence in answer["html"]
    assert "Nothing was saved" in answer["html"]
    assert "templates" not in routed.stream().settings


@pytest.mark.parametrize(
    ("field", "text"),
    [("customfield_4", "12.5"), ("customfield_5", "2026-11-20"), ("customfield_4", "{amount}"), ("customfield_3", "x")],
)
def test_a_constant_and_an_attribute_alone_fit_fields_of_their_type(routed: Routed, field: str, text: str) -> None:
    assert save(routed, text__field__0=field, text__0=text)["redirect"]


def test_the_verdict_shows_what_the_sample_would_say(routed: Routed, invoice: Any) -> None:
    routed.document(invoice())
    typed = form(routed, text__field__0="customfield_3", text__0="{vendor_name} / {number}")
    html = routed.house.html(f"mapping/check?{routed.where}", typed)
    assert "Says “AHR Building Consultancy Limited / CACP534” for the sample." in html


def test_a_default_stands_for_an_empty_value(routed: Routed) -> None:
    save(routed, default__vendor_name="Unknown", default__amount="0")
    assert routed.stream().settings["defaults"] == {"vendor_name": "Unknown", "amount": "0"}
    html = routed.house.html(f"mapping?{routed.where}")
    assert 'name="default-vendor_name" value="Unknown"' in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"default__amount": "none"}, "“none” is not an amount like 1,234.50"),
        ({"default__due_date": "soon"}, "“soon” is not a date like 2026-11-20"),
        ({"default__vendor_name": "x" * 256}, "Jira takes 255"),
    ],
)
def test_a_default_that_its_field_could_not_hold_is_told(routed: Routed, typed: dict[str, str], sentence: str) -> None:
    assert sentence in routed.house.html(f"mapping/check?{routed.where}", form(routed, **typed))
    assert sentence in save(routed, **typed)["html"]
    assert "defaults" not in routed.stream().settings


def test_another_text_finds_room(routed: Routed) -> None:
    html = routed.house.html(f"mapping/more?{routed.where}", form(routed, text__field__0="customfield_3", text__0="x"))
    assert 'name="text-1"' in html
    assert 'name="text-0" value="x"' in html


def test_a_required_field_that_a_text_fills_is_no_trouble(routed: Routed, jira_field: Any) -> None:
    required = [jira_field("customfield_1", "Vendor"), jira_field("customfield_9", "Cost centre", required=True)]
    routed.refresh("fields:10000:10005", {"fields": required})
    missing = form(routed, amount="")
    assert "Cost centre is required" in routed.house.html(f"mapping/check?{routed.where}", missing)
    filled = form(routed, amount="", text__field__0="customfield_9", text__0="4711")
    assert "Cost centre is required" not in routed.house.html(f"mapping/check?{routed.where}", filled)
