"""The schedule watches and enqueues; a worker sends; keys are rotated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from click.testing import CliRunner
from sqlalchemy import update

from plugin.cli import counterfoil
from plugin.jobs import schedule, tasks
from plugin.notices.sending import secret_place
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Recipient, Stream
from plugin.store.sealing import Seal
from tests.notices.conftest import SECRET, make_office


class NotingQueue:
    def __init__(self) -> None:
        self.told: list[int] = []

    def send_messages(self, site_id: int) -> None:
        self.told.append(site_id)


def test_the_schedule_raises_notices_and_has_their_messages_sent(office):
    office.add(Recipient(kind="email", address="payables@example.com"))
    queue = NotingQueue()
    schedule.watch(office.database, queue, office.settings, office.now)
    assert (office.open(), queue.told) == ([], [])
    office.stand_still()
    schedule.watch(office.database, queue, office.settings, office.now)
    assert office.open() == [(office.stream_subject, "stale")]
    assert queue.told == [office.site_id]


def test_a_defect_in_the_watch_keeps_no_message_back_and_stops_no_schedule(office, monkeypatch):
    def break_down(*_):
        raise ZeroDivisionError

    office.add(Recipient(kind="email", address="payables@example.com"))
    office.stand_still()
    office.look()
    monkeypatch.setattr(schedule, "look", break_down)
    queue = NotingQueue()
    schedule.watch(office.database, queue, office.settings, office.now)
    assert queue.told == [office.site_id]


def test_the_schedule_watches_once_a_minute_but_not_at_its_start(office, monkeypatch):
    """After an outage of the whole program every stream would seem to stand still."""
    office.stand_still()
    looks: list[datetime] = []
    clock = [datetime(2027, 3, 1, 12, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return clock[0]

    def tick(_):
        clock[0] += timedelta(seconds=1)

    monkeypatch.setattr(schedule, "datetime", Clock)
    monkeypatch.setattr(schedule.time, "sleep", tick)
    monkeypatch.setattr(schedule, "enqueue_due", lambda *_: None)
    monkeypatch.setattr(schedule, "look", lambda *arguments: looks.append(arguments[-1]))
    started = clock[0]
    schedule.keep_enqueuing(
        office.database, NotingQueue(), office.settings, lambda: clock[0] > started + timedelta(seconds=150)
    )
    assert [(each - started).total_seconds() for each in looks] == [60, 120]


def test_a_job_sends_what_is_due(httpserver, tmp_path, monkeypatch):
    """As a worker runs it, with settings from the environment."""
    monkeypatch.setenv("COUNTERFOIL_DATA", str(tmp_path))
    monkeypatch.setenv("COUNTERFOIL_ALLOW_PRIVATE_ADDRESSES", "yes")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    office = office_of_environment(tmp_path)
    httpserver.expect_request("/hook").respond_with_data("", 200)
    office.webhook(httpserver.url_for("/hook"))
    office.now = datetime.now(UTC)
    office.stand_still()
    office.look()
    tasks.parts.cache_clear()
    tasks.send_messages(office.site_id)
    tasks.send_messages(office.site_id)
    tasks.parts.cache_clear()
    assert len(httpserver.log) == 1


def test_the_secrets_of_webhooks_are_sealed_anew_with_the_others(tmp_path, monkeypatch):
    monkeypatch.setenv("COUNTERFOIL_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    office = office_of_environment(tmp_path)
    recipient = office.webhook("https://hooks.example/a")
    old = (tmp_path / "sealing-keys").read_text().strip()
    new = CliRunner().invoke(counterfoil, ["keys", "new", "k2"]).output.strip()
    monkeypatch.setenv("COUNTERFOIL_KEYS", f"{new},{old}")
    assert CliRunner().invoke(counterfoil, ["keys", "reseal"]).output.startswith("1 secrets")
    monkeypatch.setenv("COUNTERFOIL_KEYS", new)
    seal = Seal.from_settings(Settings.from_environment())
    sealed = office.rows(Recipient)[0].secret
    assert seal.open(sealed, secret_place(office.site_id, recipient)) == SECRET


def office_of_environment(folder):
    """On the database and with the keys that a process started here would have."""
    assert CliRunner().invoke(counterfoil, ["database", "upgrade"]).exit_code == 0
    settings = Settings.from_environment()
    office = make_office(Database.from_settings(settings), folder)
    office.seal = Seal.from_settings(settings)
    with office.database.writing(office.site_id) as session:
        session.execute(update(Stream).values(active=True))
    return office
