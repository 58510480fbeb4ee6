"""The overview and activity: what an administrator reads at a glance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest


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
    assert house.main().due_at - house.now < timedelta(seconds=10)
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
