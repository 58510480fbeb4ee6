"""Issues that the ledger knows nothing of are found by our mark, and not made a second time."""

from __future__ import annotations

import json

from click.testing import CliRunner
from sqlalchemy import delete, update

from plugin.cli import counterfoil
from plugin.store.models import LedgerEntry, SourceUnit, Stream
from tests.integrations.agreement import assert_in_step, issues_by_document
from tests.integrations.office import Office
from tests.integrations.test_where_issues_land import decide
from tests.integrations.troubles import BULK


def forget_some(office: Office) -> None:
    """The database as a backup would bring it back: some documents were not in it yet."""
    with office.app.database.writing(office.site_id) as session:
        session.execute(delete(LedgerEntry).where(LedgerEntry.id % 2 == 0))
        session.execute(delete(SourceUnit))
        session.execute(update(Stream).values(watermark=None, position=None))


def test_after_a_restored_backup_documents_find_their_issues_again(supplied: Office) -> None:
    office = supplied
    office.invoice("OLD-2")
    office.poll()
    before = issues_by_document(office)
    forget_some(office)
    assert "will look for each document" in CliRunner().invoke(counterfoil, ["database", "restored"]).output
    since = office.jira.now
    office.invoice("NEW-1")
    assert office.poll().state == "done"
    made = office.jira.journal("POST", BULK, since)
    assert sum(len(json.loads(entry["body"])["issueUpdates"]) for entry in made) == 1, "only the new one"
    assert len(issues_by_document(office)) == len(before) + 1
    assert_in_step(office)


def test_what_changed_since_the_backup_is_brought_up_to_date(supplied: Office) -> None:
    office = supplied
    office.invoice("OLD-2")
    office.poll()
    forget_some(office)
    with office.app.database.writing(office.site_id) as session:
        session.execute(update(Stream).values(look_first=True))
    office.clerk("invoice", "edit", vendor="1200", number="OLD-2", amount="111.00")
    office.poll()
    office.poll()
    assert_in_step(office)


def test_a_document_that_was_parked_in_the_backup_is_looked_for_on_the_day_when_it_goes_out(supplied: Office) -> None:
    """It had gone out after the backup was made, of which the backup knows nothing."""
    office = supplied
    issues = issues_by_document(office)
    parked = {"state": "parked", "target_id": None, "target_key": None, "payload_hash": None}
    with office.app.database.writing(office.site_id) as session:
        session.execute(update(Stream).values(look_first=True))
        session.execute(update(LedgerEntry).where(LedgerEntry.number == "OLD-1").values(**parked))
    assert office.poll().state == "done"
    with office.app.database.writing(office.site_id) as session:
        session.execute(update(LedgerEntry).where(LedgerEntry.number == "OLD-1").values(state="pending"))
    office.poll()
    assert issues_by_document(office).keys() == issues.keys()
    assert_in_step(office)
    office.poll()
    assert not office.stream().look_first


def test_a_first_run_into_an_empty_project_does_not_look_for_each_document(supplied: Office) -> None:
    searches = supplied.jira.journal("POST", "/search/jql$")
    assert len(searches) <= 1


def test_a_document_that_was_left_out_in_the_backup_is_looked_for_once_it_is_wanted(supplied: Office) -> None:
    """It took part after the backup was made, and had an issue."""
    office = supplied
    issues = issues_by_document(office)
    left_out = {"state": "left-out", "target_id": None, "target_key": None, "payload_hash": None}
    decide(office, selection=[{"on": "amount", "how": "at-least", "values": ["500"]}])
    with office.app.database.writing(office.site_id) as session:
        session.execute(update(Stream).values(look_first=True))
        session.execute(update(LedgerEntry).where(LedgerEntry.number == "OLD-1").values(**left_out))
    assert office.poll().state == "done"
    assert office.entry_of("OLD-1").state == "left-out"
    decide(office, selection=[])
    office.poll()
    assert issues_by_document(office).keys() == issues.keys()
    assert_in_step(office)
