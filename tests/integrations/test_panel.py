"""The invoice panel on an issue, opened as Jira opens it: an iframe with a signed address, then context tokens."""

from __future__ import annotations

import pytest
import requests

from tests.integrations.office import Office
from tests.integrations.reader import Reader, words

LINES = [
    {"account": "6300", "description": "Roof tiles", "amount": "1200.00"},
    {"account": "6500", "description": "Advice on the roof", "amount": "34.56", "comment": "as agreed"},
]


@pytest.fixture
def office(office: Office) -> Office:
    """A running office with the overdue invoice DOC-1 of two lines."""
    office.set_up()
    office.clerk("vendor", "enter", number="1200", name="Chloride & Söhne", tax_group="NOTAX")
    office.clerk(
        "invoice", "enter", vendor="1200", number="DOC-1", lines=LINES, po_number="PO-7", description="Spring repairs",
        document_date="2021-01-04", due_date="2021-02-03",
    )  # fmt: skip
    office.sync()
    return office


@pytest.fixture
def key(office: Office) -> str:
    return str(office.issue_of("DOC-1")["key"])


def test_the_panel_tells_the_document_from_our_own_store(office: Office, key: str) -> None:
    sage, jira = office.sage.now, office.jira.now
    opened = Reader(office, "Nora").open_panel(key)
    assert opened.status_code == 200
    panel = words(opened)
    for said in (
        "DOC-1", "Chloride & Söhne", "1200", "PO-7", "Spring repairs", "Open", "Overdue", "USD 1,234.56",
        "6300 Roof tiles 1,200.00", "6500 Advice on the roof as agreed 34.56", "Total 1,234.56",
        f"Read from Sage 300; issue {key} created", "Refresh",
    ):  # fmt: skip
        assert said in panel
    batch = office.entry_of("DOC-1").unit
    assert f"{office.sage_address()}/v1.0/-/SAMLTD/AP/APInvoiceBatches({batch})" in opened.text
    assert not office.sage.journal(since=sage)
    asked = {entry["path"] for entry in office.jira.journal(path="/rest/", since=jira)}
    assert asked == {"/rest/api/3/permissions/check"}


def test_a_credit_note_is_shown_as_what_lowers_the_debt(office: Office) -> None:
    office.clerk("credit_note", "enter", vendor="1200", number="CN-1", amount="25.50")
    office.sync()
    panel = words(Reader(office, "Nora").open_panel(office.issue_of("CN-1")["key"]))
    assert "Credit note" in panel
    assert "-25.50" in panel.replace("\N{MINUS SIGN}", "-")
    assert "lowers what is owed" in panel


def test_refresh_picks_up_what_changed_in_sage_300(office: Office, key: str) -> None:
    nora = Reader(office, "Nora")
    office.clerk("invoice", "edit", vendor="1200", number="DOC-1", amount="77.70", due_date="2031-05-05")
    office.clerk("invoice", "hold", vendor="1200", number="DOC-1")
    assert "1,234.56" in words(nora.ask(key, "panel"))
    pressed = nora.ask(key, "panel/refresh", {})
    assert pressed.status_code == 200
    panel = nora.ask(key, pressed.json()["redirect"])
    said = words(panel)
    assert "USD 77.70" in said
    assert "On hold" in said
    assert "Overdue" not in said
    assert "Amount changed in Sage 300: USD 1,234.56 USD 77.70" in said
    assert "data-poll" not in panel.json()["html"], "the panel has nothing more to wait for"
    assert office.issue_of("DOC-1")["fields"]["Amount"] == 77.7


def test_refresh_reads_a_document_of_which_nothing_else_tells_that_it_changed(office: Office, key: str) -> None:
    """An edit dated to a day long past: no poll would find it."""
    nora = Reader(office, "Nora")
    office.sage.mock.clock.advance(-30 * 86_400)
    office.clerk("invoice", "edit", vendor="1200", number="DOC-1", due_date="2031-05-05")
    office.poll()
    office.clerk("invoice", "edit", vendor="1200", number="DOC-1", due_date="2031-06-06")
    office.poll()
    assert "due 5 May 2031" in words(nora.ask(key, "panel"))
    pressed = nora.ask(key, "panel/refresh", {})
    assert "due 6 Jun 2031" in words(nora.ask(key, pressed.json()["redirect"]))
    assert office.issue_of("DOC-1")["fields"]["Payment due"] == "2031-06-06"


def test_refresh_of_a_document_that_sage_300_no_longer_has_says_so(office: Office, key: str) -> None:
    nora = Reader(office, "Nora")
    office.clerk("invoice_batch", "delete", number=office.entry_of("DOC-1").unit)
    pressed = nora.ask(key, "panel/refresh", {})
    panel = words(nora.ask(key, pressed.json()["redirect"]))
    assert "Deleted in Sage 300" in panel
    assert "No longer in Sage 300. The issue stays" in panel


def test_refresh_while_sage_300_is_away_keeps_what_is_known(office: Office, key: str) -> None:
    nora = Reader(office, "Nora")
    office.sage.turn(windows_auth=True)
    nora.ask(key, "panel/refresh", {})
    office.sync()
    panel = words(nora.ask(key, "panel"))
    assert "USD 1,234.56" in panel
    assert "Counterfoil is held up, so this may not be the latest" in panel
    assert "401 as an HTML page with a Negotiate challenge" in panel


def test_a_person_who_may_not_see_the_issue_is_refused(office: Office, key: str) -> None:
    nora = Reader(office, "Nora")
    frame, token = nora.frame(key), nora.token(key)
    office.jira.act("project", "revoke", project="AP", permission="BROWSE_PROJECTS", group="jira-users")
    for answer in (requests.get(frame, timeout=30), nora.ask(key, "panel", token=token)):
        assert answer.status_code == 403
        assert "You have no permission to see this issue in Jira" in words(answer)
        assert "1,234.56" not in answer.text
    sage = office.sage.now
    assert nora.ask(key, "panel/refresh", {}, token=token).status_code == 403
    assert not office.sage.journal(since=sage)
    assert Reader(office, "Ada").open_panel(key).status_code == 200


def test_a_person_who_is_no_administrator_gets_no_page_of_the_administrator(office: Office, key: str) -> None:
    nora = Reader(office, "Nora")
    for route, form in (("overview", None), (f"connection?id={office.connection}", None), ("stream/sync?stream=1", {})):
        answer = nora.ask(key, route, form)
        assert answer.status_code == 403
        assert "Only Jira administrators can do this." in words(answer)


def test_an_issue_that_is_not_ours_says_so(office: Office) -> None:
    issue = office.jira.act("issue", "create", project="AP", summary="Buy coffee")
    nora = Reader(office, "Nora")
    assert "This issue stands for no invoice, order or receipt." in words(nora.open_panel(issue["key"]))
    assert "stands for no invoice, order or receipt" in words(nora.ask(issue["key"], "panel/refresh", {}))


def test_an_issue_whose_latest_version_was_refused_says_why_it_is_behind(office: Office, key: str) -> None:
    office.map_description("Reference")
    office.describe_at_length("DOC-1", int(office.entry_of("DOC-1").unit or 0))
    office.sync()
    panel = words(Reader(office, "Nora").open_panel(key))
    assert "This issue is behind: the latest version of the document was refused" in panel
    assert "The text has 300 characters, and Jira takes 255 in this field." in panel
    office.clerk("invoice", "edit", vendor="1200", number="DOC-1", description="Short again")
    office.poll()
    assert "This issue is behind" not in words(Reader(office, "Nora").open_panel(key))
