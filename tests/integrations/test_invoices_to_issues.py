"""AP documents of Sage 300 as Jira issues: what an accountant sees in Jira after what a clerk did in Sage 300."""

from __future__ import annotations

import json
from decimal import Decimal
from math import ceil
from typing import Any

import pytest

from mock_servers.jira import adf
from mock_servers.sage300 import Seed
from tests.integrations.agreement import KINDS, documents, issues_by_document, key_of, signed
from tests.integrations.office import Office

Json = dict[str, Any]


def fields_written(office: Office, since: int) -> dict[str, set[str]]:
    """By issue id: the fields that edits wrote, under their names."""
    names = {field["id"]: field["name"] for field in office.jira.mock.state("fields")["fields"]}
    return {
        edit["path"].rpartition("/")[2]: {names[field] for field in json.loads(edit["body"])["fields"]}
        for edit in office.jira.journal("PUT", r"/rest/api/3/issue/\w+$", since)
    }


@pytest.mark.parametrize("books", [Seed()], ids=["sample company"])
def test_each_document_is_one_issue_that_says_what_sage_300_says(running: Office) -> None:
    issues = issues_by_document(running)
    assert {key_of(document) for document in documents(running)} == issues.keys()
    for document in documents(running):
        fields = issues[key_of(document)]["fields"]
        assert Decimal(str(fields["Amount"])) == signed(document)
        assert (fields["Vendor"], fields["Vendor number"]) == (document["vendor_name"], document["vendor"])
        assert (fields["Invoice number"], fields["Currency"]) == (document["number"], document["currency"])
        assert (fields["Payment due"], fields["Document date"]) == (document["due_date"], document["document_date"])
        assert (fields["AP batch"], fields["AP entry"]) == (str(document["batch"]), str(document["entry"]))
        assert fields["Sage 300 status"] == document["status"]
        assert fields.get("PO number", "") == document["po_number"]
        assert fields["Summary"] == (
            f"{document['vendor_name']} · {KINDS[document['kind']]}{document['number']} · "
            f"{document['currency']} {signed(document):,}"
        )
    assert {document["kind"] for document in documents(running)} == set(KINDS)


def test_a_credit_note_lowers_and_a_debit_note_raises_what_is_owed(running: Office) -> None:
    running.clerk("vendor", "enter", number="1200", name="Chloride Systems")
    running.clerk("credit_note", "enter", vendor="1200", number="CN-1", amount="25.50")
    running.invoice("DN-1", kind="DebitNote", amount="7.25")
    running.sync()
    assert running.issue_of("CN-1")["fields"]["Amount"] == -25.5
    assert running.issue_of("CN-1")["summary"] == "Chloride Systems · Credit note CN-1 · USD -25.50"
    assert running.issue_of("DN-1")["fields"]["Amount"] == 7.25
    assert running.issue_of("DN-1")["summary"] == "Chloride Systems · Debit note DN-1 · USD 7.25"
    assert running.issue_of("CN-1")["properties"]["counterfoil"]["document"] == "sage300:SAMLTD:1200:credit-note:CN-1"


def test_the_description_lists_the_distribution_lines(vendor: Office) -> None:
    lines = [
        {"account": "6300", "description": "Roof | tiles", "amount": "1200.00"},
        {"account": "6500", "description": "Advice", "amount": "34.56"},
    ]
    vendor.clerk("invoice", "enter", vendor="1200", number="L-1", lines=lines, description="Repairs in May")
    vendor.sync()
    described = vendor.issue_of("L-1")["fields"]["description"]
    text = adf.text_of(described)
    assert "Repairs in May" in text
    table = next(node for node in described["content"] if node["type"] == "table")
    rows = [[adf.text_of(cell).strip() for cell in row["content"]] for row in table["content"]]
    assert rows == [
        ["Account", "Description", "Amount"],
        ["6300", "Roof | tiles", "1,200.00"],
        ["6500", "Advice", "34.56"],
        ["", "Tax", "101.85"],
        ["", "Total", "USD 1,336.41"],
    ]


def test_a_changed_invoice_changes_the_fields_concerned_and_no_others(vendor: Office) -> None:
    vendor.invoice("CH-1", amount="100.00")
    vendor.invoice("CH-2", amount="50.00")
    vendor.sync()
    since = vendor.jira.now
    vendor.clerk("invoice", "edit", vendor="1200", number="CH-1", amount="120.00", po_number="PO-77")
    run = vendor.sync()
    issue = vendor.issue_of("CH-1")
    assert (issue["fields"]["Amount"], issue["fields"]["PO number"]) == (120.0, "PO-77")
    assert issue["summary"] == "Chloride Systems · CH-1 · USD 120.00"
    assert fields_written(vendor, since) == {issue["id"]: {"Amount", "PO number", "Summary"}}
    assert (run.created, run.updated, run.failed) == (0, 1, 0)
    assert not vendor.jira.journal("POST", "/issue/bulk$", since)


def test_what_people_do_on_an_issue_stays(vendor: Office) -> None:
    vendor.invoice("P-1", amount="100.00")
    vendor.sync()
    key = vendor.issue_of("P-1")["key"]
    nora = next(user for user in vendor.jira.mock.state("users")["users"] if user["name"] == "Nora Normal")
    assignee = {"assignee": {"accountId": nora["account_id"]}, "labels": ["urgent"]}
    vendor.jira.act("issue", "comment", key=key, text="Who ordered this?")
    vendor.jira.act("issue", "edit", key=key, description="My own words.", fields=assignee)
    vendor.jira.act("issue", "transition", key=key, to=_another_status(vendor, key))
    before = vendor.issue_of("P-1")
    vendor.clerk("invoice", "edit", vendor="1200", number="P-1", amount="120.00")
    vendor.sync()
    after = vendor.issue_of("P-1")
    assert after["fields"]["Amount"] == 120.0
    changed = {"Amount", "Summary", "Updated"}
    kept = {name: value for name, value in before["fields"].items() if not _is_one_of(vendor, name, changed)}
    assert kept == {name: after["fields"][name] for name in kept}
    for what in ("comments", "status", "attachments", "links"):
        assert after[what] == before[what]


def test_a_summary_that_a_person_has_rewritten_stays(vendor: Office) -> None:
    vendor.invoice("S-1", amount="100.00")
    vendor.sync()
    key = vendor.issue_of("S-1")["key"]
    vendor.jira.act("issue", "edit", key=key, summary="Ask Chloride about this one")
    for amount in ("120.00", "130.00"):
        vendor.clerk("invoice", "edit", vendor="1200", number="S-1", amount=amount)
        vendor.sync()
    issue = vendor.issue_of("S-1")
    assert issue["fields"]["Amount"] == 130.0
    assert issue["summary"] == "Ask Chloride about this one"


def test_an_edit_of_the_due_date_on_the_same_day_is_noticed_at_the_next_poll(vendor: Office) -> None:
    vendor.invoice("D-1", due_date="2031-01-31")
    vendor.sync()
    headers = vendor.sage.mock.state("invoice_batches")
    vendor.clerk("invoice", "edit", vendor="1200", number="D-1", due_date="2031-02-28")
    assert vendor.sage.mock.state("invoice_batches") == headers, "the batch must look unchanged from outside"
    vendor.poll()
    assert vendor.issue_of("D-1")["fields"]["Payment due"] == "2031-02-28"


def test_two_vendors_with_the_same_invoice_number_are_two_issues(vendor: Office) -> None:
    vendor.clerk("vendor", "enter", number="1350", name="Jones Office Supply")
    vendor.invoice("SAME-1", vendor="1200", amount="10.00")
    vendor.invoice("SAME-1", vendor="1350", amount="20.00")
    vendor.sync()
    assert vendor.issue_of("SAME-1", "1200")["fields"]["Amount"] == 10.0
    assert vendor.issue_of("SAME-1", "1350")["fields"]["Amount"] == 20.0
    vendor.clerk("invoice", "edit", vendor="1350", number="SAME-1", amount="21.00")
    vendor.sync()
    assert vendor.issue_of("SAME-1", "1200")["fields"]["Amount"] == 10.0
    assert vendor.issue_of("SAME-1", "1350")["fields"]["Amount"] == 21.0


AWKWARD = ["INV 7  X", "2026/11", "A_B%", "O'BRIEN", 'SAY "YES"', "R&D <3>", "ÜBER-Nº5", "A:B,C;D", "\\N(1)", "%2F"]


def test_awkward_document_numbers_arrive_as_they_are_and_are_found_again(vendor: Office) -> None:
    """The reply to their creation is lost, so that each has to be found in Jira by its own key."""
    for number in AWKWARD:
        vendor.invoice(number)
    vendor.jira.fault("lost_reply", "POST", "/issue/bulk$")
    vendor.sync()
    assert {vendor.entry_of(number).state for number in AWKWARD} == {"uncertain"}
    vendor.sync()
    for number in AWKWARD:
        assert vendor.entry_of(number).target_key == vendor.issue_of(number)["key"]
        assert vendor.issue_of(number)["summary"] == f"Chloride Systems · {' '.join(number.split())} · USD 100.00"
        vendor.clerk("invoice", "edit", vendor="1200", number=number, amount="7.00")
    vendor.sync()
    assert {vendor.issue_of(number)["fields"]["Amount"] for number in AWKWARD} == {7.0}


@pytest.mark.parametrize("books", [Seed(invoices=120)], ids=["120 invoices"])
def test_many_documents_take_few_calls(running: Office) -> None:
    run = running.last_run()
    assert run.created == len(running.issues()) == 120
    assert len(running.jira.journal("POST", "/issue/bulk$")) == ceil(120 / 50)
    assert run.calls["jira"] <= ceil(120 / 50) + 5
    assert run.calls["sage300"] == 1 + len(running.sage.mock.state("invoice_batches")["invoice_batches"][:3])


@pytest.mark.parametrize("books", [Seed(invoices=250)], ids=["250 invoices"])
def test_calls_to_jira_never_overlap_when_the_schedule_allows_one_at_once(office: Office) -> None:
    office.connect()
    office.choose_place()
    office.ada.map_as_suggested(office.integration)
    office.jira.mock.latency = 0.1
    in_flight_besides: list[int] = []
    office.jira.mock.watch(lambda *_: in_flight_besides.append(office.jira.mock.in_flight))
    office.start(jira_calls_at_once="1")
    assert len(office.issues()) == 250
    assert max(in_flight_besides) == 0


def test_an_idle_poll_asks_sage_300_once_for_each_kind_of_record_and_jira_not_at_all(office: Office) -> None:
    office.neighbours = True
    office.live_long_ago()
    office.set_up()
    office.poll()
    sage, jira = office.sage.now, office.jira.now
    run = office.poll()
    asked = [entry["path"].rpartition("/")[2] for entry in office.sage.journal(since=sage)]
    assert sorted(asked) == [
        "APInvoiceBatches", "APPaymentAndAdjustmentBatches", "APPostedDocuments", "APVendors"
    ]  # fmt: skip
    assert office.jira.journal(since=jira) == []
    assert (run.state, run.calls) == ("done", {"sage300": 1})


@pytest.mark.parametrize("books", [Seed()], ids=["sample company"])
def test_nothing_is_ever_written_to_sage_300(running: Office) -> None:
    number = running.invoice("W-1")["number"]
    running.sync()
    key = running.issue_of(number)["key"]
    running.jira.act("issue", "edit", key=key, summary="Mine", description="Mine")
    running.jira.act("issue", "transition", key=key, to=_another_status(running, key))
    running.jira.act("issue", "delete", key=running.issues()[0]["key"])
    running.clerk("invoice", "delete", vendor="1200", number=number)
    running.sync()
    running.poll()
    assert {entry["method"] for entry in running.sage.journal()} == {"GET"}


def test_a_document_reads_the_same_after_a_second_first_run_of_its_stream(vendor: Office) -> None:
    """Nothing is written when nothing has changed, however often Sage 300 is read."""
    vendor.invoice("IDEM-1")
    vendor.sync()
    since = vendor.jira.now
    run = vendor.sync()
    assert (run.created, run.updated, run.failed) == (0, 0, 0)
    assert run.unchanged == run.read > 0
    assert not vendor.jira.journal("PUT", since=since)
    assert not vendor.jira.journal("POST", "/rest/api/3/issue", since)


def _another_status(office: Office, key: str) -> str:
    """A status that the issue can take now."""
    site = office.jira.mock.site
    issue = site.find_issue(key)
    first = site.available_transitions(next(iter(site.users)), issue)[0]
    return str(site.statuses[first.target].name)


def _is_one_of(office: Office, name: str, names: set[str]) -> bool:
    """Whether a field, by id or name, is one of these names."""
    ids = {field["id"]: field["name"] for field in office.jira.mock.state("fields")["fields"]}
    return ids.get(name, name) in names
