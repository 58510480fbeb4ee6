"""Raised once and cleared once, however many look; told at least once, in order, however workers die."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import event, select
from structlog.testing import capture_logs
from werkzeug import Request, Response

from plugin.notices import attempts, outbox, watch, webhook
from plugin.store.models import Connection, Message, Notice, Recipient, Site
from sage_adapters.errors import TransientTrouble, UncertainOutcome
from tests.notices.conftest import NOON, minutes

HOOK = "/hook"


@pytest.fixture
def hook(httpserver: HTTPServer, office):
    """A webhook that is listed, and takes what comes unless told otherwise."""
    httpserver.expect_request(HOOK, method="POST").respond_with_data("", 204)
    office.webhook(httpserver.url_for(HOOK))
    return httpserver


def received(server: HTTPServer) -> list[tuple[str, str]]:
    """Event and delivery id, in the order of arrival."""
    return [(json.loads(request.data)["event"], request.headers["X-Counterfoil-Delivery"]) for request, _ in server.log]


def events(server: HTTPServer) -> list[str]:
    return [each for each, _ in received(server)]


def answer(server: HTTPServer, handler) -> None:
    server.clear_all_handlers()
    server.expect_request(HOOK, method="POST").respond_with_handler(handler)


def test_a_notice_and_its_all_clear_are_told_once(office, hook):
    office.stand_still()
    for _ in range(3):
        office.look(minutes(1))
        office.send()
    assert events(hook) == ["raised"]
    office.get_through()
    for _ in range(3):
        office.look(minutes(1))
        office.send()
    assert events(hook) == ["raised", "cleared"]
    office.stand_still()
    office.look()
    office.send()
    assert events(hook) == ["raised", "cleared", "raised"], "it happened again"
    assert len(office.rows(Notice)) == 2


def test_the_body_tells_what_it_is_about(office, hook):
    office.stand_still()
    office.look()
    office.send()
    (request, _), notice = hook.log[0], office.rows(Notice)[0]
    assert json.loads(request.data) == {
        "event": "raised",
        "code": "stale",
        "subject": office.stream_subject,
        "sentence": notice.sentence,
        "remedy": notice.remedy,
        "at": "2027-03-01T12:00:00+00:00",
        "site": "https://acme.atlassian.net",
        "link": "https://acme.atlassian.net/plugins/servlet/ac/com.counterfoil.payables/admin",
    }


def test_what_is_raised_and_cleared_is_logged(office, monkeypatch):
    monkeypatch.setattr(watch, "log", watch.structlog.get_logger())
    office.stand_still()
    with capture_logs() as lines:
        office.look()
        office.look()
        office.get_through()
        office.look()
    assert [(each["event"], each["code"], each["subject"], each["site"]) for each in lines] == [
        ("notice.raised", "stale", office.stream_subject, office.site_id),
        ("notice.cleared", "stale", office.stream_subject, office.site_id),
    ]


@pytest.mark.parametrize("what", ["raised", "cleared", "said again"])
def test_two_watches_at_the_same_time_tell_it_once(office, monkeypatch, what):
    office.add(Recipient(kind="email", address="payables@example.com"))
    office.stand_still()
    if what == "cleared":
        office.look()
        sent(office)
        office.get_through()
    if what == "said again":
        office.get_through()
        office.change(Connection, credentials_expire_on=date(2027, 3, 10))
        office.look()
        sent(office)
        office.change(Connection, credentials_expire_on=date(2027, 3, 2))
    before, both_have_read = len(office.rows(Message)), threading.Barrier(2)

    compare = watch._changes

    def wait_then_compare(*read):
        both_have_read.wait(20)
        return compare(*read)

    logged = NotingLog()
    monkeypatch.setattr(watch, "log", logged)
    monkeypatch.setattr(watch, "_changes", wait_then_compare)
    in_threads(office.look, office.look)
    assert len(office.rows(Notice)) == 1
    assert len(office.rows(Message)) == before + 1
    assert len(logged.events) == 1


class NotingLog:
    """Takes lines from several threads."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def warning(self, event: str, **_: object) -> None:
        self.events.append(event)

    info = warning


def test_two_workers_at_the_same_time_send_each_message_once(office, httpserver):
    for number in range(8):
        httpserver.expect_request(f"/hook/{number}").respond_with_data("", 204)
        office.webhook(httpserver.url_for(f"/hook/{number}"))
    office.stand_still()
    office.look()
    in_threads(office.send, office.send, office.send)
    assert sorted(request.path for request, _ in httpserver.log) == [f"/hook/{number}" for number in range(8)]
    assert {state for _, state in office.messages()} == {"sent"}


def test_a_receiver_that_is_down_is_tried_again_with_the_same_delivery(office, hook):
    answer(hook, lambda request: Response(status=503))
    office.stand_still()
    office.look()
    waits = []
    for _ in range(4):
        office.send()
        (message,) = office.rows(Message)
        waits.append((message.next_try_at - office.now).total_seconds())
        office.send()
        office.now = message.next_try_at
    assert waits == [30, 60, 120, 240]
    assert "It answered with status 503." in office.rows(Recipient)[0].trouble["got"]
    answer(hook, lambda request: Response(status=204))
    office.send()
    assert len(received(hook)) == 5
    assert len(set(received(hook))) == 1
    assert len({request.data for request, _ in hook.log}) == 1
    recipient = office.rows(Recipient)[0]
    assert (recipient.trouble, recipient.told_at) == (None, office.now)


def test_a_receiver_that_is_down_is_asked_once_in_a_run_however_much_waits_for_it(office, hook):
    answer(hook, lambda request: Response(status=503))
    office.stand_still()
    office.change(Connection, credentials_expire_on=date(2027, 3, 10))
    office.look()
    office.send()
    assert len(received(hook)) == 1
    answer(hook, lambda request: Response(status=204))
    office.send(minutes(1))
    assert len(set(received(hook))) == 2


def test_a_test_that_fails_is_told_and_not_tried_again(office, hook):
    answer(hook, lambda request: Response(status=503))
    with office.database.writing(office.site_id) as session:
        outbox.tell_test(session, outbox.Letterhead("https://acme.atlassian.net", "key", office.now), 1)
    office.send()
    office.send(minutes(60))
    assert office.messages() == [("test", "given-up")]
    assert len(received(hook)) == 1


def test_after_a_day_a_message_is_given_up(office, hook):
    answer(hook, lambda request: Response(status=500))
    office.stand_still()
    office.look()
    for _ in range(100):
        (message,) = office.rows(Message)
        if message.state != "waiting":
            break
        office.now = message.next_try_at
        office.send()
    assert message.state == "given-up"
    assert timedelta(hours=22) < office.now - NOON <= timedelta(hours=24)
    sent_by_then = len(received(hook))
    office.send(timedelta(days=1))
    assert len(received(hook)) == sent_by_then


def test_what_was_over_before_anybody_was_told_is_not_told_at_all(office, hook):
    answer(hook, lambda request: Response(status=500))
    office.stand_still()
    office.look()
    office.send()
    office.get_through()
    office.look(minutes(1))
    answer(hook, lambda request: Response(status=204))
    office.send(minutes(60))
    assert events(hook) == ["raised"], "the attempt that was refused"
    assert office.messages() == []


def test_only_those_who_were_told_get_the_all_clear(office, hook):
    hook.expect_request("/other", method="POST").respond_with_data("", 500)
    office.webhook(hook.url_for("/other"))
    office.stand_still()
    office.look()
    office.send()
    office.get_through()
    office.look(minutes(1))
    office.send(minutes(5))
    assert [(request.path, json.loads(request.data)["event"]) for request, _ in hook.log] == [
        (HOOK, "raised"), ("/other", "raised"), (HOOK, "cleared"),
    ]  # fmt: skip


def test_a_message_that_may_have_arrived_is_followed_by_its_all_clear_in_order(office, hook):
    def take_it_and_hang_up(request: Request) -> Response:
        request.environ["werkzeug.socket"].shutdown(2)
        return Response()

    answer(hook, take_it_and_hang_up)
    office.stand_still()
    office.look()
    office.send()
    office.get_through()
    office.look(minutes(1))
    assert office.messages() == [("raised", "waiting"), ("cleared", "waiting")]
    with office.database.writing(office.site_id) as session:
        session.scalars(select(Message).where(Message.event == "raised")).one().next_try_at += minutes(8)
    office.send()
    assert events(hook)[1:] == [], "the all-clear waits for what it clears"
    answer(hook, lambda request: Response(status=503))
    office.send(minutes(9))
    assert events(hook)[1:] == ["raised"]
    answer(hook, lambda request: Response(status=204))
    office.send(minutes(60))
    assert events(hook)[2:] == ["raised", "cleared"]


@pytest.mark.parametrize(
    ("trouble", "left"),
    [(TransientTrouble, []), (UncertainOutcome, ["raised", "cleared"]), (None, ["raised", "cleared"])],
)
def test_a_notice_that_ends_while_its_message_is_under_way(office, hook, trouble, left):
    office.stand_still()
    office.look()
    with office.database.writing(office.site_id) as session:
        attempt = attempts.begin(session, office.now, ())
    office.get_through()
    office.look(minutes(1))
    with office.database.writing(office.site_id) as session:
        if trouble is None:
            attempts.arrived(session, attempt, office.now)
        else:
            attempts.failed(session, attempt, trouble("Told.", "Down.", "Wait.", "test"), office.now)
    assert [each for each, _ in office.messages()] == left


def test_a_more_pressing_notice_is_told_again(office, hook):
    office.stay_fresh()
    office.change(Connection, credentials_expire_on=date(2027, 3, 10))
    for _ in range(15):
        office.look(timedelta(days=1))
        office.send()
    assert sentences(hook) == [
        "expire on 10 Mar 2027.",
        "expire on 10 Mar 2027: that is very soon.",
        "expired on 10 Mar 2027.",
    ]
    assert len(set(received(hook))) == 3


def test_what_was_not_told_yet_is_overtaken_by_what_presses_more(office, hook):
    answer(hook, lambda request: Response(status=500))
    office.stay_fresh()
    office.change(Connection, credentials_expire_on=date(2027, 3, 5))
    office.look()
    office.send()
    hook.clear_log()
    answer(hook, lambda request: Response(status=204))
    office.look(timedelta(hours=12))
    office.send()
    assert sentences(hook) == ["expire on 5 Mar 2027: that is very soon."]


def sentences(server: HTTPServer) -> list[str]:
    said = [json.loads(request.data)["sentence"] for request, _ in server.log]
    return [each.removeprefix("The credentials of Sage 300 (SAMLTD) ") for each in said]


class Killed(BaseException):
    """The worker is gone, without any clearing up of its own."""


@pytest.mark.parametrize("point", range(1, 7))
def test_a_worker_killed_at_any_point_loses_no_message_and_repeats_it_recognisably(office, hook, monkeypatch, point):
    """The points are before each commit, and before and after the request; what follows a commit is the next point."""
    reached: list[int] = []
    really_post = webhook.post

    def maybe_die(*_):
        reached.append(1)
        if len(reached) == point:
            raise Killed

    def post(*arguments):
        maybe_die()
        really_post(*arguments)
        maybe_die()

    office.stand_still()
    monkeypatch.setattr(webhook, "post", post)
    event.listen(office.database.engine, "commit", maybe_die)
    with pytest.raises(Killed):  # noqa: PT012 - whichever of the two it is
        office.look()
        office.send()
    office.look(minutes(1))
    office.send()
    office.send(attempts.LONGEST_ATTEMPT)
    assert len(office.open()) == 1
    assert office.messages() == [("raised", "sent")]
    assert len(set(received(hook))) == 1
    assert len(received(hook)) <= 2


def test_a_removed_recipient_is_told_nothing_more(office, hook):
    office.stand_still()
    office.look()
    with office.database.writing(office.site_id) as session:
        session.delete(session.get_one(Recipient, 1))
    office.send()
    assert received(hook) == []
    assert office.messages() == []


def test_a_site_that_has_left_is_told_nothing(office, hook):
    office.stand_still()
    office.look()
    with office.database.writing_every_site() as session:
        session.get_one(Site, office.site_id).left_at = office.now
        assert attempts.sites_with_messages(session, office.now) == []
    office.send()
    assert received(hook) == []


def test_the_schedule_learns_where_messages_are_due(office, hook):
    office.stand_still()
    office.look()
    with office.database.reading_every_site() as session:
        assert attempts.sites_with_messages(session, office.now) == [office.site_id]
    office.send()
    with office.database.reading_every_site() as session:
        assert attempts.sites_with_messages(session, office.now + timedelta(days=2)) == []


def test_a_defect_of_ours_is_told_and_keeps_no_other_message_back(office, hook):
    office.add(Recipient(kind="webhook", address=hook.url_for(HOOK)))  # no secret: it cannot be sent
    office.stand_still()
    office.look()
    office.send()
    assert events(hook) == ["raised"]
    assert "reference" in office.rows(Recipient)[1].trouble["remedy"]


def sent(office) -> None:
    office.change(Message, state=outbox.SENT, next_try_at=None)


def in_threads(*calls) -> None:
    troubles = []

    def run(call):
        try:
            call()
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert troubles == []
