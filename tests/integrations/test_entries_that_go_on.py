"""What becomes of an entry in Sage 300: held, posted, moved, set aside, deleted. Its issue tells each."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from mock_servers.sage300 import Seed
from tests.integrations.agreement import assert_in_step
from tests.integrations.office import COMPANY, Office

DAY = 86_400
Json = dict[str, Any]


@pytest.mark.parametrize("books", [Seed()], ids=["sample company"])
def test_posting_shows_although_it_leaves_the_date_of_the_last_edit_alone(office: Office) -> None:
    office.live_long_ago()
    batch = office.invoice("POST-1")["batch"]
    office.clerk("invoice_batch", "ready", number=batch)
    office.set_up()
    office.sage.mock.clock.advance(3 * DAY)
    office.invoice("LATER-1")
    office.sync()
    before = _batch(office, batch)
    office.clerk("invoice_batch", "post", number=batch)
    assert _batch(office, batch)["last_edited"] == before["last_edited"], "posting must be silent"
    run = office.poll()
    assert office.issue_of("POST-1")["fields"]["Sage 300 status"] == "Posted"
    assert run.updated == 1
    since = office.sage.now
    office.poll()
    assert not office.sage.journal("GET", rf"\({batch}\)", since), "a posted batch is not read again"


def test_ready_to_post_and_open_again_shows(vendor: Office) -> None:
    batch = vendor.invoice("R-1")["batch"]
    vendor.sync()
    for action, status in (("ready", "Ready to post"), ("reopen", "Open")):
        vendor.clerk("invoice_batch", action, number=batch)
        vendor.poll()
        assert vendor.issue_of("R-1")["fields"]["Sage 300 status"] == status


def test_a_hold_shows_until_it_is_lifted(vendor: Office) -> None:
    vendor.invoice("H-1")
    vendor.sync()
    for action, status in (("hold", "On hold"), ("release", "Open")):
        vendor.clerk("invoice", action, vendor="1200", number="H-1")
        vendor.poll()
        assert vendor.issue_of("H-1")["fields"]["Sage 300 status"] == status


def test_a_deleted_entry_is_noted_on_its_issue_and_the_issue_stays(vendor: Office) -> None:
    batch = vendor.invoice("GONE-1")["batch"]
    vendor.invoice("STAYS-1", batch=batch)
    vendor.sync()
    number = len(vendor.issues())
    vendor.clerk("invoice", "delete", vendor="1200", number="GONE-1")
    vendor.poll()
    assert len(vendor.issues()) == number
    assert vendor.issue_of("GONE-1")["fields"]["Sage 300 status"] == "Deleted in Sage 300"
    assert vendor.issue_of("STAYS-1")["fields"]["Sage 300 status"] == "Open"
    vendor.invoice("GONE-1", batch=batch)
    vendor.poll()
    assert len(vendor.issues()) == number, "the same document again is the same issue again"
    assert vendor.issue_of("GONE-1")["fields"]["Sage 300 status"] == "Open"


def test_a_deleted_batch_is_noted_on_the_issues_of_its_entries(vendor: Office) -> None:
    batch = vendor.invoice("GONE-1")["batch"]
    vendor.sync()
    vendor.clerk("invoice_batch", "delete", number=batch)
    vendor.poll()
    assert vendor.issue_of("GONE-1")["fields"]["Sage 300 status"] == "Deleted in Sage 300"


@pytest.mark.parametrize("forward", [True, False], ids=["to a later batch", "to an earlier batch"])
def test_an_entry_that_moves_to_another_batch_keeps_its_issue(vendor: Office, forward: bool) -> None:
    first = vendor.invoice("A-1")["batch"]
    second = vendor.invoice("B-1")["batch"]
    vendor.sync()
    moving, target = ("A-1", second) if forward else ("B-1", first)
    before = vendor.issue_of(moving)
    vendor.clerk("invoice", "move", vendor="1200", number=moving, to_batch=target)
    vendor.poll()
    after = vendor.issue_of(moving)
    assert after["key"] == before["key"]
    assert (after["fields"]["AP batch"], after["fields"]["Sage 300 status"]) == (str(target), "Open")


def test_an_entry_that_fails_at_posting_shows_where_it_went(vendor: Office) -> None:
    batch = vendor.invoice("GOOD-1")["batch"]
    vendor.invoice("BAD-1", batch=batch)
    vendor.clerk("invoice", "hold", vendor="1200", number="BAD-1")
    vendor.sync()
    vendor.clerk("invoice_batch", "post", number=batch)
    aside = vendor.clerk("invoice", "release", vendor="1200", number="BAD-1")
    assert aside["batch"] != batch
    vendor.poll()
    assert vendor.issue_of("GOOD-1")["fields"]["Sage 300 status"] == "Posted"
    failed = vendor.issue_of("BAD-1")["fields"]
    assert (failed["AP batch"], failed["Sage 300 status"]) == (str(aside["batch"]), "Open")
    vendor.clerk("invoice_batch", "post", number=aside["batch"])
    vendor.poll()
    assert vendor.issue_of("BAD-1")["fields"]["Sage 300 status"] == "Posted"


@pytest.mark.parametrize("books", [Seed()], ids=["sample company"])
def test_an_entry_that_failed_is_not_taken_for_posted_when_its_old_batch_is_read_last(office: Office) -> None:
    office.live_long_ago()
    batch = office.invoice("BAD-1")["batch"]
    office.clerk("invoice", "hold", vendor="1200", number="BAD-1")
    office.clerk("invoice_batch", "ready", number=batch)
    office.set_up()
    office.sage.mock.clock.advance(3 * DAY)
    office.invoice("LATER-1")
    office.sync()
    office.clerk("invoice_batch", "post", number=batch)
    office.poll()
    failed = office.issue_of("BAD-1")["fields"]
    assert (failed["AP batch"], failed["Sage 300 status"]) != (str(batch), "Posted")
    assert failed["Sage 300 status"] == "On hold"


def test_an_entry_that_moves_while_the_batches_are_read_is_not_taken_twice(vendor: Office) -> None:
    vendor.ada.act(f"connection/save?id={vendor.connection}", vendor.credentials(concurrency="1"))
    first = vendor.invoice("MOVES-1")["batch"]
    second = vendor.invoice("STAYS-1")["batch"]
    moved: list[Json] = []

    def move(request: Request, _: Response) -> None:
        if request.path.endswith(f"({first})") and not moved:
            moved.append(vendor.clerk("invoice", "move", vendor="1200", number="MOVES-1", to_batch=second))

    vendor.sage.mock.watch(move)
    run = vendor.sync()
    assert moved
    assert (run.state, run.created) == ("done", 2)
    assert vendor.issue_of("MOVES-1")["fields"]["AP batch"] == str(second)
    vendor.sync()
    assert_in_step(vendor)


def _batch(office: Office, number: int) -> Json:
    batches = office.sage.mock.state("invoice_batches")["invoice_batches"]
    return next(each for each in batches if (each["company"], each["number"]) == (COMPANY, number))
