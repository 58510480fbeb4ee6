"""Where webhooks arrive: what is taken, what is turned away, and that what is turned away leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from plugin.sites.admin_webhook import renew_secret, secret_place
from plugin.sites.connect.qsh import query_hash
from plugin.store.models import AdminWebhook, HookDuty, InboxMessage
from plugin.web import hooks as door
from sage_adapters.errors import TransientTrouble
from tests.connect.conftest import handmade_token
from tests.hooks.office import APP, Office
from tests.hooks.senders import DESCRIPTOR, MOVED, Admin, Sender


@pytest.fixture
def sender(office: Office) -> Sender:
    return Sender(office)


@pytest.fixture
def admin(office: Office) -> Admin:
    return Admin.of(office)


def refused(sender: Sender, answer: TestResponse, reason: str, status: int = 401) -> None:
    assert (answer.status_code, sender.office.parts.outcomes.last) == (status, reason)  # type: ignore[attr-defined]
    assert sender.kept == []
    assert [row for row in sender.office.rows(HookDuty) if row.name == "drain"] == []
    assert sender.office.queue.asked == []


def test_a_delivery_is_kept_without_the_words_of_people_and_asked_to_be_worked_off(sender: Sender) -> None:
    assert sender.post(sender.token()).status_code == 204
    [message] = sender.kept
    assert (message.event, message.issue_id, message.project_key) == ("jira:issue_updated", "10000", "AP")
    assert (message.door, message.source, message.delivery_id) == ("connect", "dynamic", "delivery-1")
    assert message.body == {"timestamp": 1_790_000_000_000, "changelog": {"id": "77", "fields": ["status"]}}
    assert sender.office.queue.asked == [(sender.office.site_id, "drain")]


def test_the_same_delivery_again_is_answered_and_kept_once(sender: Sender) -> None:
    for retry in ("", "1", "2"):
        assert sender.post(sender.token(), **{"X-Atlassian-Webhook-Retry": retry}).status_code == 204
    assert len(sender.kept) == 1


def test_a_burst_asks_for_one_job(sender: Sender) -> None:
    for number in range(20):
        sender.post(sender.token(), **{"X-Atlassian-Webhook-Identifier": f"delivery-{number}"})
    assert len(sender.kept) == 20
    assert len(sender.office.queue.asked) == 1


@pytest.mark.parametrize("identifier", ["", "x" * 500])
def test_without_a_usable_identifier_the_body_stands_for_itself(sender: Sender, identifier: str) -> None:
    sender.path = DESCRIPTOR
    for _ in range(2):
        sender.post(sender.token(), **{"X-Atlassian-Webhook-Identifier": identifier})
    sender.said["timestamp"] += 1
    sender.post(sender.token(), **{"X-Atlassian-Webhook-Identifier": identifier})
    assert [message.source for message in sender.kept] == ["descriptor", "descriptor"]
    assert len({message.delivery_id for message in sender.kept}) == 2


def test_without_a_token_nothing_is_taken(sender: Sender) -> None:
    refused(sender, sender.post(), "no-token")


def test_a_wrong_secret_is_refused(sender: Sender) -> None:
    refused(sender, sender.post(sender.token("x" * 64)), "wrong-signature")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "RS256", ""])
def test_no_other_algorithm_is_taken(sender: Sender, algorithm: str) -> None:
    unsigned = handmade_token({"alg": algorithm, "typ": "JWT"}, sender.claims(), None)
    refused(sender, sender.post(unsigned), "wrong-algorithm")


def test_a_token_for_another_address_is_refused(sender: Sender) -> None:
    for path in (DESCRIPTOR, "/connect/enabled"):
        token = sender.token(qsh=query_hash("POST", path, ""))
        refused(sender, sender.post(token), "wrong-request")


def test_a_token_of_a_page_is_no_token_of_a_webhook(sender: Sender) -> None:
    refused(sender, sender.post(sender.token(qsh="context-qsh")), "wrong-request")


def test_parameters_that_the_token_does_not_know_are_refused(sender: Sender) -> None:
    token = sender.token()
    sender.path += "?issue=1"
    refused(sender, sender.post(token), "wrong-request")


@pytest.mark.parametrize(("changes", "reason"), [({"exp": 1}, "expired"), ({"exp": None}, "missing-claim")])
def test_an_old_or_endless_token_is_refused(sender: Sender, changes: dict[str, Any], reason: str) -> None:
    refused(sender, sender.post(sender.token(**changes)), reason)


def test_a_site_that_switched_the_app_off_is_refused(sender: Sender) -> None:
    token = sender.token()
    sender.office.act("app", "disable", key=APP)
    refused(sender, sender.post(token), "site-off")


def test_a_site_that_has_left_is_refused(sender: Sender) -> None:
    token = sender.token()
    sender.office.act("app", "uninstall", key=APP)
    refused(sender, sender.post(token), "unknown-site")


def test_a_token_of_one_site_brings_nothing_into_another(open_offices: Callable[[int], list[Office]]) -> None:
    first, second = open_offices(2)
    theirs = Sender(second)
    claims = Sender(first).claims()
    forged = jwt.encode(claims, theirs.installed.shared_secret, "HS256")
    refused(Sender(first), theirs.post(forged), "wrong-signature")
    assert theirs.post(theirs.token()).status_code == 204
    assert (len(first.rows(InboxMessage)), len(second.rows(InboxMessage))) == (0, 1)


def test_the_same_identifier_of_two_sites_is_two_deliveries(open_offices: Callable[[int], list[Office]]) -> None:
    for office in open_offices(2):
        mine = Sender(office)
        mine.post(mine.token())
        assert len(mine.kept) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"webhookEvent": 7}', b"[" * 100_000])
def test_what_is_no_event_is_refused_for_good(sender: Sender, body: bytes) -> None:
    refused(sender, sender.post(sender.token(), body), "unreadable-body", 400)


@pytest.mark.parametrize(
    "part", [{"issue": 7}, {"issue": {"id": {}}}, {"changelog": []}, {"changelog": {"items": 3}}, {"worklog": "x"}]
)
def test_an_event_of_another_shape_is_kept_as_far_as_it_is_understood(sender: Sender, part: dict[str, Any]) -> None:
    sender.said |= part
    assert sender.post(sender.token()).status_code == 204
    assert len(sender.kept) == 1


def test_more_than_jira_sends_is_not_read(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LARGEST_DELIVERY", 1000)
    answer = sender.post(sender.token(), b" " * 1001)
    assert answer.status_code == 413
    assert sender.kept == []


def test_an_unproven_sender_learns_no_more_than_that_it_is_one(sender: Sender) -> None:
    answer = sender.post(sender.token("x" * 64))
    assert set(answer.json or {}) == {"reason", "message"}


def test_while_the_database_is_away_jira_is_told_to_come_again(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sender.token()

    def away(*_: Any) -> Any:
        raise OperationalError("select", {}, Exception("the server closed the connection"))

    for method in ("reading_every_site", "writing"):
        with monkeypatch.context() as patched:
            patched.setattr(sender.office.database, method, away)
            assert sender.post(token).status_code == 503, method
    assert sender.post(token).status_code == 204


def test_while_the_queue_is_away_a_delivery_is_kept_and_found_later(sender: Sender) -> None:
    queue = sender.office.queue
    queue.away = TransientTrouble("a", "b", "c", "queue.unreachable")
    assert sender.post(sender.token()).status_code == 204
    queue.away = None
    sender.office.later = timedelta(minutes=1)
    sender.office.work()
    assert all(message.taken_at for message in sender.kept)


def test_an_asking_that_was_lost_is_made_up_for(sender: Sender) -> None:
    sender.post(sender.token())
    sender.office.queue.asked.clear()
    with sender.office.database.writing(sender.office.site_id) as session:
        session.execute(update(HookDuty).values(due_at=None))
    sender.office.later = timedelta(minutes=1)
    sender.office.follow()
    sender.office.work()
    assert all(message.taken_at for message in sender.kept)


# The webhook of an administrator.


def test_the_administrators_webhook_is_taken_with_its_signature(admin: Admin) -> None:
    assert admin.post(**admin.sign()).status_code == 204
    assert [(message.door, message.source) for message in admin.kept] == [("admin", "admin")]


def test_a_wrong_signature_is_refused(admin: Admin) -> None:
    refused(admin, admin.post(**admin.sign(secret="another")), "wrong-signature")


def test_no_signature_is_refused(admin: Admin) -> None:
    refused(admin, admin.post(), "no-signature")
    refused(admin, admin.post(admin.token()), "no-signature")


@pytest.mark.parametrize("method", ["sha1", "none", "SHA256", ""])
def test_another_method_is_refused(admin: Admin, method: str) -> None:
    refused(admin, admin.post(**admin.sign(method=method)), "wrong-algorithm")


@pytest.mark.parametrize("signature", ["sha256=", "sha256=ü", "sha256=" + "0" * 64, "sha256"])
def test_what_is_no_signature_is_refused(admin: Admin, signature: str) -> None:
    answer = admin.post(**{"X-Hub-Signature": signature})
    assert answer.status_code == 401
    assert admin.kept == []


def test_the_signature_of_one_body_does_not_carry_another(admin: Admin) -> None:
    signed = admin.sign()
    other = json.dumps({**MOVED, "issue": {"id": "10001"}}).encode()
    refused(admin, admin.post(body=other, **signed), "wrong-signature")


def test_an_address_that_nobody_was_given_is_refused(admin: Admin) -> None:
    admin.path = admin.path[:-1] + ("a" if admin.path[-1] != "a" else "b")
    refused(admin, admin.post(**admin.sign()), "unknown-site")


def test_the_secret_of_one_site_signs_nothing_for_another(open_offices: Callable[[int], list[Office]]) -> None:
    first, second = (Admin.of(office) for office in open_offices(2))
    refused(second, second.post(**second.sign(secret=first.secret)), "wrong-signature")


def test_a_site_that_is_switched_off_is_refused_here_too(admin: Admin) -> None:
    admin.office.act("app", "disable", key=APP)
    refused(admin, admin.post(**admin.sign()), "site-off")


def test_a_replaced_secret_is_taken_for_an_hour(admin: Admin) -> None:
    office = admin.office
    with office.database.writing(office.site_id) as session:
        fresh = renew_secret(session, office.parts.seal, office.site_id, datetime.now(UTC))
    for number, secret in enumerate((admin.secret, fresh)):
        signed = admin.sign(secret=secret)
        assert admin.post(**signed, **{"X-Atlassian-Webhook-Identifier": f"n{number}"}).status_code == 204
    with office.database.writing(office.site_id) as session:
        session.execute(update(AdminWebhook).values(previous_secret_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert admin.post(**admin.sign()).status_code == 401
    assert admin.post(**admin.sign(secret=fresh)).status_code == 204


def test_the_secret_is_sealed_to_its_site(admin: Admin) -> None:
    [row] = admin.office.rows(AdminWebhook)
    assert admin.secret not in row.secret
    assert admin.office.parts.seal.open(row.secret, secret_place(admin.office.site_id)) == admin.secret


def test_the_vector_of_the_vendor(admin: Admin) -> None:
    """Contract jira-rest, section 1."""
    signed = admin.sign(b"Hello World!", "It's a Secret to Everybody")
    assert signed["X-Hub-Signature"] == "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
