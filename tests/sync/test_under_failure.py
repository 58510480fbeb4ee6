"""Promises 1 to 4: once in effect, nothing skipped, one bad record stops nobody, trouble by its class."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from plugin.store.models import LedgerEntry, Stream
from plugin.sync import failures, lease
from plugin.sync.documents import TARGET_GONE
from plugin.sync.lease import Lease, LeaseLost
from sage_adapters.errors import (
    ConfigurationTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    UncertainOutcome,
)
from tests.sync.conftest import trouble


class Died(BaseException):
    """The process ends here, as far as the ledger can tell."""


def fail_once(hook_error):
    state = {"left": 1}

    def hook(*_):
        if state["left"]:
            state["left"] = 0
            raise hook_error

    return hook


def test_a_reply_lost_after_the_target_committed_is_settled_by_asking(bench):
    bench.books.fill(10)
    bench.board.after = fail_once(trouble(UncertainOutcome))
    bench.pass_()
    assert set(bench.states().values()) == {"uncertain"}
    bench.pass_()
    assert set(bench.states().values()) == {"settled"}
    assert [kind for kind, _ in bench.board.calls] == ["create", "find"]
    assert len(bench.board.issues) == 10
    assert bench.actions("INV-00000") == ["found"]


def test_a_reply_lost_before_the_target_committed_is_sent_again_once_the_target_had_its_time(bench):
    bench.books.fill(10)
    bench.uncertain_wait = 3600
    bench.board.before = fail_once(trouble(UncertainOutcome))
    bench.pass_()
    bench.pass_()
    assert [kind for kind, _ in bench.board.calls] == ["create"], "too young to be asked about, never sent again"
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(LedgerEntry).values(next_try_at=datetime.now(UTC) - timedelta(seconds=1)))
    bench.pass_()
    assert [kind for kind, _ in bench.board.calls] == ["create", "find", "create"]
    assert len(bench.board.issues) == 10


def test_the_target_is_told_what_it_had_made_before_the_doubtful_ones_were_sent(bench):
    bench.books.fill(10)
    bench.pass_()
    bench.books.enter("9", "LATER")
    bench.board.after = fail_once(trouble(UncertainOutcome))
    bench.pass_()
    bench.pass_()
    assert bench.board.asked_after == [{"B": "B-10"}]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_while_sending_is_made_up_for_without_a_second_issue(bench, moment):
    bench.books.fill(60)
    setattr(bench.board, moment, fail_once(Died()))
    with pytest.raises(Died):
        bench.pass_()
    assert "sending" in bench.states().values()
    bench.die()
    bench.board.calls.clear()
    while bench.pass_().again or set(bench.states().values()) != {"settled"}:
        pass
    assert bench.board.documents() == sorted(f"books:INV-{number:05}" for number in range(60))


def test_a_newer_version_that_comes_while_the_outcome_is_unknown_reaches_the_same_issue(bench):
    bench.books.enter("1", "A")
    bench.board.after = fail_once(trouble(UncertainOutcome))
    bench.uncertain_wait = 0
    bench.pass_()
    bench.books.enter("1", "A", amount="77.00")
    bench.pass_()
    bench.pass_()
    assert len(bench.board.issues) == 1
    assert bench.board.shown("A")["amount"] == "77.00"
    assert bench.entry("A").state == "settled"


def test_a_refused_document_is_parked_with_its_reason_and_the_others_go_on(bench):
    bench.books.fill(5)
    bench.board.refuses = {"INV-00002"}
    ending = bench.pass_()
    assert ending.trouble is None
    entry = bench.entry("INV-00002")
    assert (entry.state, entry.trouble_code) == ("parked", "board.refused")
    assert entry.trouble["remedy"] == "Mend it."
    assert entry.content["amount"] == "10.00", "the record is kept whole"
    assert len(bench.board.issues) == 4
    bench.pass_()
    assert bench.board.calls == [("create", 5)], "it is not tried again by itself"


def test_a_newer_version_replaces_a_parked_one(bench):
    bench.books.enter("1", "A")
    bench.board.refuses = {"A"}
    bench.pass_()
    bench.board.refuses = set()
    bench.books.enter("1", "A", amount="12.00")
    bench.pass_()
    assert bench.board.shown("A")["amount"] == "12.00"
    assert bench.entry("A").trouble is None


def test_an_issue_deleted_by_a_person_is_made_anew_only_when_a_person_says_so(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    gone = RecordTrouble(tried="", got="", remedy="", code=TARGET_GONE)
    bench.board.issues.clear()
    bench.board.before = fail_once(gone)
    bench.books.enter("1", "A", amount="12.00")
    bench.pass_()
    assert bench.entry("A").state == "parked"
    assert bench.board.issues == {}
    chosen = LedgerEntry.number == "A"
    failures.replay(lambda: bench.database.writing(bench.site_id), chosen, failures.Decision("ada"))
    bench.pass_()
    assert bench.board.shown("A")["amount"] == "12.00"
    assert bench.board.calls[-1] == ("create", 1)


def test_an_unreadable_document_is_kept_and_heals_when_its_source_is_mended(bench):
    bench.books.enter("1", "A", "B")
    bench.books.unreadable = {"A"}
    bench.pass_()
    assert bench.states() == {"A": "unreadable", "B": "settled"}
    bench.books.unreadable = set()
    bench.pass_()
    assert bench.states() == {"A": "settled", "B": "settled"}


def test_a_document_that_becomes_unreadable_keeps_its_issue_as_it_was(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.books.unreadable = {"A"}
    bench.pass_()
    entry = bench.entry("A")
    assert (entry.state, entry.content["amount"], entry.target_id) == ("unreadable", "10.00", "1")
    bench.books.unreadable = set()
    bench.pass_()
    assert bench.entry("A").state == "settled"
    assert len(bench.board.issues) == 1


def test_a_document_that_cannot_even_tell_its_number_does_not_make_its_issue_look_deleted(bench):
    bench.books.known_by_place = True
    bench.books.enter("1", "A", "B")
    bench.pass_()
    bench.books.unreadable = {"A"}
    bench.pass_()
    assert bench.board.shown("A")["status"] == "Open"
    assert sorted(bench.states().values()) == ["settled", "settled", "unreadable"]
    bench.books.unreadable = set()
    bench.pass_()
    bench.mapping_version, bench.board.shows = 2, "lines"
    bench.pass_()
    assert bench.states() == {"A": "settled", "B": "settled"}
    assert bench.stream().trouble is None


def test_a_paused_stream_is_not_worked_on_whoever_asks(bench):
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(Stream).values(active=False))
        assert Lease.take(session, bench.stream_id) is None


def test_after_a_lost_reply_nothing_more_is_sent_until_the_target_has_answered(bench):
    bench.books.fill(1000)

    def lost(*_):
        raise trouble(UncertainOutcome)

    bench.board.before = lost
    bench.pass_()
    assert len(bench.board.calls) <= 4, "only the calls that were under way"
    assert bench.stream().trouble["kind"] == "uncertain"


def test_trouble_of_the_whole_target_parks_nobody_and_heals_by_itself(bench):
    bench.books.fill(30)
    broken = trouble(ConfigurationTrouble, "board.project-gone")
    bench.board.checks = fail_once(broken)
    ending = bench.pass_()
    assert ending.trouble is broken
    assert set(bench.states().values()) == {"pending"}
    assert bench.board.calls == [], "nothing is sent to a target that would refuse all of it"
    assert bench.stream().trouble["code"] == "board.project-gone"
    assert bench.run().state == "stopped"
    bench.pass_()
    assert set(bench.states().values()) == {"settled"}
    assert bench.stream().trouble is None


def test_throttled_waits_as_told_and_spends_no_attempt(bench):
    bench.books.fill(10)
    bench.board.before = fail_once(trouble(Throttled, retry_after=77.0, scope="burst"))
    bench.pass_()
    stream = bench.stream()
    wait = (stream.due_at - datetime.now(UTC)).total_seconds()
    assert 70 < wait <= 77
    assert (stream.attempts, stream.trouble["kind"]) == (0, "throttled")


def test_transient_trouble_backs_off_further_each_time(bench):
    bench.books.fill(10)

    def down(*_):
        raise trouble(TransientTrouble)

    bench.board.before = down
    waits = []
    for _ in range(4):
        bench.pass_()
        waits.append((bench.stream().due_at - datetime.now(UTC)).total_seconds())
    assert bench.stream().attempts == 4
    assert waits[0] <= 5 < waits[3] <= 40


def test_two_workers_cannot_hold_one_stream(bench):
    with bench.database.writing(bench.site_id) as session:
        assert Lease.take(session, bench.stream_id) is not None
    with bench.database.writing(bench.site_id) as session:
        assert Lease.take(session, bench.stream_id) is None


def test_a_worker_whose_lease_was_taken_over_writes_nothing_more(bench):
    bench.books.fill(10)

    def taken_over(*_):
        bench.die()
        with bench.database.writing(bench.site_id) as session:
            assert Lease.take(session, bench.stream_id) is not None

    bench.board.after = taken_over
    with pytest.raises(LeaseLost):
        bench.pass_()
    assert set(bench.states().values()) == {"sending"}
    bench.board.after = lambda *_: None
    bench.die()
    bench.pass_()
    assert len(bench.board.issues) == 10
    assert set(bench.states().values()) == {"settled"}


def test_a_worker_that_stood_still_does_not_send_what_another_may_have_sent_meanwhile(bench, monkeypatch):
    """Suspended between its intent and its call, it wakes up when its lease is over."""
    bench.books.enter("9999", "BEFORE")
    bench.pass_()
    bench.board.calls.clear()
    bench.books.fill(30)
    stood_still = [0.0]
    real = lease._clock
    monkeypatch.setattr(lease, "_clock", lambda: real() + stood_still[0])

    def stand_still():
        stood_still[0] += 2 * lease.LEASE.total_seconds()

    bench.board.checks = stand_still
    bench.pass_()
    assert bench.board.calls == []
    assert Counter(bench.states().values()) == {"pending": 30, "settled": 1}
    bench.board.checks = lambda: None
    bench.pass_()
    assert len(bench.board.documents()) == 31
