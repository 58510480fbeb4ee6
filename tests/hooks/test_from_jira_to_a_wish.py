"""From a change in Jira, delivered for real, to what follows from it; and nothing follows twice, or from nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin.integrations.connections import open_jira_client
from plugin.integrations.hooks import draining, duties
from plugin.jira import adf, transitions
from plugin.jira.comments import Comments
from plugin.store.models import Circuit, Counterfoil, InboxMessage, IssueTotals, Stream
from tests.hooks.office import APPROVED, REVIEW
from tests.hooks.senders import Admin, Sender


def test_moving_an_issue_to_a_configured_status_is_a_wish(watching: Any) -> None:
    key = watching.bill("B-1")
    watching.move(key, REVIEW)
    watching.settle()
    assert watching.wishes.wished == [("B-1", "approve")]
    watching.move(key, APPROVED)
    watching.settle()
    assert watching.wishes.wished == [("B-1", "approve"), ("B-1", "pay")]
    assert {via for _, via in watching.wishes.heard} == {"transition"}


def test_doubled_late_and_overtaking_deliveries_are_one_wish_each(watching: Any) -> None:
    watching.turn(webhook_duplicate=1, webhook_reorder=0.2)
    keys = [watching.bill(f"B-{n}") for n in range(4)]
    for to in (REVIEW, APPROVED):
        for key in keys:
            watching.move(key, to)
    watching.settle()
    watching.settle()
    assert sorted(watching.wishes.wished) == sorted((f"B-{n}", what) for n in range(4) for what in ("approve", "pay"))


@pytest.mark.parametrize("knob", ["webhook_without_field_id", "webhook_without_issue"])
def test_a_delivery_that_lacks_names_is_understood_or_made_up_for(watching: Any, knob: str) -> None:
    watching.turn(**{knob: True})
    watching.move(watching.bill("B-1"), REVIEW)
    watching.settle()
    watching.work()  # one that does not even say of which issue hastens the sweep
    assert watching.wishes.wished == [("B-1", "approve")]


def test_many_messages_are_worked_off_in_one_job_and_each_issue_asked_about_once(watching: Any) -> None:
    keys = [watching.bill(f"B-{n}") for n in range(5)]
    for key in keys:
        watching.move(key, REVIEW)
        watching.move(key, APPROVED)
    watching.delivered()
    assert len(watching.queue.asked) <= 1
    since = watching.jira.journal.count
    watching.settle()
    histories = [e for e in watching.jira.journal.entries(since) if e["path"].endswith("/changelog")]
    assert len(histories) == 5
    assert len(watching.wishes.taken) == 10


def test_issues_that_are_not_ours_cost_no_request(watching: Any) -> None:
    key = watching.act("issue", "create", project="AP", issue_type="Invoice", summary="Somebody's own")["key"]
    watching.move(key, REVIEW)
    watching.delivered()
    since = watching.jira.journal.count
    watching.settle()
    assert [e for e in watching.jira.journal.entries(since) if key.partition("-")[0] in e["path"]] == []
    assert watching.wishes.heard == []


def test_a_number_that_means_something_else_at_another_target_is_no_issue_of_ours(watching: Any) -> None:
    key = watching.bill("B-1")
    watching.configure(project_key=None)  # its documents go to something else that counts from 10000, too
    watching.move(key, REVIEW)
    watching.settle()
    assert watching.wishes.heard == []


def test_a_status_counts_from_when_it_was_configured(listening: Any) -> None:
    key = listening.bill("B-1")
    listening.move(key, REVIEW)
    listening.delivered()
    listening.wait(timedelta(hours=1))
    listening.watch(approve=REVIEW)
    listening.act("issue", "comment", key=key, text="Where is it?")
    listening.attend(duties.SWEEP)
    assert listening.wishes.wished == []


def test_a_status_that_is_taken_out_of_the_settings_wishes_for_nothing(watching: Any) -> None:
    watching.configure(name="actions", statuses_of_actions={})
    watching.follow()
    watching.work()
    watching.move(watching.bill("B-1"), REVIEW)
    watching.settle()
    assert watching.wishes.heard == []
    assert watching.duty("sweep").due_at is None


def test_a_body_that_lies_moves_nothing(watching: Any) -> None:
    """The token does not cover it: whoever replays one with another body gets Jira's own answer looked at."""
    key = watching.bill("B-1")
    sender = Sender(watching)
    sender.said["issue"] = {"id": watching.issue(key).id, "key": key}
    assert sender.post(sender.token()).status_code == 204
    watching.settle()
    assert watching.wishes.heard == []


def test_trouble_with_jira_leaves_the_inbox_waiting(watching: Any) -> None:
    key = watching.bill("B-1")
    watching.move(key, REVIEW)
    watching.delivered()
    watching.jira.faults.add("status", method="GET", path="changelog", times=20, status=503)
    watching.work()
    [message] = [each for each in watching.rows(InboxMessage) if each.taken_at is None]
    assert (message.attempts, message.trouble["kind"]) == (1, "transient")
    assert watching.duty("drain").trouble["kind"] == "transient"
    watching.jira.faults.clear()
    watching.later = timedelta(minutes=1)
    watching.settle()
    assert watching.wishes.wished == [("B-1", "approve")]


def test_a_defect_holds_up_nobody_else_and_is_given_up_at_last(watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, well = watching.bill("B-1"), watching.bill("B-2")
    take = watching.wishes.take

    def fragile(session: Any, stream: Stream, entry: Any, uttered: Any) -> None:
        if entry.number == "B-1":
            raise ZeroDivisionError
        take(session, stream, entry, uttered)

    monkeypatch.setattr(watching.wishes, "take", fragile)
    watching.move(broken, REVIEW)
    watching.move(well, REVIEW)
    watching.delivered()
    for _ in range(draining.MOST_TRIES):
        watching.work()
        watching.later += timedelta(minutes=2)
    assert watching.wishes.wished == [("B-2", "approve")]
    [given_up] = [row for row in watching.rows(InboxMessage) if row.trouble]
    assert (given_up.attempts, given_up.taken_at is not None) == (draining.MOST_TRIES, True)


def test_a_worker_that_dies_leaves_what_another_one_works_off(watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    watching.move(watching.bill("B-1"), REVIEW)
    watching.delivered()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(draining.inbox, "taken", killed)
        with pytest.raises(KeyboardInterrupt):
            watching.work()
    assert watching.duty("drain").lease_until is not None
    watching.later = duties.LEASE + timedelta(minutes=1)
    watching.settle()
    assert watching.wishes.wished == [("B-1", "approve")]


def test_a_circuit_that_is_open_is_respected(watching: Any) -> None:
    watching.move(watching.bill("B-1"), REVIEW)
    watching.delivered()
    until = watching.now + timedelta(minutes=5)
    with watching.database.writing(watching.site_id) as session:
        session.add(Circuit(subject="jira", failures=3, opened_at=watching.now, next_try_at=until))
    since = watching.jira.journal.count
    watching.work()
    assert list(watching.jira.journal.entries(since)) == []
    assert watching.duty("drain").due_at == until


def test_a_deleted_issue_is_told_in_the_history_of_its_document(listening: Any) -> None:
    key = listening.bill("B-1")
    listening.turn(webhook_duplicate=1)
    listening.act("issue", "delete", key=key)
    listening.settle()
    [stub] = listening.rows(Counterfoil)
    assert (stub.action, stub.document_key, stub.target) == ("issue-deleted", "acme/B-1", f"jira {key}")


def test_a_deletion_that_did_not_happen_is_not_told(listening: Any) -> None:
    key = listening.bill("B-1")
    issue = {"id": listening.issue(key).id, "key": key}
    sender = Sender(listening, said={"webhookEvent": "jira:issue_deleted", "issue": issue})
    sender.post(sender.token())
    listening.settle()
    assert listening.rows(Counterfoil) == []


def test_comments_and_worklogs_are_totalled_from_jira(listening: Any) -> None:
    """Worklogs come by the descriptor's webhook; Jira does not deliver them to registered ones."""
    key = listening.bill("B-1")
    listening.turn(webhook_duplicate=1)
    for text in ("First", "Second"):
        listening.act("issue", "comment", key=key, text=text)
    listening.log_work(key, 3600)
    listening.log_work(key, 900)
    listening.settle()
    [totals] = listening.rows(IssueTotals)
    assert (totals.comments, totals.worklog_seconds) == (2, 4500)
    assert {row.source for row in listening.rows(InboxMessage) if row.event == "worklog_created"} == {"descriptor"}


def test_totals_are_counted_anew_after_losses(listening: Any) -> None:
    key = listening.bill("B-1")
    listening.turn(webhook_drop=1)
    listening.log_work(key, 3600)
    listening.turn(webhook_drop=0)
    listening.log_work(key, 60)
    listening.settle()
    [totals] = listening.rows(IssueTotals)
    assert totals.worklog_seconds == 3660


def test_our_own_comments_are_not_counted(listening: Any) -> None:
    key = listening.bill("B-1")
    with open_jira_client(listening.worker, listening.site_id) as client:
        Comments(client).add(key, adf.doc(adf.paragraph("Posted")), {"document": "x"})
    listening.act("issue", "comment", key=key, text="Thanks")
    listening.settle()
    [totals] = listening.rows(IssueTotals)
    assert totals.comments == 1


def test_the_webhook_of_an_administrator_tells_of_worklogs_too(listening: Any) -> None:
    admin = Admin.of(listening)
    key = listening.bill("B-1")
    listening.turn(webhook_drop=1)
    listening.log_work(key, 600)
    listening.turn(webhook_drop=0)
    worklog = {"id": "1", "issueId": listening.issue(key).id}
    admin.said = {"webhookEvent": "worklog_updated", "worklog": worklog}
    assert admin.post(**admin.sign()).status_code == 204
    listening.settle()
    [totals] = listening.rows(IssueTotals)
    assert totals.worklog_seconds == 600


def test_what_we_moved_ourselves_is_nobodys_wish(watching: Any) -> None:
    """A document's state in its own system, or what came of an action, moves issues too: nobody has asked for that."""
    key = watching.bill("B-1")
    with open_jira_client(watching.worker, watching.site_id) as client:
        assert transitions.move_to(client, key, watching.status_id(REVIEW))
    watching.settle()
    watching.attend(duties.SWEEP)
    assert watching.wishes.wished == []
    watching.move(key, APPROVED)
    watching.settle()
    assert watching.wishes.wished == [("B-1", "pay")]
