"""What a pass does while nothing goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import event, select

from plugin.store.models import LedgerEntry, Stream
from plugin.sync.refresh import refresh


def test_new_documents_are_created_in_full_calls_and_one_rest(bench):
    bench.books.fill(120)
    bench.pass_()
    assert sorted(size for kind, size in bench.board.calls if kind == "create") == [20, 50, 50]
    assert len(bench.board.issues) == 120
    assert set(bench.states().values()) == {"settled"}
    run = bench.run()
    assert (run.state, run.read, run.created, run.expected) == ("done", 120, 120, 120)


def test_a_second_pass_reads_nothing_again_and_writes_nothing(bench):
    bench.books.fill(30)
    bench.pass_()
    bench.board.calls.clear()
    bench.books.reads.clear()
    bench.pass_()
    assert (bench.board.calls, bench.books.reads) == ([], [])


def test_a_changed_document_is_updated_and_no_other(bench):
    bench.books.fill(30)
    bench.pass_()
    bench.board.calls.clear()
    bench.books.enter("0001", "INV-00013", amount="99.00")
    bench.pass_()
    assert bench.board.calls == [("update", 1)]
    assert bench.board.shown("INV-00013")["amount"] == "99.00"
    assert bench.actions("INV-00013") == ["created", "changed", "updated"]


def test_a_change_that_the_target_does_not_show_is_kept_but_not_sent(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.board.calls.clear()
    bench.books.batches["1"]["A"]["lines"] = [{"gl_account": "6300"}]
    bench.pass_()
    assert bench.board.calls == []
    assert bench.entry("A").content["lines"] == [{"gl_account": "6300"}]


def test_a_document_moved_to_another_batch_is_not_taken_for_gone(bench):
    bench.books.enter("1", "A", "B")
    bench.books.enter("2", "C")
    bench.pass_()
    bench.books.batches["2"]["A"] = bench.books.batches["1"].pop("A")
    bench.pass_()
    entry = bench.entry("A")
    assert (entry.unit, entry.gone_at) == ("2", None)
    assert bench.board.shown("A")["status"] == "Open"


def test_a_document_that_disappears_is_marked_and_its_issue_stays(bench):
    bench.books.enter("1", "A", "B")
    bench.pass_()
    del bench.books.batches["1"]["A"]
    bench.pass_()
    assert bench.board.shown("A")["status"] == "gone"
    assert bench.entry("A").gone_at is not None
    assert bench.actions("A") == ["created", "gone", "updated"]


def test_a_document_that_comes_back_is_shown_as_it_is(bench):
    bench.books.enter("1", "A", "B")
    bench.pass_()
    removed = bench.books.batches["1"].pop("A")
    bench.pass_()
    bench.books.batches["1"]["A"] = removed
    bench.pass_()
    assert bench.board.shown("A")["status"] == "Open"
    assert bench.actions("A") == ["created", "gone", "updated", "back", "updated"]


def test_a_pass_longer_than_its_slice_goes_on_where_it_was(bench):
    bench.books.fill(100)
    bench.slice = 0.0
    slices = 0
    while bench.pass_().again:
        bench.slice = 0.05
        slices += 1
        assert slices < 200
    assert len(bench.board.issues) == 100
    assert len(bench.books.reads) == len(set(bench.books.reads)), "a batch was read twice"
    run = bench.run()
    assert (run.id, run.state, run.created) == (1, "done", 100)


def test_refreshing_a_document_between_two_slices_does_not_set_the_pass_back(bench):
    bench.books.fill(30)
    bench.books.fails_at = "0002"
    bench.pass_()
    assert refresh(bench.database, bench.line(), bench.entry("INV-00001"))
    assert bench.stream().position == {"batch": "0001"}


def test_the_watermark_moves_only_when_everything_before_it_is_in_the_ledger(bench):
    bench.books.fill(30)
    bench.books.fails_at = "0002"
    bench.pass_()
    assert bench.stream().watermark is None
    assert bench.stream().position == {"batch": "0001"}
    assert len(bench.board.issues) == 20, "what was read is delivered although the source is in trouble"
    bench.books.fails_at = None
    bench.pass_()
    assert bench.stream().watermark == {"until": "0002"}
    assert len(bench.board.issues) == 30


def test_a_new_mapping_sends_what_would_look_different(bench):
    bench.books.fill(30)
    bench.pass_()
    bench.board.calls.clear()
    bench.mapping_version = 2
    bench.pass_()
    assert bench.board.calls == []
    bench.books.enter("0000", "INV-00000")  # unchanged
    bench.mapping_version, bench.board.shows = 3, "lines"
    bench.pass_()
    assert sum(size for _, size in bench.board.calls) == 30
    assert {kind for kind, _ in bench.board.calls} == {"update"}


def test_another_pass_follows_when_somebody_asked_for_one_meanwhile(bench):
    bench.books.enter("1", "A")

    def ask_for_another(*_):
        with bench.database.writing(bench.site_id) as session:
            session.scalars(select(Stream)).one().due_at = datetime.now(UTC)

    bench.board.before = ask_for_another
    assert bench.pass_().again
    bench.board.before = lambda *_: None
    assert not bench.pass_().again


def test_no_query_of_a_pass_reads_more_than_it_needs(bench):
    """As volumes grow, a query without its index is what makes a poll slow: SQLite tells how it would look."""
    if bench.database.engine.dialect.name != "sqlite":
        return
    queries: list[tuple[str, object]] = []
    bench.books.fill(30)
    bench.pass_()
    bench.books.batches["0001"]["INV-00010"]["amount"] = "11.00"

    @event.listens_for(bench.database.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, parameters, _context, many):
        if statement.startswith(("SELECT", "UPDATE")):
            queries.append((statement, parameters[0] if many else parameters))

    bench.pass_()
    event.remove(bench.database.engine, "before_cursor_execute", note)
    large = ("ledger", "counterfoils", "source_units")
    with bench.database.reading(bench.site_id) as session:
        connection = session.connection()
        for statement, parameters in queries:
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                plan = step[3]
                whole = plan.startswith("SCAN") or plan.endswith(("(site_id=?)", "(stream_id=?)"))
                allowed = "source_units" in plan  # open units are asked for as a whole, and read by stream
                assert allowed or not (whole and any(name in plan for name in large)), (plan, statement)


def test_every_query_of_a_pass_stays_on_its_site(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    with bench.database.reading(bench.site_id + 1) as session:
        assert session.scalars(select(LedgerEntry)).all() == []
