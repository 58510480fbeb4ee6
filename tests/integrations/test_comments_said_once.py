"""No comment is ever doubled, and none is lost: through lost replies, dead workers, replay, restored ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from plugin.jira import adf
from plugin.jira.comments import Comments
from plugin.store.database import Database
from plugin.store.models import LedgerEntry, SourceUnit
from plugin.sync import failures
from plugin.sync.documents import TARGET_GONE
from plugin.sync.lease import LeaseLost
from tests.contract.jira_openapi import SPEC
from tests.integrations.comments_books import LIVES, Books, open_books
from tests.integrations.comments_desk import Died, Interrupted, die

OURS, NO_MORE = 2, 4712
COMMENT = r"/issue/\d+/comment$"


if not SPEC.exists():
    pytest.skip("Atlassian's OpenAPI is not at hand", allow_module_level=True)


@pytest.fixture
def books(database: Database, serve_mock: Callable[..., Any]) -> Iterator[Books]:
    with open_books(database, serve_mock) as opened:
        yield opened


@pytest.mark.parametrize("shown", [True, False], ids=["marks beside comments", "marks asked for by id"])
def test_a_lost_reply_to_a_comment_leads_to_no_second_one(books: Books, shown: bool) -> None:
    books.jira.turn(comment_properties_expanded=shown)
    key = books.posted("P-1")
    books.jira.fault("lost_reply", "POST", COMMENT)
    books.tell()
    assert books.only("postings").state == "uncertain"
    books.tell()
    assert (books.only("postings").state, len(books.thread(key))) == ("settled", 1)
    assert books.actions("postings") == ["found"]


def test_a_lost_reply_to_a_further_comment_leads_to_no_third_one(books: Books) -> None:
    books.sage.turn(gl_automatic=False)
    key = books.posted("P-1")
    books.tell()
    books.late_journal()
    books.time_passes(timedelta(hours=1))
    books.jira.fault("lost_reply", "POST", COMMENT)
    books.tell()
    assert books.only("postings").state == "uncertain"
    books.tell()
    assert (books.only("postings").state, len(books.thread(key))) == ("settled", 2)


def test_a_comment_that_never_arrived_is_sent_again(books: Books) -> None:
    key = books.posted("P-1")
    books.jira.fault("reset", "POST", COMMENT)
    books.tell()
    assert books.thread(key) == []
    books.tell()
    books.tell()
    assert len(books.thread(key)) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["create", "update"])
def test_a_worker_that_dies_at_a_comment_is_made_up_for_without_a_second_one(
    books: Books, call: str, moment: str
) -> None:
    books.sage.turn(gl_automatic=False)
    key = books.posted("P-1")
    if call == "update":
        books.tell()
        books.late_journal()
        books.time_passes(timedelta(hours=1))
    with pytest.raises(Died):
        books.tell(Interrupted(books.target(), call, moment, die))
    assert books.only("postings").state == "sending"
    books.die("postings")
    while books.tell().again or books.only("postings").state != "settled":
        pass
    assert len(books.thread(key)) == (1 if call == "create" else 2)


def test_two_workers_leave_one_comment(books: Books) -> None:
    """The second takes over while the first, whose lease has run out, is still sending."""
    key = books.posted("P-1")

    def taken_over() -> None:
        books.die("postings")
        books.tell()

    with pytest.raises(LeaseLost):
        books.tell(Interrupted(books.target(), "create", "after", taken_over))
    while books.tell().again or books.only("postings").state != "settled":
        pass
    assert len(books.thread(key)) == 1


def test_a_lost_ledger_leads_to_no_second_comment(books: Books) -> None:
    """As after a restored backup: what is on the issues already is found before anything is said."""
    key = books.posted("P-1")
    books.tell()
    with books.writing() as session:
        session.query(LedgerEntry).filter(LedgerEntry.stream_id == books.streams["postings"]).delete()
        session.query(SourceUnit).filter(SourceUnit.stream_id == books.streams["postings"]).delete()
    books.change("postings", watermark=None, look_first=True)
    books.tell(books.target(look_first=True))
    books.tell(books.target(look_first=True))
    assert (books.only("postings").state, len(books.thread(key))) == ("settled", 1)


@pytest.mark.parametrize(
    ("person", "stream", "first"),
    [("ada", LIVES, "created"), ("ada", NO_MORE, "found"), ("nora", OURS, "created")],
    ids=["another connection's invoice of the same name", "a stream that is no more", "a forged mark"],
)
def test_only_our_own_comments_are_taken_for_ours(books: Books, person: str, stream: int, first: str) -> None:
    key = books.posted("P-1")
    mark = {"document": "sage300:SAMLTD:1200:posting:invoice%2FP-1", "stream": stream, "hash": "", "parts": {}}
    with books.jira_client(person) as client:
        Comments(client).add(key, adf.from_text("Posted."), mark)
    books.tell(books.target(other_streams=[LIVES], look_first=True))
    assert books.actions("postings")[0] == first
    assert len(books.thread(key)) == 2


def test_a_deleted_issue_parks_its_comment_and_a_new_issue_is_told_all(books: Books) -> None:
    key = books.posted("P-1")
    books.jira.act("issue", "delete", key=key)
    books.tell()
    entry = books.only("postings")
    assert (entry.state, entry.trouble_code) == ("parked", TARGET_GONE)
    books.make_anew("P-1")
    books.tell()
    (comment,) = books.thread(books.issues.keys["P-1"])
    assert comment.startswith("Counterfoil: posted in Sage 300.")
    assert books.only("postings").state == "settled"


def test_what_was_told_on_an_issue_that_was_deleted_is_told_on_the_new_one(books: Books) -> None:
    key = books.posted("P-1")
    books.tell()
    books.jira.act("issue", "delete", key=key)
    books.make_anew("P-1")
    books.tell()
    (comment,) = books.thread(books.issues.keys["P-1"])
    assert comment.startswith("Counterfoil: posted in Sage 300.")


def test_a_full_issue_parks_its_comment_and_others_go_on(books: Books) -> None:
    batch = books.enter("P-1")["batch"]
    books.enter("P-2", batch=batch)
    books.poll_invoices()
    full = books.issues.keys["P-1"]
    books.jira.act("issue", "comment", key=full, text="The last one.")
    books.jira.turn(issue_limits={"comments": 1})
    books.post(batch)
    books.poll_invoices()
    books.tell()
    states = {entry.number: (entry.state, entry.trouble_code) for entry in books.entries("postings")}
    assert states == {"P-1": ("parked", "jira.issue-full"), "P-2": ("settled", None)}
    books.jira.turn(issue_limits={"comments": 5000})
    failures.replay(books.writing, LedgerEntry.number == "P-1", failures.Decision("ada"))
    books.tell()
    assert len(books.thread(full)) == 2
