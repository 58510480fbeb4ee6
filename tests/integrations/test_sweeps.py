"""Backfill, dry run and reconciliation, pressed by the administrator, done by workers, seen in Jira and Sage 300."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from plugin.store.models import Circuit, Counterfoil, Finding, Stream, Sweep
from tests.integrations.agreement import assert_in_step
from tests.integrations.office import Office
from tests.integrations.reader import Reader, words

DAY = 86_400


def begin(office: Office, kind: str, since: str = "") -> Sweep:
    """Presses the button; the worker has done all of it when this returns."""
    form = {} if kind == "reconciliation" else {"since": since}
    office.ada.act(f"sweep/begin?stream={office.stream().id}&kind={kind}", form)
    return last(office)


def last(office: Office) -> Sweep:
    with office.rows() as session:
        return session.scalars(select(Sweep).order_by(Sweep.id.desc()).limit(1)).one()


def found(office: Office) -> dict[tuple[str, str], Finding]:
    """By verdict and number, what the latest sweep has found and is worth a look."""
    with office.rows() as session:
        rows = session.scalars(select(Finding).where(Finding.sweep_id == last(office).id, Finding.verdict != "same"))
        return {(each.verdict, each.number): each for each in rows}


def written(office: Office, since: int) -> list[str]:
    """Addresses of what was written to Jira: everything but questions, some of which Jira takes by POST."""
    asked = ("/search/jql", "/bulkfetch", "/jql/parse", "/permissions/check", "/approximate-count")
    entries = [entry for method in ("POST", "PUT", "DELETE") for entry in office.jira.journal(method, "/rest/", since)]
    return [entry["path"] for entry in entries if not entry["path"].endswith(asked)]


def a_day(ago: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=ago):%Y-%m-%d}"


@pytest.fixture
def begun_late(office: Office) -> Office:
    """An office that reads the last thirty days; OLD-1 was posted a year before that."""
    office.connect()
    office.choose_place()
    office.ada.map_as_suggested(office.integration)
    office.sage.mock.clock.advance(-400 * DAY)
    office.clerk("vendor", "enter", number="1200", name="Chloride Systems")
    batch = office.invoice("OLD-1")["batch"]
    office.clerk("invoice_batch", "ready", number=batch)
    office.clerk("invoice_batch", "post", number=batch)
    office.sage.mock.clock.advance(400 * DAY)
    office.start(since=a_day(30))
    return office


def test_a_stream_that_begins_with_a_date_leaves_older_documents_alone(begun_late: Office) -> None:
    assert begun_late.last_run().state == "done"
    assert len(begun_late.issues()) == 3
    page = begun_late.page(f"schedule?integration={begun_late.integration}")
    assert "Reads invoices since" in page
    assert "older ones can be brought by a backfill" in page
    begun_late.invoice("NEW-1")
    begun_late.poll()
    assert begun_late.issue_of("NEW-1")
    assert not [entry for entry in begun_late.entries() if entry.number == "OLD-1"]


def test_a_backfill_from_a_date_brings_what_is_older_beside_the_watermark(begun_late: Office) -> None:
    watermark = begun_late.stream().watermark
    done = begin(begun_late, "backfill", a_day(500))
    assert (done.state, done.read, done.expected, done.counts["created"]) == ("done", 4, 4, 1)
    assert begun_late.issue_of("OLD-1")["fields"]["Amount"] == 100.0
    assert begun_late.stream().watermark == watermark
    assert str(begun_late.stream().since) == a_day(500)
    assert_in_step(begun_late)
    page = begun_late.page("catching-up")
    assert "4 documents read: 1 new, 3 as before." in page
    begin(begun_late, "backfill")
    assert begun_late.stream().since is None
    assert_in_step(begun_late)


def test_a_backfill_that_was_cancelled_does_not_claim_what_it_has_not_brought(begun_late: Office) -> None:
    with begun_late.app.database.writing(begun_late.site_id) as session:
        session.execute(update(Stream).values(active=False))
    begun = begin(begun_late, "backfill")
    assert "It waits: the stream is paused" in begun_late.page("catching-up")
    begun_late.ada.act(f"sweep/cancel?sweep={begun.id}")
    assert last(begun_late).state == "cancelled"
    assert str(begun_late.stream().since) == a_day(30)
    assert len(begun_late.issues()) == 3


def test_a_backfill_stopped_by_sage_300_says_why_and_goes_on(begun_late: Office) -> None:
    begun_late.sage.turn(windows_auth=True)
    stopped = begin(begun_late, "backfill")
    assert stopped.state == "stopped"
    assert "Negotiate challenge" in begun_late.page("catching-up")
    assert "It goes on by itself in" in begun_late.page("catching-up")
    begun_late.sage.turn(windows_auth=False)
    begun_late.ada.act(f"sweep/resume?sweep={stopped.id}")
    assert last(begun_late).state == "done"
    assert_in_step(begun_late)


def test_what_a_stream_does_not_read_is_not_missing(begun_late: Office) -> None:
    done = begin(begun_late, "reconciliation")
    assert (done.state, done.counts) == ("done", {"same": 3})
    assert "Both sides agree" in begun_late.page("reconciliation")


def test_a_sweep_leaves_a_system_alone_that_is_left_alone(supplied: Office) -> None:
    now = datetime.now(UTC)
    with supplied.app.database.writing(supplied.site_id) as session:
        circuit = Circuit(subject="jira", failures=3, opened_at=now, next_try_at=now + timedelta(minutes=5))
        session.add(circuit)
    sage, jira = supplied.sage.now, supplied.jira.now
    waiting = begin(supplied, "reconciliation")
    assert (waiting.state, waiting.read) == ("running", 0)
    assert waiting.due_at > now + timedelta(minutes=4)
    assert not supplied.sage.journal(since=sage)
    assert not written(supplied, jira)


def test_a_dry_run_shows_what_a_new_mapping_would_change_and_writes_nothing(supplied: Office) -> None:
    office = supplied
    office.ada.act(f"stream/pause?stream={office.stream().id}")
    office.clerk("invoice", "edit", vendor="1200", number="OLD-1", description="Spring repairs")
    office.invoice("NEW-1")
    office.map_description("Reference")
    since, entries = office.jira.now, {each.id: (each.state, each.version) for each in office.entries()}
    done = begin(office, "dry-run")
    assert (done.state, done.counts) == ("done", {"update": 1, "create": 1})
    assert not written(office, since)
    assert {each.id: (each.state, each.version) for each in office.entries()} == entries
    assert found(office)["update", "OLD-1"].changes == [{"field": "Reference", "from": "", "to": "Spring repairs"}]
    page = office.page(f"dry-run?sweep={done.id}&verdict=update")
    assert "Nothing was written." in page
    assert "Reference nothing → Spring repairs" in page
    created = office.page(f"dry-run?sweep={done.id}&verdict=create")
    assert "NEW-1" in created
    assert "Vendor number 1200" in created
    office.ada.act(f"stream/resume?stream={office.stream().id}")
    assert office.issue_of("OLD-1")["fields"]["Reference"] == "Spring repairs"
    again = begin(office, "dry-run")
    assert again.counts == {}
    assert "Nothing would be written" in office.page("catching-up")


@pytest.fixture
def damaged(supplied: Office) -> Office:
    """Jira as people have left it: OLD-2 deleted, OLD-1 edited by hand, OLD-3 copied with our property."""
    office = supplied
    office.invoice("OLD-2", amount="70.00")
    office.invoice("OLD-3", amount="30.00")
    office.sync()
    office.jira.act("issue", "delete", key=office.issue_of("OLD-2")["key"])
    amount = office.field_id("Amount")
    office.jira.act("issue", "edit", key=office.issue_of("OLD-1")["key"], fields={amount: 1.0})
    copy(office, "OLD-3")
    return office


def copy(office: Office, number: str, document: str | None = None) -> str:
    """As an app that clones issues with all their properties does it; `document` names another one in the mark."""
    original = office.issue_of(number)
    mark = original["properties"]["counterfoil"]
    order = {
        "fields": {
            "project": {"key": "AP"}, "issuetype": {"name": "Invoice"}, "summary": original["summary"],
            office.field_id("Amount"): original["fields"]["Amount"],
        },
        "properties": [{"key": "counterfoil", "value": {**mark, "document": document or mark["document"]}}],
    }  # fmt: skip
    with office.jira.mock.lock:
        site = office.jira.mock.site
        ada = next(user for user in site.users.values() if user.name.startswith("Ada"))
        return str(site.create_issue(ada.account_id, order).key)


def marked(office: Office) -> list[str]:
    """Documents for which an issue stands, as its mark says."""
    marks = (issue["properties"].get("counterfoil", {}) for issue in office.issues())
    return [mark["document"] for mark in marks if "document" in mark]


def test_a_reconciliation_tells_what_people_have_done_to_jira(damaged: Office) -> None:
    since = damaged.jira.now
    done = begin(damaged, "reconciliation")
    assert done.state == "done"
    assert found(damaged).keys() == {("missing", "OLD-2"), ("different", "OLD-1"), ("twice", "OLD-3")}
    assert not written(damaged, since)
    totals = damaged.page("reconciliation").replace("\N{NO-BREAK SPACE}", " ")
    assert "Chloride Systems 1200 3 3 0 USD 200.00 USD 61.00 USD -139.00" in totals
    different = damaged.page("reconciliation?show=different")
    assert "Amount 1.00 → 100.00" in different


def test_each_damage_is_repaired_from_its_list(damaged: Office) -> None:
    begin(damaged, "reconciliation")
    seen = found(damaged)
    for finding in seen.values():
        damaged.ada.act(f"reconciliation/repair?finding={finding.id}")
    with damaged.jira.mock.lock:
        copied = damaged.jira.mock.site.find_issue(seen["twice", "OLD-3"].target_key)
        assert copied is not None, "the issue stays"
        assert copied.properties["counterfoil"] == {"released": True}
    assert damaged.issue_of("OLD-1")["fields"]["Amount"] == 100.0
    assert damaged.issue_of("OLD-2")["fields"]["Amount"] == 70.0
    assert "Repaired" in damaged.page("reconciliation?show=twice")
    assert "All of this was repaired since" in damaged.page("reconciliation")
    again = begin(damaged, "reconciliation")
    assert again.counts == {"same": 6}
    with damaged.rows() as session:
        foils = session.scalars(select(Counterfoil).where(Counterfoil.action.in_(["repaired", "released"]))).all()
    assert sorted(each.action for each in foils) == ["released", "repaired", "repaired"]
    assert {each.actor for each in foils} == {again.actor} != {"counterfoil"}


def test_all_of_a_verdict_are_repaired_at_once(damaged: Office) -> None:
    office = damaged
    nobody = "sage300:SAMLTD:1200:invoice:NOBODY"
    office.invoice("OLD-4")
    office.sync()
    for key in [copy(office, "OLD-1", nobody), copy(office, "OLD-4")]:
        assert key
    office.jira.act("issue", "delete", key=office.entry_of("OLD-4").target_key)
    done = begin(office, "reconciliation")
    assert {verdict for verdict, _ in found(office)} == {"missing", "different", "twice", "extra"}
    for verdict in ("extra", "twice", "missing", "different"):
        office.ada.act(f"reconciliation/repair-all?sweep={done.id}&verdict={verdict}")
    office.poll()
    assert begin(office, "reconciliation").counts == {"same": 7}
    assert len(marked(office)) == 7


def test_an_issue_that_has_come_to_stand_for_a_document_keeps_its_mark(damaged: Office) -> None:
    begin(damaged, "reconciliation")
    finding = found(damaged)["twice", "OLD-3"]
    entry = damaged.entry_of("OLD-3")
    with damaged.app.database.writing(damaged.site_id) as session:  # as *It is already there* links it
        row = session.get_one(type(entry), entry.id)
        row.target_id, row.target_key = finding.target_id, finding.target_key
    since = damaged.jira.now
    damaged.ada.act(f"reconciliation/repair?finding={finding.id}")
    assert not written(damaged, since)
    assert "has come to stand for a document" in damaged.page("reconciliation?show=twice")


def test_a_mark_that_jira_does_not_let_us_take_off_says_why_and_is_tried_again(damaged: Office) -> None:
    begin(damaged, "reconciliation")
    finding = found(damaged)["twice", "OLD-3"]
    damaged.jira.fault("status", "PUT", r"/issue/\w+$", status=503, times=1)
    damaged.ada.act(f"reconciliation/repair?finding={finding.id}")
    page = damaged.page("reconciliation?show=twice")
    assert "503" in page
    assert "Repair" in page
    damaged.ada.act(f"reconciliation/repair?finding={finding.id}")
    assert found(damaged)["twice", "OLD-3"].repaired_at is not None
    assert len(marked(damaged)) == 5


def test_resync_writes_a_document_again_although_nothing_changed_at_its_source(damaged: Office) -> None:
    entry = damaged.entry_of("OLD-1")
    damaged.sync()
    assert damaged.issue_of("OLD-1")["fields"]["Amount"] == 1.0, "a pass leaves what people typed"
    damaged.ada.act(f"document/resync?entry={entry.id}")
    assert damaged.issue_of("OLD-1")["fields"]["Amount"] == 100.0
    assert "In step with Jira" in damaged.page(f"failure?entry={entry.id}")
    nora = Reader(damaged, "Nora")
    refused = nora.ask(entry.target_key or "", f"document/resync?entry={entry.id}&panel=yes", {})
    assert refused.status_code == 403
    assert "Synced again by an administrator" in words(nora.ask(entry.target_key or "", "panel"))


def test_resync_from_the_panel_reads_what_no_poll_would_find(supplied: Office) -> None:
    office, ada = supplied, Reader(supplied, "Ada")
    key = office.issue_of("OLD-1")["key"]
    office.sage.mock.clock.advance(-30 * DAY)
    for due in ("2031-05-05", "2031-06-06"):
        office.clerk("invoice", "edit", vendor="1200", number="OLD-1", due_date=due)
        office.poll()
    pressed = ada.ask(key, f"document/resync?entry={office.entry_of('OLD-1').id}&panel=yes", {})
    assert "due 6 Jun 2031" in words(ada.ask(key, pressed.json()["redirect"]))
    assert office.issue_of("OLD-1")["fields"]["Payment due"] == "2031-06-06"


def test_a_backfill_finds_issues_of_an_earlier_life_instead_of_making_others(begun_late: Office) -> None:
    """The app was installed anew, began with a date, and its project still has the issues of then."""
    number = begun_late.entries()[0].number
    twin = copy(begun_late, number, "sage300:SAMLTD:1200:invoice:OLD-1")
    assert begin(begun_late, "backfill").state == "done"
    assert begun_late.entry_of("OLD-1").target_key == twin
    assert len(begun_late.issues()) == 4
