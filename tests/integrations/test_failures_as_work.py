"""What an administrator does about documents that Jira refused, from the pages to the issue and back."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.rehearsal.administrator import Screen
from tests.integrations.agreement import assert_in_step
from tests.integrations.office import Office
from tests.integrations.troubles import BULK, ISSUE, issues_with

REASON = "Agreed with the vendor by phone"
LONG = "The text has 300 characters, and Jira takes 255 in this field."


@pytest.fixture
def refused(supplied: Office) -> Office:
    """The office with LONG-1, whose description is too long for the field it is mapped to."""
    supplied.map_description("Reference")
    supplied.describe_at_length("LONG-1", supplied.invoice("LONG-1")["batch"])
    supplied.sync()
    assert supplied.entry_of("LONG-1").state == "parked"
    return supplied


def page_of(office: Office, number: str) -> Screen:
    return office.ada.look(f"failure?entry={office.entry_of(number).id}")


def act(office: Office, action: str, number: str, **form: str) -> Screen:
    return office.ada.act(f"failure/{action}?entry={office.entry_of(number).id}", form)


def correct(office: Office, number: str, **values: str) -> None:
    """Fills the form as the page shows it, but for these attributes."""
    shown = {name: v for name, v in page_of(office, number).entries().items() if name.startswith(("value-", "version"))}
    typed = {f"value-{name}": value for name, value in values.items()}
    act(office, "correct", number, **{**shown, **typed}, reason=REASON)


def test_a_text_too_long_is_corrected_for_one_document_and_the_source_stays_as_it_is(refused: Office) -> None:
    sage = refused.sage.now
    assert LONG in page_of(refused, "LONG-1").words
    correct(refused, "LONG-1", description="Roof, see attachment")
    assert refused.issue_of("LONG-1")["fields"]["Reference"] == "Roof, see attachment"
    assert refused.entry_of("LONG-1").state == "settled"
    assert not [each for each in refused.sage.journal(since=sage) if each["method"] not in ("GET", "HEAD")]
    told = page_of(refused, "LONG-1").words
    assert "In step with Jira" in told
    assert f"Corrected by an administrator Sage 300 description: {'x' * 300} Roof, see attachment" in told
    assert f"Reason: {REASON}" in told
    assert "LONG-1" in refused.page("failures/corrected")
    assert_in_step(refused)


def test_a_correction_lapses_when_the_source_says_something_else(refused: Office) -> None:
    correct(refused, "LONG-1", description="Roof, see attachment")
    refused.clerk("invoice", "edit", vendor="1200", number="LONG-1", description="Shortened")
    refused.sync()
    assert refused.issue_of("LONG-1")["fields"]["Reference"] == "Shortened"
    told = page_of(refused, "LONG-1").words
    assert "No longer used" in told
    assert "Sage 300 says something else by now" in told


def test_a_correction_holds_while_other_parts_of_the_document_change(refused: Office) -> None:
    correct(refused, "LONG-1", description="Roof, see attachment")
    refused.clerk("invoice", "edit", vendor="1200", number="LONG-1", amount="111.00")
    refused.sync()
    fields = refused.issue_of("LONG-1")["fields"]
    assert (fields["Amount"], fields["Reference"]) == (111.0, "Roof, see attachment")


def test_a_correction_is_taken_back_by_typing_what_the_source_says(supplied: Office) -> None:
    correct(supplied, "OLD-1", po_number="PO-77")
    assert supplied.issue_of("OLD-1")["fields"]["PO number"] == "PO-77"
    correct(supplied, "OLD-1", po_number="")
    assert not supplied.issue_of("OLD-1")["fields"].get("PO number")
    assert supplied.entry_of("OLD-1").corrections == {}


def test_an_option_missing_in_jira_is_corrected_to_one_that_exists(supplied: Office) -> None:
    supplied.jira.act("field", "create", name="Cost bearer", type="select", searcher="multiselectsearcher")
    offer(supplied, "Cost bearer", "Works", "Offices")
    supplied.map_description("Cost bearer")
    supplied.invoice("OPT-1", description="Sheds")
    supplied.sync()
    assert "Option value 'Sheds' is not valid" in supplied.page("failures")
    correct(supplied, "OPT-1", description="Works")
    assert supplied.issue_of("OPT-1")["fields"]["Cost bearer"] == "Works"
    assert supplied.entry_of("OPT-1").state == "settled"


def test_a_correction_that_jira_refuses_too_waits_again_with_its_new_reason(supplied: Office) -> None:
    supplied.jira.act("field", "create", name="Cost bearer", type="select", searcher="multiselectsearcher")
    offer(supplied, "Cost bearer", "Works")
    supplied.map_description("Cost bearer")
    supplied.invoice("OPT-1", description="Sheds")
    supplied.sync()
    correct(supplied, "OPT-1", description="Barns")
    assert supplied.entry_of("OPT-1").state == "parked"
    assert "Option value 'Barns' is not valid" in supplied.page("failures")


def test_a_mapping_mended_by_the_administrator_tries_again_by_itself_and_the_history_says_so(refused: Office) -> None:
    refused.jira.act("field", "create", name="Notes", type="textarea")
    refused.map_description("Notes")
    refused.poll()
    assert refused.entry_of("LONG-1").state == "settled"
    assert "Tried again with the new mapping" in page_of(refused, "LONG-1").words


# It is already there


def by_hand(office: Office, **more: Any) -> str:
    order = {"project": "AP", "issue_type": "Invoice", "summary": "Roof, Chloride", **more}
    key: str = office.jira.act("issue", "create", **order)["key"]
    return key


def compare(office: Office, number: str, key: str) -> str:
    act(office, "compare", number, key=key)
    return office.ada.wait_for(f"failure/comparison?entry={office.entry_of(number).id}").words


@pytest.fixture
def waiting(supplied: Office) -> Office:
    """The office with NEW-1, which Jira refused for want of a PO number that nobody demands any more."""
    field = supplied.field_id("PO number")
    supplied.jira.act("field", "require", field=field, project="AP")
    supplied.invoice("NEW-1", amount="250.00")
    supplied.sync()
    supplied.jira.act("field", "unrequire", field=field, project="AP")
    assert supplied.entry_of("NEW-1").state == "parked"
    return supplied


def test_an_issue_made_by_hand_is_compared_linked_and_kept_up_to_date(waiting: Office) -> None:
    key = by_hand(waiting, fields={waiting.field_id("Vendor"): "Chloride"})
    before = waiting.jira.now
    told = compare(waiting, "NEW-1", key)
    assert f"{key} beside this document" in told
    assert "Amount empty 250" in told
    assert "Vendor Chloride Chloride Systems" in told
    assert not waiting.jira.journal("PUT", ISSUE, before), "comparing writes nothing"
    assert waiting.entry_of("NEW-1").state == "parked"
    act(waiting, "link", "NEW-1", key=key, reason=REASON)
    issue = waiting.issue_of("NEW-1")
    assert (issue["key"], issue["fields"]["Amount"]) == (key, 250.0)
    assert issue["summary"] == "Roof, Chloride", "what a person called it stays"
    assert [each["key"] for each in waiting.issues() if "NEW-1" in str(each["properties"])] == [key]
    assert_in_step(waiting)
    assert "Linked to issue" in page_of(waiting, "NEW-1").words
    made = waiting.jira.now
    waiting.clerk("invoice", "edit", vendor="1200", number="NEW-1", amount="275.00")
    waiting.sync()
    assert waiting.issue_of("NEW-1")["fields"]["Amount"] == 275.0
    assert not waiting.jira.journal("POST", BULK, made)


def test_a_lost_reply_to_linking_leaves_one_issue(waiting: Office) -> None:
    key = by_hand(waiting)
    compare(waiting, "NEW-1", key)
    waiting.jira.fault("lost_reply", "PUT", ISSUE)
    act(waiting, "link", "NEW-1", key=key, reason=REASON)
    assert waiting.entry_of("NEW-1").state == "uncertain"
    waiting.poll()
    assert waiting.issue_of("NEW-1")["key"] == key
    assert_in_step(waiting)


@pytest.mark.parametrize(
    ("issue", "sentence"),
    [
        (lambda office: "AP-4711", "AP-4711 does not exist in Jira, or it is hidden from Counterfoil."),
        (lambda office: office.issue_of("OLD-1")["key"], "stands for another document already: "),
        (lambda office: by_hand(office, issue_type="Task"), "is a Task. Documents of this kind are issues of type"),
    ],
    ids=["missing", "another document's", "another type"],
)
def test_an_issue_that_cannot_stand_for_the_document_is_refused_with_a_sentence(
    waiting: Office, issue: Any, sentence: str
) -> None:
    key = issue(waiting)
    told = compare(waiting, "NEW-1", key)
    assert f"{key} cannot stand for this document" in told
    assert sentence in told
    entry = waiting.entry_of("NEW-1").id
    answer = waiting.ada.look(f"failure/link?entry={entry}", {"key": key, "reason": REASON})
    assert answer.redirect is None
    assert waiting.entry_of("NEW-1").state == "parked"
    assert not issues_with(waiting, "NEW-1")


def test_an_issue_of_another_project_is_refused(waiting: Office) -> None:
    key = waiting.jira.act("issue", "create", project="FIN", summary="Roof", **{"as": "Ada"})["key"]
    assert "is in another project. Documents of this kind go to AP." in compare(waiting, "NEW-1", key)


def test_a_comparison_while_jira_is_away_says_so_and_can_be_repeated(waiting: Office) -> None:
    key = by_hand(waiting)
    waiting.jira.fault("status", "POST", "/issue/bulkfetch$", status=503, times=1000)
    assert "could not be compared" in compare(waiting, "NEW-1", key)
    assert "Jira is not available" in page_of(waiting, "NEW-1").words
    waiting.jira.recover()
    assert "beside this document" in compare(waiting, "NEW-1", key)


# Ignoring


def test_an_ignored_document_is_left_alone_until_sage_300_changes_it(refused: Office) -> None:
    act(refused, "ignore", "LONG-1", reason="Entered twice")
    assert "No failures" in refused.page("failures")
    assert "Entered twice" in refused.page("failures/ignored")
    refused.map(terms=refused.field_id("Reference"), description="")
    refused.poll()
    assert refused.entry_of("LONG-1").state == "ignored"
    assert not issues_with(refused, "LONG-1")
    refused.clerk("invoice", "edit", vendor="1200", number="LONG-1", amount="111.00")
    refused.sync()
    assert refused.issue_of("LONG-1")["fields"]["Amount"] == 111.0
    assert_in_step(refused)


def test_all_of_a_cause_go_again_once_jira_takes_them(supplied: Office) -> None:
    field = supplied.field_id("PO number")
    supplied.jira.act("field", "require", field=field, project="AP")
    for number in range(3):
        supplied.invoice(f"NO-PO-{number}")
    supplied.sync()
    supplied.jira.act("field", "unrequire", field=field, project="AP")
    supplied.ada.act("failures/replay?state=parked&cause=jira.field-required")
    assert_in_step(supplied)


def offer(office: Office, name: str, *options: str) -> None:
    """Adds options to a drop-down."""
    with office.jira.mock.lock:
        field = office.jira.mock.site.fields[office.field_id(name)]
        office.jira.mock.site.add_options(field.contexts[0], list(options))
