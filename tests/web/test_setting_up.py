"""From a connection to a started integration: project, mapping, schedule."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plugin.integrations.sage300_jira import PRODUCT
from plugin.store.models import Integration, Snapshot, Stream

Fields = Callable[..., dict[str, Any]]


def unmapped(**choices: str) -> dict[str, str]:
    return {each.name: "" for each in PRODUCT.main.into_jira.attributes} | choices


def snapshot(house: Any, subject: str) -> Any:
    with house.parts.database.reading(house.site_id) as session:
        return session.scalars(select(Snapshot).where(Snapshot.subject == subject)).one()


def test_opening_the_target_asks_for_projects_that_are_not_known(house: Any) -> None:
    connection = house.connection()
    route = house.ask(f"target/open?connection={connection}", {}).json["redirect"]
    assert house.queue.asked == [("read_projects", house.site_id)]
    html = house.html(route)
    assert "Reading the projects" in html
    assert f"target/area?connection={connection}" in html


def test_projects_read_lately_are_not_read_again(house: Any) -> None:
    house.projects()
    house.ask(f"target/open?connection={house.connection()}", {})
    assert house.queue.asked == []


def test_old_projects_stay_choosable_when_a_new_reading_fails(house: Any, trouble: Any) -> None:
    house.projects(trouble=trouble("jira.forbidden", "configuration", got="Jira refused.", remedy="Allow it."))
    html = house.html(f"target?connection={house.connection()}")
    assert "Jira refused." in html
    assert "Allow it." in html
    assert "Accounts payable (AP)" in html


def test_without_any_project_the_page_says_what_to_do(house: Any) -> None:
    house.projects(body={"projects": []})
    assert "Create a project" in house.html(f"target?connection={house.connection()}")


def test_choosing_a_project_offers_its_issue_types(house: Any) -> None:
    house.projects()
    connection = house.connection()
    html = house.html(f"target/types?connection={connection}", {"project": "10000", "issue_type": ""})
    assert ">Invoice<" in html
    assert ">Task<" in html
    assert house.rows(Integration) == []


def test_a_chosen_target_makes_the_integration_and_reads_its_fields(house: Any) -> None:
    house.projects()
    connection = house.connection()
    answer = house.ask(f"target/save?connection={connection}", {"project": "10000", "issue_type": "10005"}).json
    assert house.row(Integration).kind == "sage300_jira"
    assert house.main().settings["project_key"] == "AP"
    assert house.main().settings["issue_type_name"] == "Invoice"
    assert house.queue.asked == [("read_fields", house.site_id, "10000", "10005")]
    assert "Reading the fields" in house.html(answer["redirect"])


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"project": "", "issue_type": ""}, "Choose a project"),
        ({"project": "999", "issue_type": "10005"}, "Choose a project from the list"),
        ({"project": "10000", "issue_type": ""}, "Choose an issue type"),
        ({"project": "10000", "issue_type": "999"}, "Choose an issue type of this project"),
        ({"project": "10000", "issue_type": "10005", "x": "1"}, "does not belong to this form"),
    ],
)
def test_a_wrong_target_is_told_at_its_field(house: Any, form: dict[str, str], sentence: str) -> None:
    house.projects()
    html = house.html(f"target/save?connection={house.connection()}", form)
    assert sentence in html
    assert house.rows(Integration) == []
    assert house.queue.asked == []


def test_another_target_has_all_documents_compared_anew(house: Any) -> None:
    house.projects()
    integration = house.integration()
    house.ask(f"target/save?integration={integration}", {"project": "10000", "issue_type": "10001"})
    assert house.main().mapping_version == 2
    house.ask(f"target/save?integration={integration}", {"project": "10000", "issue_type": "10001"})
    assert house.main().mapping_version == 2


def test_fields_of_the_same_name_are_suggested_and_others_offered_as_new(house: Any, jira_field: Fields) -> None:
    house.fields(jira_field("customfield_1", "Vendor"), jira_field("customfield_2", "Currency", "datepicker"))
    html = house.html(f"mapping?integration={house.integration(mapping={})}")
    assert '<option value="customfield_1" selected>Vendor · Short text</option>' in html
    assert '<option value="create" selected>New field: Currency · Short text</option>' in html
    assert '<option value="create" selected>New field: Terms' not in html
    assert "Create missing fields" in html


def test_the_sample_is_of_a_document_that_was_read(house: Any, jira_field: Fields) -> None:
    stream = house.stream()
    house.entry(stream)
    house.fields(jira_field("customfield_10012", "Amount", "float"))
    html = house.html(f"mapping?integration={house.row(Integration).id}")
    assert "12,109.00" in html
    assert 'datetime="2021-02-07"' in html


@pytest.mark.parametrize(
    ("attribute", "field", "verdict"),
    [
        ("due_date", {"name": "Payment due"}, "cannot be sorted by date"),
        ("amount", {"name": "Amount", "custom": "datepicker"}, "cannot hold an amount"),
        ("terms", {"name": "Terms", "on_create_screen": False}, "Create missing fields puts it there"),
        ("terms", {"name": "Other", "on_create_screen": False}, "Put it there, then read fields again"),
    ],
)
def test_a_changed_choice_is_judged_at_once(
    house: Any, jira_field: Fields, attribute: str, field: dict[str, Any], verdict: str
) -> None:
    house.fields(jira_field("customfield_9", **field))
    integration = house.integration()
    html = house.html(f"mapping/check?integration={integration}", unmapped(**{attribute: "customfield_9"}))
    assert verdict in html
    assert f'id="verdict-{attribute}"' in html
    assert house.main().mapping_version == 1


def test_a_field_that_vanished_is_named_with_its_remedy(house: Any, jira_field: Fields) -> None:
    house.fields(jira_field("customfield_9", "Other"))
    html = house.html(f"mapping?integration={house.integration()}")
    assert "customfield_10012 no longer exists in Jira. Choose another" in html


def test_a_required_field_that_nothing_fills_is_told(house: Any, jira_field: Fields) -> None:
    house.fields(jira_field("customfield_9", "Cost centre", required=True))
    integration = house.integration()
    assert "Cost centre is required" in house.html(f"mapping/check?integration={integration}", unmapped())
    mapped = unmapped(company="customfield_9")
    assert "is required" not in house.html(f"mapping/check?integration={integration}", mapped)


def test_a_mapping_that_fits_is_saved_and_leads_to_the_start(house: Any, jira_field: Fields) -> None:
    house.fields(jira_field("customfield_1", "Amount", "float"), jira_field("customfield_2", "Vendor"))
    integration = house.integration(mapping={})
    form = unmapped(amount="customfield_1", vendor_name="customfield_2")
    answer = house.ask(f"mapping/save?integration={integration}", form).json
    row = house.main()
    assert row.mapping == {"amount": "customfield_1", "vendor_name": "customfield_2"}
    assert row.mapping_version == 2
    assert answer["redirect"] == f"schedule?integration={integration}"
    assert house.queue.asked == []


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"amount": "customfield_2"}, "cannot hold an amount"),
        ({"vendor_name": "customfield_1", "terms": "customfield_1"}, "goes to this field as well"),
        ({"vendor_name": "customfield_999"}, "no longer exists"),
        ({}, "at least one attribute"),
        ({"vendor_name": "customfield_1", "site": "2"}, "does not belong to this form"),
    ],
)
def test_a_mapping_that_jira_would_refuse_is_not_saved(
    house: Any, jira_field: Fields, form: dict[str, str], sentence: str
) -> None:
    house.fields(jira_field("customfield_1", "Vendor"), jira_field("customfield_2", "Day", "datepicker"))
    integration = house.integration(mapping={})
    html = house.html(f"mapping/save?integration={integration}", unmapped(**form))
    assert sentence in html
    assert "Nothing was saved" in html
    assert house.main().mapping == {}


def test_missing_fields_are_asked_for_by_attribute(house: Any, jira_field: Fields) -> None:
    house.fields(jira_field("customfield_1", "Vendor"), jira_field("customfield_2", "Terms", on_create_screen=False))
    integration = house.integration(mapping={})
    form = unmapped(vendor_name="customfield_1", terms="customfield_2", due_date="create")
    answer = house.ask(f"mapping/create?integration={integration}", form).json
    row = house.main()
    assert row.settings["fields_to_create"] == ["due_date", "terms"]
    assert row.mapping["vendor_name"] == "customfield_1"
    assert house.queue.asked == [("create_missing_fields", house.site_id, row.id)]
    assert "Making fields in Jira" in house.html(answer["redirect"])


def test_an_attribute_left_out_is_not_suggested_again(house: Any, jira_field: Fields) -> None:
    house.fields(jira_field("customfield_1", "Vendor"), jira_field("customfield_2", "Currency"))
    integration = house.integration(mapping={})
    house.ask(f"mapping/save?integration={integration}", unmapped(vendor_name="customfield_1"))
    html = house.html(f"mapping?integration={integration}")
    assert '<option value="customfield_2" selected>' not in html


def test_a_team_managed_project_is_told_what_to_add_by_hand(house: Any, jira_field: Fields) -> None:
    house.projects()
    connection = house.connection()
    house.ask(f"target/save?connection={connection}", {"project": "10001", "issue_type": "10005"})
    with house.parts.database.writing(house.site_id) as session:
        row = session.scalars(select(Snapshot).where(Snapshot.subject == "fields:10001:10005")).one()
        row.state, row.body = "read", {"fields": [jira_field("customfield_1", "Vendor")]}
    html = house.html(f"mapping?integration={house.row(Integration).id}")
    assert "team-managed" in html
    assert "Payment due (date)" in html
    assert 'value="create"' not in html


def test_a_refusal_to_make_fields_is_shown_with_its_remedy(house: Any, jira_field: Fields, trouble: Any) -> None:
    cause = trouble("jira.forbidden", "configuration", got="Jira refused to create Currency.", remedy="Grant it.")
    house.fields(jira_field("customfield_1", "Vendor"), trouble=cause)
    html = house.html(f"mapping?integration={house.integration()}")
    assert "Jira refused to create Currency." in html
    assert "Grant it." in html


def test_starting_runs_the_stream_and_those_that_need_nothing_else(house: Any) -> None:
    integration = house.integration()
    answer = house.ask(f"schedule/save?integration={integration}", {"minutes": "7"}).json
    stream = house.main()
    assert (stream.interval_seconds, stream.active) == (420, True)
    assert stream.due_at - house.now < timedelta(seconds=10)
    begun = [row for row in house.rows(Stream) if row.active]
    assert {row.name for row in begun} == {"invoices", "vendors", "posted", "payments", "postings", "outcomes"}
    assert {row.interval_seconds for row in begun} == {420}
    asked = {("run_stream", house.site_id, row.id) for row in begun}
    assert set(house.queue.asked) == asked
    assert answer["redirect"].startswith("overview?asked=")
    house.ask(f"schedule/save?integration={integration}", {"minutes": "9"})
    assert house.main().interval_seconds == 540
    assert len(house.queue.asked) == len(asked)


@pytest.mark.parametrize("minutes", ["", "0", "1441", "-3", "five", "1.5"])
def test_an_interval_that_is_none_is_told(house: Any, minutes: str) -> None:
    html = house.html(f"schedule/save?integration={house.integration()}", {"minutes": minutes})
    assert 'id="minutes-wrong"' in html
    assert f'value="{minutes}"' in html
    assert house.main().started_at is None


def calls_at_once(house: Any) -> int | None:
    stored: int | None = house.row(Integration).settings.get("jira_calls_at_once")
    return stored


def test_the_calls_to_jira_at_once_are_saved_at_the_start_and_later(house: Any) -> None:
    integration = house.integration()
    assert re.search(r'name="jira_calls_at_once"[^>]*value="4"', house.html(f"schedule?integration={integration}"))
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "jira_calls_at_once": "2"})
    assert calls_at_once(house) == 2
    assert house.main().settings["project_key"] == "AP"
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "jira_calls_at_once": "8"})
    assert calls_at_once(house) == 8
    assert re.search(r'name="jira_calls_at_once"[^>]*value="8"', house.html(f"schedule?integration={integration}"))


def test_a_form_with_the_minutes_alone_keeps_the_calls_to_jira_at_once(house: Any) -> None:
    integration = house.integration()
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "jira_calls_at_once": "2"})
    house.ask(f"schedule/save?integration={integration}", {"minutes": "9"})
    assert (house.main().interval_seconds, calls_at_once(house)) == (540, 2)


def test_another_project_or_mapping_keeps_the_calls_to_jira_at_once(house: Any, jira_field: Fields) -> None:
    house.projects()
    house.fields(jira_field("customfield_1", "Vendor"))
    integration = house.integration()
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "jira_calls_at_once": "2"})
    house.ask(f"mapping/save?integration={integration}", unmapped(vendor_name="customfield_1"))
    house.ask(f"target/save?integration={integration}", {"project": "10000", "issue_type": "10001"})
    assert (house.main().settings["issue_type_id"], calls_at_once(house)) == ("10001", 2)


@pytest.mark.parametrize(
    ("calls", "sentence"),
    [
        ("0", "Between 1 and 8."),
        ("9", "Between 1 and 8."),
        ("", "Enter a whole number between 1 and 8."),
        ("many", "Enter a whole number between 1 and 8."),
        ("1.5", "Enter a whole number between 1 and 8."),
    ],
)
def test_a_number_of_calls_out_of_range_is_told_and_nothing_is_saved(house: Any, calls: str, sentence: str) -> None:
    integration = house.integration()
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "jira_calls_at_once": "2"})
    html = house.html(f"schedule/save?integration={integration}", {"minutes": "7", "jira_calls_at_once": calls})
    assert f'id="jira_calls_at_once-wrong">{sentence}' in html
    assert re.search(rf'name="jira_calls_at_once"[^>]*value="{calls}"', html)
    assert 'value="7"' in html
    assert (house.main().interval_seconds, calls_at_once(house)) == (300, 2)


def test_nothing_starts_without_a_mapping(house: Any) -> None:
    html = house.html(f"schedule/save?integration={house.integration(mapping={})}", {"minutes": "5"})
    assert "Map the fields first" in html
    assert house.main().started_at is None


def test_pausing_and_resuming(house: Any) -> None:
    stream = house.stream()
    house.ask(f"stream/pause?stream={stream}", {})
    assert not house.main().active
    assert "Resume" in house.html("overview")
    house.ask(f"stream/resume?stream={stream}", {})
    assert house.main().active
    assert house.queue.asked == [("run_stream", house.site_id, stream)]
