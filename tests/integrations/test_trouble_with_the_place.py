"""A project, issue type or field that vanished or changed, and values that Jira does not take: told, and healed."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.rehearsal.administrator import ADDON
from tests.integrations.agreement import assert_in_step
from tests.integrations.office import Office
from tests.integrations.troubles import ISSUE, Act, assert_heals, assert_told, change_both_ways, issues_with


def on_project(action: str) -> Act:
    return lambda office: office.jira.act("project", action, project="AP")


def on_field(action: str, **order: Any) -> Act:
    return lambda office: office.jira.act("field", action, field=office.field_id("PO number"), **order)


def on_project_field(action: str, field: str) -> Act:
    return lambda office: office.jira.act("field", action, field=field, project="AP")


def issue_types(office: Office) -> list[str]:
    types: list[str] = office.jira.mock.site.find_project("AP").issue_types
    return types


PLACE_TROUBLES = [
    pytest.param(on_project("delete"), on_project("restore"), "Jira has no such thing", id="project deleted"),
    pytest.param(
        lambda office: issue_types(office).remove("10001"), lambda office: issue_types(office).append("10001"),
        "The issue type Invoice is no longer part of the project AP.", id="issue type gone",
    ),
    pytest.param(
        on_field("trash"), on_field("restore"), "PO number: The field customfield_10107 no longer exists in Jira.",
        id="field in the bin",
    ),
    pytest.param(
        on_field("hide"), on_field("show"), "PO number: Not on the create screen of Invoice", id="off screen",
    ),
    pytest.param(
        on_field("change_type", type="float"), on_field("change_type", type="textfield"),
        "PO number: A number field cannot hold text.", id="other type",
    ),
    pytest.param(
        on_field("change_type", type="textarea"), on_field("change_type", type="textfield"),
        "has changed its type", id="similar type",
    ),
    pytest.param(
        on_project_field("require", "Cost centre"), on_project_field("unrequire", "Cost centre"),
        "Cost centre: Jira requires it of a new Invoice, and nothing is mapped to it.", id="another field required",
    ),
    pytest.param(
        lambda office: office.jira.act("app", "disable", key=ADDON),
        lambda office: office.jira.act("app", "enable", key=ADDON), "", id="app disabled",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "mend", "cause"), PLACE_TROUBLES)
def test_what_is_wrong_with_the_place_in_jira_is_told_and_heals(
    supplied: Office, break_it: Act, mend: Act, cause: str
) -> None:
    change_both_ways(supplied)
    break_it(supplied)
    since = supplied.jira.now
    run = supplied.poll()
    assert not supplied.jira.journal("PUT", ISSUE, since)
    assert not issues_with(supplied, "NEW-1")
    if cause:
        assert_told(supplied, run, cause)
    else:
        assert run.trouble is not None
        assert "The app is disabled" in run.trouble["got"]
        assert "Manage apps" in run.trouble["remedy"]
    mend(supplied)
    assert_heals(supplied)


def test_a_mapped_field_that_was_deleted_is_made_again_by_the_button_that_the_remedy_names(supplied: Office) -> None:
    change_both_ways(supplied)
    gone = supplied.field_id("PO number")
    supplied.clerk("invoice", "edit", vendor="1200", number="OLD-1", po_number="PO-9")
    supplied.jira.act("field", "remove", field=gone)
    assert_told(
        supplied, supplied.sync(), f"PO number: The field {gone} no longer exists in Jira.", "Create missing fields"
    )
    where = f"integration={supplied.integration}"
    supplied.ada.act(f"mapping/read?{where}")
    assert "Missing in Jira" in supplied.page(f"mapping?{where}")
    page = supplied.ada.wait_for(f"mapping/area?{where}")
    chosen = {name: next((v for v, _, on in page.options(name) if on), "") for name in page.selects()}
    supplied.ada.act(f"mapping/create?{where}", {**chosen, "po_number": "create"})
    assert_heals(supplied)
    assert supplied.field_id("PO number") != gone
    assert supplied.issue_of("OLD-1")["fields"]["PO number"] == "PO-9"


def test_a_mapped_field_off_the_screen_is_put_back_by_the_button_that_the_remedy_names(supplied: Office) -> None:
    change_both_ways(supplied)
    supplied.jira.act("field", "hide", field=supplied.field_id("PO number"))
    assert_told(supplied, supplied.sync(), "Not on the create screen of Invoice", "Create missing fields")
    where = f"integration={supplied.integration}"
    supplied.ada.act(f"mapping/read?{where}")
    page = supplied.ada.wait_for(f"mapping/area?{where}")
    assert "Off screen" in page.words
    chosen = {name: next((v for v, _, on in page.options(name) if on), "") for name in page.selects()}
    supplied.ada.act(f"mapping/create?{where}", chosen)
    assert_heals(supplied)


def test_a_field_that_the_check_let_pass_and_jira_refuses_parks_its_documents(supplied: Office) -> None:
    """Jira's own refusal of a value: the field demands one, and the document has none."""
    supplied.jira.act("field", "require", field=supplied.field_id("PO number"), project="AP")
    supplied.invoice("NO-PO")
    supplied.invoice("WITH-PO", po_number="PO-1")
    run = supplied.sync()
    assert (run.state, run.created, run.failed) == ("done", 1, 1)
    assert supplied.entry_of("NO-PO").state == "parked"
    failures = supplied.page("failures")
    assert "PO number" in failures
    assert "Jira demands a value here, and the document has none." in failures
    supplied.clerk("invoice", "edit", vendor="1200", number="NO-PO", po_number="PO-2")
    assert_heals(supplied)


def test_a_text_too_long_for_its_field_waits_alone_and_goes_on_when_it_is_shortened(supplied: Office) -> None:
    supplied.map_description("Reference")
    supplied.describe_at_length("LONG-1", supplied.invoice("LONG-1")["batch"])
    supplied.invoice("SHORT-1")
    run = supplied.sync()
    assert (run.state, run.created, run.failed) == ("done", 1, 1)
    assert supplied.entry_of("LONG-1").state == "parked"
    failures = supplied.page("failures")
    assert "The text has 300 characters, and Jira takes 255 in this field." in failures
    assert "Map this attribute to a paragraph field, or shorten the text at its source." in failures
    assert "LONG-1" in failures
    supplied.clerk("invoice", "edit", vendor="1200", number="LONG-1", description="Short")
    assert_heals(supplied)
    assert supplied.issue_of("LONG-1")["fields"]["Reference"] == "Short"


def test_a_text_too_long_goes_on_by_itself_once_it_is_mapped_to_a_paragraph(supplied: Office) -> None:
    supplied.map_description("Reference")
    supplied.describe_at_length("LONG-1", supplied.invoice("LONG-1")["batch"])
    supplied.sync()
    supplied.jira.act("field", "create", name="Notes", type="textarea")
    supplied.map_description("Notes")
    assert_heals(supplied)
    assert supplied.issue_of("LONG-1")["fields"]["Notes"].strip() == "x" * 300


def test_an_issue_deleted_in_jira_waits_for_a_person_and_is_made_anew_at_a_press(supplied: Office) -> None:
    supplied.jira.act("issue", "delete", key=supplied.issue_of("OLD-1")["key"])
    supplied.clerk("invoice", "edit", vendor="1200", number="OLD-1", amount="111.00")
    run = supplied.sync()
    assert (run.state, run.failed) == ("done", 1)
    assert not issues_with(supplied, "OLD-1")
    assert "It was deleted in Jira, or hidden from Counterfoil." in supplied.page("failures")
    supplied.ada.act(f"failure/replay?entry={supplied.entry_of('OLD-1').id}")
    assert_in_step(supplied)


def test_an_entry_that_makes_no_sense_waits_alone_until_it_is_corrected(supplied: Office) -> None:
    batch = supplied.invoice("ODD-1")["batch"]
    supplied.invoice("GOOD-1", batch=batch)
    set_document_type(supplied, batch, "Mystery")
    run = supplied.sync()
    assert (run.state, run.created, run.failed) == ("done", 1, 1)
    assert supplied.issue_of("GOOD-1")
    failures = supplied.page("failures")
    assert "ODD-1" in failures
    assert "'Mystery' is no known type of document." in failures
    set_document_type(supplied, batch, "Invoice")
    assert supplied.poll().state == "done"
    assert supplied.issue_of("ODD-1")["fields"]["Amount"] == 100.0
    assert "No failures" in supplied.page("failures")


def set_document_type(office: Office, batch: int, kind: str) -> None:
    """What a later release might bring, or a third-party import leave behind."""
    with office.sage.mock.lock:
        books = office.sage.mock.companies[office.company].invoice_batches
        draft = books.find((batch,)).copy()
        draft.details("Invoices")[0]["DocumentType"] = kind
        books.store(draft)
