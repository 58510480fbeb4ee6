"""A system in trouble pauses alone: its streams wait together, one tries it, and all go on when it is well again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from plugin.integrations.lines import admitted
from plugin.store.models import AppPause, Circuit, Connection, Integration, Stream
from plugin.sync.circuit_rows import forget_over, try_now
from plugin.sync.circuits import JIRA, of_connection
from plugin.sync.documents import Delayed, Settled
from plugin.sync.lease import Lease
from sage_adapters.errors import ConfigurationTrouble, ConnectionTrouble, Throttled, TransientTrouble
from tests.sync.conftest import Bench, Board, Books, make_bench, trouble

LATER = timedelta(hours=2)


def another_stream(bench: Bench, connection: bool = False) -> Bench:
    """One more stream of the same site, by default of the same connection."""
    now = datetime.now(UTC)
    with bench.database.writing(bench.site_id) as session:
        integration = session.scalars(select(Integration)).first()
        connection_id = integration.connection_id
        if connection:
            row = Connection(system="books", name="Other", base_url="https://other.example", company="D")
            session.add(row)
            session.flush()
            connection_id = row.id
        fresh = Integration(kind="sage300_jira", connection_id=connection_id, created_at=now)
        session.add(fresh)
        session.flush()
        stream = Stream(integration_id=fresh.id, name="invoices", active=True, due_at=now + LATER)
        session.add(stream)
        session.flush()
        needs = replace(bench.needs, source=of_connection(connection_id))
        return replace(bench, stream_id=stream.id, needs=needs, books=Books(), board=Board())


def attempt(bench: Bench):
    """What a job does: None when it must wait."""
    with bench.database.writing(bench.site_id) as session:
        admission = admitted(session, bench.stream_id, datetime.now(UTC))
    return bench.pass_(admission) if admission else None


def circuits(bench: Bench) -> dict[str, Circuit]:
    with bench.database.reading(bench.site_id) as session:
        return {row.subject: row for row in session.scalars(select(Circuit))}


def its_time_has_come(bench: Bench) -> None:
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(Circuit).values(next_try_at=datetime.now(UTC) - timedelta(seconds=1)))


def source_down(bench: Bench, kind=TransientTrouble) -> None:
    def read(*_, **__):
        raise trouble(kind)
        yield

    bench.books.read = read


def source_up(bench: Bench) -> None:
    del bench.books.read


def open_source_circuit(bench: Bench) -> None:
    source_down(bench)
    for _ in range(3):
        attempt(bench)


def test_after_three_transient_troubles_of_its_source_no_stream_of_that_connection_begins(bench):
    sister, stranger = another_stream(bench), another_stream(bench, connection=True)
    source_down(bench)
    endings = [attempt(bench) for _ in range(4)]
    assert [ending is not None for ending in endings] == [True, True, True, False]
    (row,) = circuits(bench).values()
    assert (row.subject, row.trouble["code"]) == (bench.needs.source, "test.trouble")
    assert [change.event for change in endings[2].changes] == ["circuit.opened"]
    assert attempt(sister) is None
    assert attempt(stranger) is not None, "another connection goes on"


def test_failures_of_several_streams_count_together(bench):
    sister = another_stream(bench)
    for each in (bench, sister, bench):
        source_down(each)
        attempt(each)
        del each.books.read
    assert circuits(bench)[bench.needs.source].opened_at is not None


def test_other_sites_go_on(bench):
    open_source_circuit(bench)
    assert attempt(make_bench(bench.database)) is not None


def test_a_success_forgets_earlier_failures(bench):
    source_down(bench)
    attempt(bench)
    attempt(bench)
    source_up(bench)
    attempt(bench)
    assert circuits(bench) == {}


def test_three_transient_troubles_of_the_target_keep_everybody_from_jira(bench):
    stranger = another_stream(bench, connection=True)
    bench.books.enter("1", "A")

    def down(*_):
        raise trouble(TransientTrouble)

    bench.board.before = down
    for _ in range(3):
        attempt(bench)
    assert circuits(bench)[JIRA].opened_at is not None
    assert attempt(stranger) is None


def test_a_poll_that_delivers_nothing_does_not_forget_the_targets_failures(bench):
    bench.books.enter("1", "A")
    bench.board.before = lambda *_: (_ for _ in ()).throw(trouble(TransientTrouble))
    attempt(bench)
    sister = another_stream(bench)
    attempt(sister)
    assert circuits(bench)[JIRA].failures == 1


def test_one_stream_tries_and_the_others_wait_until_it_has_found_out(bench):
    sister = another_stream(bench)
    open_source_circuit(bench)
    its_time_has_come(bench)
    with bench.database.writing(bench.site_id) as session:
        assert admitted(session, bench.stream_id, datetime.now(UTC)) is not None
    assert attempt(sister) is None


def test_a_try_that_fails_waits_longer(bench):
    open_source_circuit(bench)
    before = circuits(bench)[bench.needs.source]
    its_time_has_come(bench)
    ending = attempt(bench)
    row = circuits(bench)[bench.needs.source]
    assert [change.event for change in ending.changes] == ["circuit.stays-open"]
    assert row.failures == before.failures + 1
    assert row.opened_at == before.opened_at
    assert row.next_try_at > datetime.now(UTC) + timedelta(seconds=15)


def test_a_try_that_succeeds_closes_it_and_makes_all_its_streams_due_at_once(bench):
    sister, stranger = another_stream(bench), another_stream(bench, connection=True)
    open_source_circuit(bench)
    its_time_has_come(bench)
    source_up(bench)
    ending = attempt(bench)
    assert [change.event for change in ending.changes] == ["circuit.closed"]
    assert circuits(bench) == {}
    assert sister.stream().due_at <= datetime.now(UTC)
    assert stranger.stream().due_at > datetime.now(UTC), "whoever did not wait for it keeps to its time"


def test_a_stream_that_somebody_works_on_is_not_asked_for_another_pass_by_that(bench):
    sister = another_stream(bench)
    with bench.database.writing(bench.site_id) as session:
        assert Lease.take(session, sister.stream_id)
    open_source_circuit(bench)
    its_time_has_come(bench)
    source_up(bench)
    attempt(bench)
    assert sister.stream().due_at > datetime.now(UTC)


def test_a_try_asks_the_target_even_when_there_is_nothing_to_deliver(bench):
    asked = []
    with bench.database.writing(bench.site_id) as session:
        now = datetime.now(UTC)
        session.add(Circuit(subject=JIRA, failures=3, opened_at=now, next_try_at=now - timedelta(seconds=1)))
    bench.board.checks = lambda: asked.append("check")
    attempt(bench)
    assert asked == ["check"]
    assert circuits(bench) == {}


def test_a_target_that_is_still_down_when_it_is_tried_is_sent_nothing(bench):
    bench.books.enter("1", "A")
    with bench.database.writing(bench.site_id) as session:
        now = datetime.now(UTC)
        session.add(Circuit(subject=JIRA, failures=3, opened_at=now, next_try_at=now - timedelta(seconds=1)))

    def down():
        raise trouble(TransientTrouble)

    bench.board.checks = down
    attempt(bench)
    assert bench.board.calls == []
    assert circuits(bench)[JIRA].failures == 4


def test_a_wrong_password_pauses_the_whole_connection_at_once(bench):
    sister = another_stream(bench)
    source_down(bench, ConnectionTrouble)
    attempt(bench)
    assert attempt(sister) is None
    assert circuits(bench)[bench.needs.source].trouble["kind"] == "configuration"


def test_a_setting_of_one_stream_stops_that_stream_only(bench):
    sister = another_stream(bench)
    source_down(bench, ConfigurationTrouble)
    for _ in range(4):
        attempt(bench)
    assert circuits(bench) == {}
    assert attempt(sister) is not None


def test_a_spent_quota_of_the_site_pauses_its_streams_as_told_and_spends_no_attempt(bench):
    stranger = another_stream(bench, connection=True)
    elsewhere = make_bench(bench.database)
    bench.books.enter("1", "A")
    bench.board.before = lambda *_: (_ for _ in ()).throw(trouble(Throttled, retry_after=1800.0, scope="quota-tenant"))
    attempt(bench)
    row = circuits(bench)[JIRA]
    assert row.failures == 0
    assert timedelta(minutes=29) < row.next_try_at - datetime.now(UTC) <= timedelta(minutes=30)
    assert bench.stream().attempts == 0
    assert attempt(stranger) is None
    assert attempt(elsewhere) is not None


def test_a_spent_quota_of_the_app_pauses_every_site_until_it_turns(bench):
    elsewhere = make_bench(bench.database)
    bench.books.enter("1", "A")
    bench.board.before = lambda *_: (_ for _ in ()).throw(trouble(Throttled, retry_after=1800.0, scope="quota-global"))
    ending = attempt(bench)
    assert [change.event for change in ending.changes] == ["app.paused"]
    assert bench.stream().attempts == 0
    assert circuits(bench) == {}, "it is nobody's own trouble"
    assert attempt(elsewhere) is None
    with bench.database.writing_every_site() as session:
        assert forget_over(session, datetime.now(UTC)) == []
        assert forget_over(session, datetime.now(UTC) + timedelta(minutes=31)) == ["jira"]
    assert attempt(elsewhere) is not None


def test_a_later_refusal_does_not_shorten_the_pause_of_the_app(bench):
    bench.books.enter("1", "A")
    for wait in (1800.0, 60.0):
        bench.board.before = lambda *_, wait=wait: (_ for _ in ()).throw(
            trouble(Throttled, retry_after=wait, scope="quota-global")
        )
        bench.pass_()
    with bench.database.reading_every_site() as session:
        assert session.scalars(select(AppPause.until)).one() > datetime.now(UTC) + timedelta(minutes=29)


def test_a_person_who_wants_it_tried_need_not_wait(bench):
    sister = another_stream(bench)
    open_source_circuit(bench)
    with bench.database.writing(bench.site_id) as session:
        streams = try_now(session, bench.needs.source, datetime.now(UTC))
    assert streams == [bench.stream_id, sister.stream_id]
    assert attempt(bench) is not None
    assert attempt(sister) is None


def test_a_document_that_the_target_takes_later_waits_alone(bench):
    bench.books.fill(30)
    bench.pass_()
    bench.board.calls.clear()
    for number in range(30):
        bench.books.enter(f"{number // 10:04}", f"INV-{number:05}", amount="99.00")
    busy = trouble(Throttled, retry_after=20.0, scope="issue-writes")
    update_all = bench.board.update

    def update_others(deliveries):
        outcomes = update_all([each for each in deliveries if each.document_key != "books:INV-00003"])
        return [
            Delayed(busy)
            if each.document_key == "books:INV-00003"
            else next(o for o in outcomes if isinstance(o, Settled) and o.target_id == each.target_id)
            for each in deliveries
        ]

    bench.board.update = update_others
    ending = bench.pass_()
    assert ending.trouble is None
    assert not ending.again, "no worker goes round in circles meanwhile"
    states = bench.states()
    assert states.pop("INV-00003") == "pending"
    assert set(states.values()) == {"settled"}
    assert bench.entry("INV-00003").tries == 0
    wait = (bench.stream().due_at - datetime.now(UTC)).total_seconds()
    assert 15 < wait <= 20
    with bench.database.writing(bench.site_id) as session:
        entry = bench.entry("INV-00003")
        session.merge(entry).next_try_at = datetime.now(UTC)
    bench.board.update = update_all
    bench.pass_()
    assert bench.board.shown("INV-00003")["amount"] == "99.00"


@pytest.mark.parametrize("side", ["healthy", "after one failure"])
def test_a_poll_asks_once_about_circuits_and_writes_nothing_about_them(bench, side):
    bench.pass_()
    if side == "after one failure":
        sister = another_stream(bench, connection=True)
        source_down(sister)
        attempt(sister)
    statements: list[str] = []

    @event.listens_for(bench.database.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_):
        if "circuits" in statement or "app_pauses" in statement:
            statements.append(statement)

    attempt(bench)
    event.remove(bench.database.engine, "before_cursor_execute", note)
    assert len(statements) == 1, statements
