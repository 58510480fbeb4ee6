"""Failures as work: what a person decides about documents that have not arrived, and what it leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select, update

from plugin.store.models import Counterfoil, LedgerEntry
from plugin.sync import failures
from sage_adapters.errors import RecordTrouble
from tests.sync.conftest import trouble
from tests.sync.deciding import (
    ADA,
    EVERY,
    assert_chain_is_whole,
    assert_due,
    decide,
    last,
    lost_once,
    park,
    rest,
)


def test_trying_again_delivers_what_was_parked_and_says_who_and_why(bench):
    park(bench, "A")
    assert decide(bench, failures.replay) == {bench.stream_id: 1}
    assert_due(bench)
    told = last(bench, "A")
    assert (told.action, told.actor, told.detail["reason"]) == ("retried", "ada", "Agreed with the vendor.")
    assert (told.detail["before"], told.detail["after"]) == ("parked", "pending")
    assert told.detail["trouble"]["code"] == "board.refused"
    bench.pass_()
    assert bench.actions("A") == ["parked", "retried", "created"]


def test_only_the_chosen_documents_are_tried_again(bench):
    park(bench, "A", "B", "C")
    assert decide(bench, failures.replay, LedgerEntry.number == "B").total() == 1
    assert bench.states() == {"A": "parked", "B": "pending", "C": "parked"}


def test_many_documents_are_tried_again_in_transactions_of_bounded_size(bench, monkeypatch):
    monkeypatch.setattr(failures, "PORTION", 7)
    park(bench, *[f"D-{number:03}" for number in range(40)])
    written = []

    @event.listens_for(bench.database.engine, "commit")
    def note(connection):
        count = connection.exec_driver_sql("SELECT count(*) FROM counterfoils WHERE action = 'retried'").scalar()
        written.append(count)

    assert decide(bench, failures.replay).total() == 40
    event.remove(bench.database.engine, "commit", note)
    steps = [after - before for before, after in zip([0, *written], written, strict=False)]
    assert sum(steps) == 40
    assert max(steps) <= 7
    assert set(bench.states().values()) == {"pending"}
    assert_chain_is_whole(bench)


def test_settled_and_uncertain_documents_are_never_sent_again_by_a_replay(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.books.enter("2", "B")
    bench.board.after = lost_once()
    bench.uncertain_wait = 3600
    bench.pass_()
    assert decide(bench, failures.replay).total() == 0
    assert bench.states() == {"A": "settled", "B": "uncertain"}


def test_a_document_refused_again_has_been_failing_since_the_first_time(bench):
    park(bench, "A")
    since = bench.entry("A").failing_since
    bench.board.refuses = {"A"}
    decide(bench, failures.replay)
    bench.pass_()
    assert bench.entry("A").state == "parked"
    assert bench.entry("A").failing_since == since


def test_an_uncertain_document_tells_since_when_the_target_is_asked(bench):
    bench.books.enter("1", "A")
    bench.board.after = lost_once()
    bench.uncertain_wait = 600
    before = datetime.now(UTC)
    bench.pass_()
    assert before <= bench.entry("A").failing_since <= datetime.now(UTC)


def test_one_refused_before_it_was_sent_is_uncertain_since_it_was_sent(bench):
    park(bench, "A")
    refused = bench.entry("A").failing_since
    bench.board.after = lost_once()
    bench.uncertain_wait = 600
    decide(bench, failures.replay)
    bench.pass_()
    assert bench.entry("A").state == "uncertain"
    assert bench.entry("A").failing_since > refused


def test_an_ignored_document_stays_so_until_its_source_changes_it(bench):
    park(bench, "A")
    decide(bench, failures.ignore)
    assert_due(bench)
    told = last(bench, "A")
    assert (told.action, told.actor, told.detail["reason"]) == ("ignored", "ada", "Agreed with the vendor.")
    bench.mapping_version = 2
    bench.pass_()
    assert bench.states() == {"A": "ignored"}
    assert bench.board.issues == {}
    bench.books.enter("1", "A", amount="12.00")
    bench.pass_()
    assert bench.states() == {"A": "settled"}
    assert bench.board.shown("A")["amount"] == "12.00"


def test_an_ignored_document_waits_for_a_decision_again_when_a_person_says_so(bench):
    park(bench, "A")
    decide(bench, failures.ignore)
    decide(bench, failures.stop_ignoring)
    entry = bench.entry("A")
    assert (entry.state, entry.trouble["code"]) == ("parked", "board.refused")
    assert "was" not in entry.trouble
    assert bench.actions("A") == ["parked", "ignored", "unignored"]
    bench.pass_()
    assert bench.entry("A").state == "parked", "nothing is sent before somebody has decided"


def test_an_ignored_document_can_be_tried_again_at_once(bench):
    park(bench, "A")
    decide(bench, failures.ignore)
    decide(bench, failures.replay)
    bench.pass_()
    assert bench.states() == {"A": "settled"}


def test_an_ignored_document_that_vanishes_from_its_source_makes_no_issue(bench):
    park(bench, "A", "B")
    decide(bench, failures.ignore, LedgerEntry.number == "A")
    del bench.books.batches["1"]["A"]
    bench.pass_()
    assert bench.entry("A").state == "ignored"
    assert bench.board.issues == {}
    assert bench.actions("A") == ["parked", "ignored", "gone"]


def make_unreadable(bench):
    bench.books.enter("1", "A")
    bench.books.unreadable = {"A"}
    bench.pass_()
    rest(bench)


def test_trying_an_unreadable_document_again_reads_its_container_again(bench):
    make_unreadable(bench)
    bench.books.reads.clear()
    decide(bench, failures.replay)
    assert_due(bench)
    bench.pass_()
    assert bench.books.reads == ["1"]
    assert bench.actions("A") == ["parked", "retried"]


def test_an_ignored_unreadable_document_is_taken_when_its_source_is_mended(bench):
    make_unreadable(bench)
    decide(bench, failures.ignore)
    bench.books.batches["1"]["B"] = {"amount": "5.00", "status": "Open", "lines": []}  # so the batch is read again
    bench.pass_()
    assert bench.states() == {"A": "ignored", "B": "settled"}
    bench.books.unreadable = set()
    bench.pass_()
    assert bench.states() == {"A": "settled", "B": "settled"}


def test_a_known_document_ignored_while_unreadable_heals_although_its_source_says_what_it_said(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.books.unreadable = {"A"}
    bench.pass_()
    decide(bench, failures.ignore)
    bench.books.unreadable = set()
    bench.pass_()
    assert bench.states() == {"A": "settled"}


@pytest.mark.parametrize("ignored", [False, True])
def test_an_unreadable_document_that_vanishes_leaves_a_counterfoil(bench, ignored):
    bench.books.known_by_place = True
    make_unreadable(bench)
    if ignored:
        decide(bench, failures.ignore)
    bench.books.unreadable = set()
    bench.pass_()
    assert bench.states() == {"A": "settled"}
    with bench.database.reading(bench.site_id) as session:
        told = session.scalars(select(Counterfoil).where(Counterfoil.action == "cleared")).one()
    assert told.document_key == "books:place:1"
    assert told.detail["trouble"]["code"] == "books.unreadable"
    assert_chain_is_whole(bench)


def test_what_was_sent_is_settled_before_an_unreadable_version_counts(bench):
    """Otherwise the document would be forgotten to be on its way, and created a second time once it is mended."""
    bench.books.enter("1", "A")
    bench.board.after = lost_once()
    bench.uncertain_wait = 3600
    bench.pass_()
    bench.books.unreadable = {"A"}
    bench.pass_()
    assert bench.states() == {"A": "uncertain"}
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(LedgerEntry).values(next_try_at=datetime.now(UTC)))
    bench.pass_()
    assert bench.states() == {"A": "unreadable"}
    bench.books.unreadable = set()
    bench.pass_()
    assert bench.states() == {"A": "settled"}
    assert len(bench.board.issues) == 1


def test_a_mended_mapping_tries_again_by_itself_and_says_so(bench):
    bench.books.enter("1", "A", "B")
    bench.board.shows = "missing"
    bench.board.payload = unpayable(bench.board)
    bench.pass_()
    assert bench.states() == {"A": "parked", "B": "parked"}
    bench.board.payload = type(bench.board).payload.__get__(bench.board)
    bench.mapping_version, bench.board.shows = 2, "amount"
    bench.pass_()
    assert bench.states() == {"A": "settled", "B": "settled"}
    assert bench.actions("A") == ["parked", "retried", "created"]
    with bench.database.reading(bench.site_id) as session:
        told = session.scalars(select(Counterfoil).where(Counterfoil.action == "retried")).all()
    assert {(each.actor, each.detail["because"]) for each in told} == {("counterfoil", "mapping")}
    assert_chain_is_whole(bench)


def test_what_a_new_mapping_cannot_express_is_parked_with_a_counterfoil(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.mapping_version = 2
    bench.board.payload = unpayable(bench.board)
    bench.pass_()
    told = last(bench, "A")
    assert (bench.entry("A").state, told.action, told.outcome) == ("parked", "parked", "refused")
    assert (told.detail["because"], told.detail["trouble"]["code"]) == ("mapping", "board.unsayable")
    bench.mapping_version = 3
    bench.pass_()
    assert bench.actions("A") == ["created", "parked"], "the same reason again is no news"


def test_no_decision_leaves_its_site(bench):
    park(bench, "A")
    other = failures.replay(lambda: bench.database.writing(bench.site_id + 1), EVERY, ADA)
    assert other.total() == 0
    assert bench.states() == {"A": "parked"}
    with bench.database.reading(bench.site_id) as session:
        assert session.scalar(select(func.count(Counterfoil.id)).where(Counterfoil.actor == "ada")) == 0


def unpayable(board):
    def payload(content, corrections):
        raise trouble(RecordTrouble, "board.unsayable")

    return payload
