"""The overview, failures and activity: what an administrator reads at a glance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from plugin.store.models import LedgerEntry, Stream
from sage_adapters.records import Money


def test_a_new_site_is_led_to_its_first_connection(house: Any) -> None:
    html = house.html("overview")
    assert 'data-route="connection"' in html
    assert html.count("<li") >= 4
    assert 'aria-current="step"' in html


def test_each_step_done_leads_to_the_next(house: Any) -> None:
    connection = house.connection()
    assert f'data-route="target/open?connection={connection}"' in house.html("overview")
    integration = house.integration(connection, mapping={})
    assert f'class="btn primary" href="#mapping?integration={integration}"' in house.html("overview")
    house.stream(integration_id=integration)
    assert "Streams" in house.html("overview")


def test_a_running_stream_shows_true_progress_and_is_asked_about_often(house: Any) -> None:
    stream = house.stream()
    house.run(
        stream,
        state="running",
        finished_at=None,
        expected=60133,
        read=31870,
        created=31500,
        started_at=house.now - timedelta(minutes=4),
    )
    html = house.html("overview")
    assert "31,870 of 60,133 read" in html
    assert 'max="60133" value="31870"' in html
    assert "about 4 min left" in html
    assert 'data-poll="1500"' in html
    assert f'id="sync-{stream}"' not in html


def test_a_stream_at_rest_shows_its_last_run(house: Any, invoice: Any) -> None:
    stream = house.stream()
    house.entry(stream)
    house.run(stream, read=41, created=34, updated=4, unchanged=3, started_at=house.now - timedelta(minutes=3))
    html = house.html("overview/live")
    assert "In step" in html
    assert "<b>38</b><span>changed in 24 h</span>" in html
    assert "3 min" in html
    assert 'data-poll="15000"' in html


def test_sync_now_runs_the_stream_and_waits_for_its_run(house: Any) -> None:
    stream = house.stream()
    house.run(stream)
    route = house.ask(f"stream/sync?stream={stream}", {}).json["redirect"]
    assert house.queue.asked == [("run_stream", house.site_id, stream)]
    assert house.row(Stream).due_at - house.now < timedelta(seconds=10)
    assert "Starting…" in house.html(route)
    later = house.now + timedelta(seconds=30)
    house.run(stream, started_at=later, moved_at=later, finished_at=later + timedelta(seconds=1), created=2)
    html = house.html(route)
    assert "Starting…" not in html
    assert "The run of invoices has ended: 2 new" in html


@pytest.mark.parametrize(
    ("kind", "words"), [("configuration", "stands still"), ("transient", "is waiting"), ("throttled", "is waiting")]
)
def test_a_stream_in_trouble_is_told_with_cause_remedy_and_next_try(
    house: Any, trouble: Any, kind: str, words: str
) -> None:
    cause = trouble("sage300.x", kind, got="IIS answers 503.", remedy="Start the application pool.")
    house.stream(trouble=cause, due_at=house.now + timedelta(seconds=100))
    html = house.html("overview")
    assert words in html
    assert "IIS answers 503." in html
    assert "Start the application pool." in html
    assert "The next try is in" in html


def park(house: Any, invoice: Any, trouble: Any, amounts: list[str], code: str = "jira.text-too-long") -> int:
    stream: int = house.row(Stream).id if house.rows(Stream) else house.stream()
    for index, amount in enumerate(amounts):
        record = invoice(number=f"{code}-{index}", amount=Money(Decimal(amount), "GBP"))
        house.entry(
            stream,
            record,
            state="parked",
            trouble=trouble(code),
            trouble_code=code,
            failing_since=house.now,
            target_id=None,
        )
    return stream


def test_failures_are_grouped_by_cause_with_exact_sums(house: Any, invoice: Any, trouble: Any) -> None:
    park(house, invoice, trouble, ["0.10", "0.20", "31400.00"])
    park(house, invoice, trouble, ["1.00"], code="jira.other")
    html = house.html("failures")
    assert "4 documents worth GBP\N{NO-BREAK SPACE}31,401.30 wait for 2 decisions" in html
    assert "GBP\N{NO-BREAK SPACE}31,400.30" in html
    assert "Try all 3 again" in html
    assert "Map this attribute to a paragraph field" in html
    assert "jira.other-0" in house.html("failures?cause=jira.other")


def test_an_uncertain_document_is_told_without_anything_to_press(house: Any) -> None:
    house.entry(house.stream(), state="uncertain", next_try_at=house.now + timedelta(minutes=1))
    html = house.html("failures")
    assert "never sends twice" in html
    assert "Try again" not in html


def test_a_cause_is_tried_again_as_a_whole(house: Any, invoice: Any, trouble: Any) -> None:
    stream = park(house, invoice, trouble, ["1.00", "2.00"])
    park(house, invoice, trouble, ["3.00"], code="jira.other")
    answer = house.ask("failures/retry?cause=jira.text-too-long", {}).json
    assert answer["flag"]["title"] == "Trying 2 documents again"
    assert sorted(row.state for row in house.rows(LedgerEntry)) == ["parked", "pending", "pending"]
    assert house.queue.asked == [("run_stream", house.site_id, stream)]


def test_trying_unreadable_documents_again_comes_to_an_end(house: Any, invoice: Any, trouble: Any) -> None:
    """They stay unreadable until they have been read again, so they are among the failures still."""
    park(house, invoice, trouble, ["1.00", "2.00"])
    house.change(LedgerEntry, state="unreadable")
    answer = house.ask("failures/retry?cause=jira.text-too-long", {}).json
    assert answer["flag"]["title"] == "Trying 2 documents again"


def test_one_document_is_tried_again(house: Any, invoice: Any, trouble: Any) -> None:
    park(house, invoice, trouble, ["1.00", "2.00"])
    entry = house.rows(LedgerEntry)[0].id
    house.ask(f"failures/retry?entry={entry}", {})
    assert [row.state for row in house.rows(LedgerEntry)] == ["pending", "parked"]


def test_a_settled_document_is_not_sent_again_by_a_made_up_request(house: Any) -> None:
    entry = house.entry(house.stream())
    assert house.ask(f"failures/retry?entry={entry}", {}).status_code == 404
    assert house.row(LedgerEntry).state == "settled"
    assert house.queue.asked == []


def test_without_failures_the_page_says_so(house: Any) -> None:
    assert "No failures" in house.html("failures")


def test_activity_tells_runs_in_plain_words(house: Any, trouble: Any) -> None:
    stream = house.stream()
    house.run(stream, read=41, created=34, updated=4, failed=1, unchanged=2, calls={"sage300": 9, "jira": 3})
    house.run(stream)
    house.run(stream, state="stopped", trouble=trouble("x", "configuration", got="401.", remedy="Enter it again."))
    html = house.html("activity")
    assert "41 documents read: 34 new, 4 changed, 1 failed, the others as before." in html
    assert "9 requests to Sage 300, 3 to Jira" in html
    assert "Nothing new." in html
    assert "401. Enter it again." in html


def test_activity_is_explained_before_there_is_any(house: Any) -> None:
    assert "Nothing has run yet" in house.html("activity")


def test_what_vendors_write_is_shown_and_never_run(house: Any, invoice: Callable[..., Any], trouble: Any) -> None:
    stream = house.stream()
    evil = invoice(vendor_name="<script>alert(1)</script>", number='"><img src=x>')
    cause = trouble(got="<b>no</b>")
    house.entry(stream, evil, state="parked", trouble=cause, trouble_code="x", failing_since=house.now)
    for html in (house.html("failures"), house.html("panel", issue="10041")):
        assert "<script>" not in html
        assert "<img" not in html
        assert "<b>no</b>" not in html
        assert "&lt;script&gt;" in html
