"""Catching up and reconciliation: what an administrator sees of backfills, dry runs and comparisons, and can do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plugin.store.models import Counterfoil, Finding, Integration, LedgerEntry, Site, Stream, Sweep


@pytest.fixture
def stream(house: Any) -> int:
    """A stream whose first run is done."""
    number: int = house.stream()
    house.run(number)
    return number


@pytest.fixture
def sweep(house: Any, stream: int) -> Any:
    def make(kind: str = "dry-run", **values: Any) -> int:
        row = {
            "kind": kind, "state": "done", "actor": "ada", "started_at": house.now - timedelta(minutes=9),
            "moved_at": house.now, "finished_at": house.now, "read": 0, "counts": {},
        }  # fmt: skip
        return int(house.add(Sweep(**{**row, "stream_id": stream, **values})))

    return make


@pytest.fixture
def finding(house: Any) -> Any:
    def make(sweep: int, verdict: str, number: str = "CACP534", **values: Any) -> int:
        row = {
            "document_key": f"sage300:SAMLTD:S1:invoice:{number}", "unit": "58", "number": number, "vendor": "S1",
            "vendor_name": "AHR", "period": "2021-01", "currency": "GBP", "source_amount": Decimal("10.00"),
        }  # fmt: skip
        return int(house.add(Finding(**{**row, "sweep_id": sweep, "verdict": verdict, **values})))

    return make


def under_way(**values: Any) -> dict[str, Any]:
    return {"state": "running", "finished_at": None, "due_at": datetime.now(UTC), **values}


# --- catching up ---


@pytest.mark.parametrize("page", ["catching-up", "reconciliation"])
def test_before_anything_is_started_the_way_there_is_told(house: Any, page: str) -> None:
    assert 'data-route="overview">To the overview' in house.html(page)


def test_what_a_date_means_is_explained_where_it_is_chosen(house: Any, stream: int) -> None:
    html = house.html("catching-up")
    assert html.count("entered in Sage 300 or last edited there on that day or later") == 2
    assert "Nothing is written" in html


def test_a_backfill_begins_on_a_day_and_says_who_wanted_it(house: Any, stream: int) -> None:
    answer = house.ask(f"sweep/begin?stream={stream}&kind=backfill", {"since": "2025-03-01"}).json
    begun = house.row(Sweep)
    assert (begun.kind, begun.since, begun.actor, begun.state) == ("backfill", date(2025, 3, 1), "admin", "running")
    assert house.queue.asked == [("run_sweep", house.site_id, begun.id)]
    assert answer["redirect"] == f"catching-up?stream={stream}"
    assert "since 1 Mar 2025" in answer["flag"]["body"]


def test_an_empty_date_means_everything(house: Any, stream: int) -> None:
    house.ask(f"sweep/begin?stream={stream}&kind=dry-run", {"since": ""})
    assert house.row(Sweep).since is None


@pytest.mark.parametrize("typed", ["soon", "2999-01-01", "1066-10-14"])
def test_a_day_that_cannot_be_meant_is_told_and_kept(house: Any, stream: int, typed: str) -> None:
    html = house.html(f"sweep/begin?stream={stream}&kind=backfill", {"since": typed})
    assert 'id="backfill-since-wrong"' in html
    assert f'value="{typed}"' in html
    assert 'id="dry-run-since-wrong"' not in html
    assert house.rows(Sweep) == []


def test_a_second_press_begins_nothing_more(house: Any, stream: int) -> None:
    house.ask(f"sweep/begin?stream={stream}&kind=backfill", {"since": ""})
    answer = house.ask(f"sweep/begin?stream={stream}&kind=backfill", {"since": ""}).json
    assert "under way already" in answer["flag"]["title"]
    assert len(house.rows(Sweep)) == 1


def test_the_bar_is_true_and_asked_for_often(house: Any, stream: int, sweep: Any) -> None:
    sweep("backfill", **under_way(expected=60133, read=31870, counts={"created": 31000, "unchanged": 870}))
    html = house.html(f"catching-up/live?stream={stream}&kind=backfill")
    assert "31,870 of 60,133 documents read" in html
    assert "31,000 new, 870 as before" in html
    assert 'max="60133" value="31870"' in html
    assert 'data-poll="1500"' in html
    assert 'id="backfill-begin"' not in html


def test_a_source_that_has_more_than_it_said_never_overfills_the_bar(house: Any, stream: int, sweep: Any) -> None:
    sweep("backfill", **under_way(expected=10, read=14))
    assert 'max="14" value="14"' in house.html("catching-up")


def test_an_estimate_is_called_one_until_the_source_has_counted(house: Any, stream: int, sweep: Any) -> None:
    house.entry(stream)
    sweep("dry-run", **under_way(expected=None))
    html = house.html(f"catching-up/live?stream={stream}&kind=dry-run")
    assert "about 1 document, which is an estimate from what was read before" in html
    assert "<progress aria-labelledby" in html
    assert "max=" not in html


def test_a_sweep_is_paused_resumed_and_cancelled(house: Any, sweep: Any) -> None:
    begun = sweep("backfill", **under_way())
    for press, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        house.ask(f"sweep/{press}?sweep={begun}", {})
        assert house.row(Sweep).state == state
    assert house.queue.asked == [("run_sweep", house.site_id, begun)]


def test_a_paused_one_is_not_asked_for_and_offers_to_go_on(house: Any, sweep: Any) -> None:
    sweep("backfill", **under_way(state="paused"))
    html = house.html("catching-up")
    assert "data-poll" not in html
    assert 'id="backfill-resume"' in html


def test_a_trouble_is_told_with_when_it_goes_on(house: Any, sweep: Any, trouble: Any) -> None:
    why = trouble("x", "transient", got="IIS answers 503.", remedy="Start the application pool.")
    sweep("backfill", **under_way(state="stopped", trouble=why, due_at=house.now + timedelta(seconds=300)))
    html = house.html("catching-up")
    assert "IIS answers 503." in html
    assert "It goes on by itself in 5 min" in html
    assert "Try now" in html


def test_a_backfill_says_that_it_waits_for_a_paused_stream(house: Any, sweep: Any) -> None:
    house.change(Stream, active=False)
    sweep("backfill", **under_way())
    assert "It waits: the stream is paused" in house.html("catching-up")


# --- dry run ---


def test_a_dry_run_lists_what_would_be_written_and_says_that_nothing_was(
    house: Any, sweep: Any, finding: Any, trouble: Any
) -> None:
    number = sweep(counts={"create": 1, "update": 1, "link": 1, "refused": 1}, read=7)
    finding(number, "create", changes=[{"field": "Amount", "from": "", "to": "10.00"}])
    finding(number, "update", target_key="AP-7", changes=[{"field": "Amount", "from": "9.00", "to": "10.00"}])
    finding(number, "link", target_key="AP-8")
    finding(number, "refused", trouble=trouble())
    first = house.html(f"dry-run?sweep={number}")
    assert "Nothing was written" in first
    assert "3 would stay as they are" in first
    assert "<dt>Amount</dt><dd>10.00</dd>" in first
    assert "<s>9.00</s> → 10.00" in house.html(f"dry-run?sweep={number}&verdict=update")
    assert "AP-8" in house.html(f"dry-run?sweep={number}&verdict=link")
    assert "The text has 300 characters" in house.html(f"dry-run?sweep={number}&verdict=refused")
    assert f"dry-run?sweep={number}&amp;verdict=create" in house.html("catching-up")


def test_a_long_list_goes_on_behind_the_last_one_shown(house: Any, sweep: Any, finding: Any) -> None:
    number = sweep(counts={"create": 51})
    ids = [finding(number, "create", f"N-{each:02}") for each in range(51)]
    html = house.html(f"dry-run?sweep={number}&verdict=create")
    assert "N-49" in html
    assert "N-50" not in html
    assert f"verdict=create&amp;after={ids[49]}" in html
    rest = house.html(f"dry-run?sweep={number}&verdict=create&after={ids[49]}")
    assert "N-50" in rest
    assert 'id="first"' in rest


def test_a_list_that_is_no_longer_kept_says_so(house: Any, sweep: Any) -> None:
    number = sweep(counts={"create": 3})
    assert "no longer kept" in house.html(f"dry-run?sweep={number}&verdict=create")


def test_a_finding_is_exported_without_becoming_a_formula(house: Any, sweep: Any, finding: Any) -> None:
    number = sweep(counts={"create": 1, "update": 1})
    finding(number, "create", "=cmd|' /C calc'!A0", vendor_name="+1 Ltd", source_amount=Decimal("-25.50"))
    finding(number, "update", changes=[{"field": "@Amount", "from": "", "to": "1"}])
    answer = house.ask(f"findings/export?sweep={number}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="dry-run-')
    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines[0].startswith("Verdict,Document,Vendor,")
    assert lines[1].startswith("create,'=cmd|' /C calc'!A0,S1,'+1 Ltd,2021-01,GBP,-25.50,")
    assert "'@Amount: nothing -> 1" in lines[2]
    only = house.ask(f"findings/export?sweep={number}&verdict=update").get_data(as_text=True)
    assert "=cmd" not in only


# --- reconciliation ---


@pytest.fixture
def compared(house: Any, stream: int, sweep: Any, finding: Any) -> int:
    """A reconciliation that has found something of everything."""
    counts = {"same": 2, "missing": 1, "different": 1, "extra": 1, "twice": 1, "waiting": 1}
    number: int = sweep("reconciliation", counts=counts, read=5)
    there = {"target_id": "1", "target_key": "AP-1"}
    finding(number, "same", "A", target_amount=Decimal("10.00"), **there)
    finding(number, "same", "B", period="2021-02", target_amount=Decimal("10.00"), **there)
    finding(number, "missing", "C", target_key="AP-3")
    changes = [{"field": "Amount", "from": "1.00", "to": "10.00"}]
    finding(number, "different", "D", target_amount=Decimal("1.00"), changes=changes, **there)
    nothing = {"source_amount": None, "unit": None}
    finding(number, "extra", "E", vendor="S9", vendor_name="", period="", currency="", target_amount=Decimal("5.00"),
            **there, **nothing)  # fmt: skip
    finding(number, "twice", "A", target_amount=Decimal("10.00"), **{**there, "target_id": "2"}, **nothing)
    finding(number, "waiting", "F")
    return number


def test_totals_show_both_sides_of_each_vendor_and_the_difference(house: Any, compared: int) -> None:
    html = house.html("reconciliation").replace("\N{NO-BREAK SPACE}", " ")
    row = html[html.index(">AHR</a>") : html.index("</tr>", html.index(">AHR</a>"))]
    assert '<td class="num">5</td><td class="num">4</td><td class="num danger">-1</td>' in row
    assert "GBP 50.00" in row
    assert "GBP 31.00" in row
    assert 'num danger">GBP -19.00' in row
    assert "currency not known" in html


def test_a_vendor_opens_into_its_periods(house: Any, compared: int) -> None:
    html = house.html("reconciliation?vendor=S1").replace("\N{NO-BREAK SPACE}", " ")
    february = html[html.index("2021-02") :]
    assert february.count('<td class="num">1</td>') == 2
    assert 'danger">' not in february[: february.index("</tr>")]


def test_vendors_that_agree_are_shown_when_asked_for(house: Any, compared: int, finding: Any) -> None:
    there = {"target_id": "4", "target_amount": Decimal("10.00")}
    finding(compared, "same", "Z", vendor="S0", vendor_name="Agreeable", **there)
    assert "Agreeable" not in house.html("reconciliation")
    assert "Agreeable" in house.html("reconciliation?all=yes")


def test_many_vendors_are_shown_a_page_at_a_time(house: Any, sweep: Any, finding: Any) -> None:
    number = sweep("reconciliation", counts={"missing": 26}, read=26)
    for each in range(26):
        finding(number, "missing", vendor=f"V{each:02} & Co", vendor_name=f"Vendor {each:02}")
    html = house.html("reconciliation")
    assert "Vendor 24" in html
    assert "Vendor 25" not in html
    assert "behind=V24%20%26%20Co" in html
    assert "Vendor 25" in house.html("reconciliation?behind=V24%20%26%20Co")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("missing", "a new one is made"),
        ("different", "<s>1.00</s> → 10.00"),
        ("extra", "Counterfoil takes its mark off this issue; the issue stays"),
        ("twice", "such as a copy of it"),
        ("waiting", "there is nothing to repair"),
    ],
)
def test_each_list_says_what_it_means_and_what_repairing_does(
    house: Any, compared: int, verdict: str, words: str
) -> None:
    html = house.html(f"reconciliation?show={verdict}")
    assert words in html
    assert ("Repair</button>" in html) == (verdict != "waiting")


def test_a_missing_document_is_repaired_by_the_next_pass(house: Any, stream: int, compared: int) -> None:
    key = "sage300:SAMLTD:S1:invoice:C"
    house.entry(stream, document_key=key, target_key="AP-3")
    finding = next(each for each in house.rows(Finding) if each.verdict == "missing")
    answer = house.ask(f"reconciliation/repair?finding={finding.id}", {}).json
    assert answer["flag"]["title"] == "Repairing 1 document"
    assert house.queue.asked == [("run_stream", house.site_id, stream)]
    entry = house.row(LedgerEntry)
    assert (entry.state, entry.target_id, entry.payload_hash) == ("pending", None, None)
    foil = house.row(Counterfoil)
    assert (foil.actor, foil.action, foil.document_key) == ("admin", "repaired", key)
    html = house.html(answer["redirect"])
    assert "Repaired</span>" in html
    assert "Repair</button>" not in html
    assert "Reconcile again to see" in html


def test_a_copy_loses_our_mark_by_a_worker_and_the_page_waits_for_it(house: Any, compared: int) -> None:
    finding = next(each for each in house.rows(Finding) if each.verdict == "twice")
    route = house.ask(f"reconciliation/repair?finding={finding.id}", {}).json["redirect"]
    assert house.queue.asked == [("release_findings", house.site_id, compared, "admin", finding.id)]
    assert 'data-poll="1500"' in house.html(route)
    house.change(Finding, repaired_at=house.now)
    assert "data-poll" not in house.html(route)


def test_those_chosen_are_repaired_and_no_others(house: Any, sweep: Any, finding: Any, stream: int) -> None:
    number = sweep("reconciliation", counts={"different": 3})
    first, second, third = (finding(number, "different", each) for each in "ABC")
    form = {f"finding-{first}": "on", f"finding-{third}": "on", "finding-x": "on"}
    answer = house.ask(f"reconciliation/repair-chosen?sweep={number}&verdict=different", form).json
    assert answer["flag"]["title"] == "Repairing 2 documents"
    assert [each.repaired_at is None for each in house.rows(Finding)] == [False, True, False]
    nothing = house.ask(f"reconciliation/repair-chosen?sweep={number}&verdict=different", {}).json
    assert nothing["flag"]["title"] == "Nothing was chosen"
    assert house.rows(Finding)[second - first].repaired_at is None


def test_all_of_a_verdict_are_repaired_by_a_worker(house: Any, compared: int) -> None:
    answer = house.ask(f"reconciliation/repair-all?sweep={compared}&verdict=missing", {}).json
    assert house.queue.asked == [("mend_findings", house.site_id, compared, "missing", "admin")]
    assert "left=0" in answer["redirect"]


def test_what_a_dry_run_found_cannot_be_repaired(house: Any, sweep: Any, finding: Any) -> None:
    number = sweep(counts={"create": 1})
    found = finding(number, "create")
    assert house.ask(f"reconciliation/repair?finding={found}", {}).status_code == 404
    assert house.ask(f"reconciliation/repair-all?sweep={number}&verdict=create", {}).status_code == 404


def test_the_second_half_of_a_reconciliation_says_how_far_it_is(house: Any, sweep: Any) -> None:
    position = {"side": "target", "at": "AP-120"}
    sweep("reconciliation", **under_way(expected=100, read=100, position=position))
    html = house.html("reconciliation")
    assert "All 100 invoices of Sage 300 compared. Now going through the issues in Jira" in html
    assert "reached AP-120" in html
    assert "max=" not in html


def test_while_one_goes_on_the_last_result_stays(house: Any, compared: int, sweep: Any) -> None:
    sweep("reconciliation", **under_way())
    html = house.html("reconciliation?show=missing")
    assert "AP-3" in html
    poll = f"reconciliation/live?stream={house.main().id}&show=missing"
    assert poll.replace("&", "&amp;") in html
    assert "AP-3" not in house.html(poll), "boxes that were ticked meanwhile must stay"
    house.change(Sweep, state="done", finished_at=house.now)
    assert 'id="found"' in house.html(poll)


def test_the_nightly_one_is_switched(house: Any, stream: int) -> None:
    assert "Nightly" in house.html("reconciliation")
    house.ask(f"reconciliation/nightly?stream={stream}&to=off", {})
    assert house.main().reconcile_nightly is False
    assert "Compare each night" in house.html("reconciliation")
    house.ask(f"reconciliation/nightly?stream={stream}&to=on", {})
    assert house.main().reconcile_nightly is True


def test_both_sides_that_agree_are_told_so(house: Any, sweep: Any, finding: Any) -> None:
    number = sweep("reconciliation", counts={"same": 1}, read=1)
    finding(number, "same", target_id="1", target_amount=Decimal("10.00"))
    assert "Both sides agree" in house.html("reconciliation")


def test_sweeps_and_findings_of_another_site_are_not_there(house: Any, compared: int) -> None:
    own, stream = house.site_id, house.main().id
    finding = house.rows(Finding)[2].id
    with house.parts.database.writing_every_site() as session:
        for row in session.query(Sweep).all() + session.query(Finding).all() + session.query(Stream).all():
            row.site_id = _another(session)
    house.stream()
    for route, form in (
        (f"catching-up?stream={stream}", None), (f"dry-run?sweep={compared}", None),
        (f"findings/export?sweep={compared}", None), (f"reconciliation?stream={stream}", None),
        (f"sweep/cancel?sweep={compared}", {}), (f"reconciliation/repair?finding={finding}", {}),
        (f"sweep/begin?stream={stream}&kind=backfill", {}), (f"reconciliation/nightly?stream={stream}", {}),
        (f"reconciliation/repair-all?sweep={compared}&verdict=missing", {}),
    ):  # fmt: skip
        assert house.ask(route, form).status_code == 404, route
    assert house.site_id == own
    assert house.queue.asked == []


def _another(session: Any) -> int:
    other = session.query(Site).filter(Site.name == "other").one_or_none()
    if other is None:
        address = "https://other.example"
        other = Site(name="other", base_url=address, display_url=address, created_at=datetime.now(UTC))
        session.add(other)
        session.flush()
    return int(other.id)


# --- starting from a date, pausing, syncing one document ---


def test_a_stream_can_begin_with_a_date(house: Any) -> None:
    integration = house.integration()
    assert "Read documents from" in house.html(f"schedule?integration={integration}")
    form = {"minutes": "5", "jira_calls_at_once": "4", "since": "2026-01-01"}
    answer = house.ask(f"schedule/save?integration={integration}", form).json
    begun = house.main()
    assert (begun.since, begun.watermark) == (date(2026, 1, 1), {"edited": "2026-01-01"})
    assert "the invoices since 1 Jan 2026" in answer["flag"]["body"]
    html = house.html(f"schedule?integration={integration}")
    assert "Reads invoices since" in html
    assert f'data-route="catching-up?stream={begun.id}"' in html
    assert "Read documents from" not in html


def test_a_stream_without_a_date_reads_everything(house: Any) -> None:
    integration = house.integration()
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "since": ""})
    assert (house.main().since, house.main().watermark) == (None, None)


def test_saving_the_schedule_later_leaves_the_date(house: Any) -> None:
    house.stream(since=date(2026, 1, 1), watermark={"edited": "2026-05-05"})
    form = {"minutes": "9", "since": "2020-01-01"}
    house.ask(f"schedule/save?integration={house.row(Integration).id}", form)
    kept = house.main()
    assert (kept.since, kept.watermark, kept.interval_seconds) == (date(2026, 1, 1), {"edited": "2026-05-05"}, 540)


def test_a_paused_stream_says_on_the_overview_what_waits(house: Any, stream: int) -> None:
    house.entry(stream, state="pending")
    house.ask(f"stream/pause?stream={stream}", {})
    html = house.html("overview")
    assert "what changes in Sage 300 waits there, and 1 document that was read waits here" in html
    assert f'id="resume-{stream}"' in html


def test_an_administrator_syncs_one_document_again(house: Any, stream: int) -> None:
    entry = house.entry(stream)
    assert f"document/resync?entry={entry}&amp;panel=yes" in house.html("panel", issue="10041")
    assert f"document/resync?entry={entry}" in house.html(f"failure?entry={entry}")
    answer = house.ask(f"document/resync?entry={entry}&panel=yes", {}, issue="10041").json
    assert answer["redirect"].startswith("panel?asked=")
    row = house.row(LedgerEntry)
    assert (row.state, row.payload_hash, row.target_id) == ("pending", None, "10041")
    assert house.queue.asked == [("refresh_document", house.site_id, entry)]
    assert (house.row(Counterfoil).action, house.row(Counterfoil).actor) == ("resynced", "admin")


def test_a_document_on_its_way_is_sent_once_more_afterwards(house: Any, stream: int) -> None:
    entry = house.entry(stream, state="sending")
    house.ask(f"document/resync?entry={entry}", {})
    row = house.row(LedgerEntry)
    assert (row.state, row.version) == ("sending", 2)


def test_a_reader_of_the_issue_may_not_sync_it_again(house: Any, stream: int) -> None:
    entry = house.entry(stream)
    answer = house.ask(f"document/resync?entry={entry}&panel=yes", {}, account="somebody", issue="10041")
    assert answer.status_code == 403
    assert house.row(LedgerEntry).state == "settled"
