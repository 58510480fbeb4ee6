"""Values corrected for one document, and documents linked to what the target has already."""

from __future__ import annotations

import pytest

from plugin.sync import failures
from plugin.sync.documents import TARGET_GONE
from plugin.sync.failures import Correction, NotPossible
from sage_adapters.errors import RecordTrouble
from tests.sync.deciding import (
    ADA,
    assert_due,
    correct,
    last,
    link,
    lost_once,
    park,
)


def test_a_corrected_value_is_delivered_and_old_and_new_are_kept(bench):
    park(bench, "A")
    correct(bench, "A", amount="11.00")
    assert_due(bench)
    told = last(bench, "A")
    assert (told.action, told.actor, told.detail["reason"]) == ("corrected", "ada", "Agreed with the vendor.")
    assert told.detail["changes"] == [{"attribute": "amount", "from": "10.00", "to": "11.00"}]
    bench.pass_()
    assert bench.board.shown("A")["amount"] == "11.00"
    assert bench.entry("A").content["amount"] == "10.00"


def test_a_correction_taken_back_shows_what_the_source_says(bench):
    park(bench, "A")
    correct(bench, "A", amount="11.00")
    bench.pass_()
    entry = bench.entry("A")
    with bench.database.writing(bench.site_id) as session:
        failures.correct(session, entry.id, entry.version, [Correction("amount", "11.00", "10.00", None)], ADA)
    bench.pass_()
    assert bench.board.shown("A")["amount"] == "10.00"
    assert bench.entry("A").corrections == {}


def test_a_correction_while_the_outcome_is_unknown_waits_for_it(bench):
    bench.books.enter("1", "A")
    bench.board.after = lost_once()
    bench.pass_()
    correct(bench, "A", amount="11.00")
    assert bench.states() == {"A": "uncertain"}
    bench.pass_()
    assert [kind for kind, _ in bench.board.calls] == ["create", "find", "update"]
    assert bench.board.shown("A")["amount"] == "11.00"


def test_a_correction_made_while_the_document_is_being_sent_is_delivered_after_it(bench):
    bench.books.enter("1", "A")
    left = ["11.00"]

    def correct_meanwhile(*_):
        if left:
            correct(bench, "A", amount=left.pop())

    bench.board.before = correct_meanwhile
    bench.pass_()
    bench.pass_()
    assert bench.states() == {"A": "settled"}
    assert bench.board.shown("A")["amount"] == "11.00"


def test_a_decision_about_a_version_that_is_no_longer_the_latest_is_refused(bench):
    park(bench, "A")
    entry = bench.entry("A")
    bench.board.refuses = {"A"}
    bench.books.enter("1", "A", amount="12.00")
    bench.pass_()
    with bench.database.writing(bench.site_id) as session, pytest.raises(NotPossible, match="changed meanwhile"):
        failures.correct(session, entry.id, entry.version, [Correction("amount", "10.00", "11.00", {})], ADA)
    with pytest.raises(NotPossible, match="changed meanwhile"):
        link(bench, "A", "7", entry.version)
    assert bench.entry("A").corrections == {}
    assert bench.actions("A") == ["parked", "changed", "parked"]


def test_a_document_that_is_there_already_is_brought_up_to_date_and_not_made_again(bench):
    park(bench, "A")
    bench.board.issues["7"] = {"document": None, "fields": {"amount": "9.00", "status": ""}, "hash": None}
    link(bench, "A", "7")
    assert_due(bench)
    told = last(bench, "A")
    assert (told.action, told.actor, told.target) == ("linked", "ada", "B-7")
    bench.pass_()
    assert list(bench.board.issues) == ["7"]
    assert bench.board.shown("A")["amount"] == "10.00"
    assert bench.entry("A").state == "settled"
    assert bench.actions("A") == ["parked", "linked", "updated"]


def test_a_document_whose_issue_was_deleted_can_be_linked_to_another_one(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.board.issues.clear()
    bench.board.before = lost_once(RecordTrouble(tried="", got="", remedy="", code=TARGET_GONE))
    bench.books.enter("1", "A", amount="12.00")
    bench.pass_()
    bench.board.issues["9"] = {"document": None, "fields": {}, "hash": None}
    link(bench, "A", "9")
    assert last(bench, "A").detail["instead_of"] == "B-1"
    bench.pass_()
    assert bench.entry("A").target_key == "B-9"


def test_a_document_cannot_be_linked_to_what_stands_for_another(bench):
    bench.books.enter("0", "OTHER")
    bench.pass_()
    park(bench, "A")
    with pytest.raises(NotPossible, match="B-1 stands for another document already: OTHER"):
        link(bench, "A", "1")
    with pytest.raises(NotPossible, match="does not wait for a decision"):
        link(bench, "OTHER", "5")
    assert bench.states() == {"OTHER": "settled", "A": "parked"}
    assert bench.actions("A") == ["parked"]
