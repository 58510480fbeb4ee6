"""Failures on the pages: grouped by cause, opened one by one, tried again and ignored; and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from plugin.integrations.sage300_jira.attributes import ATTRIBUTES
from plugin.store.models import Counterfoil, LedgerEntry, Site, Snapshot, Stream
from tests.web.failing import CAUSE, park_documents, runs, told


@pytest.fixture
def park(house: Any) -> Callable[..., list[int]]:
    return partial(park_documents, house)


# The list


def test_failures_are_grouped_by_cause_with_exact_sums(house: Any, park: Any) -> None:
    park("0.10", "0.20", "31400.00")
    park("1.00", code="jira.other")
    html = house.html("failures")
    assert "4 documents worth GBP\N{NO-BREAK SPACE}31,401.30 wait for 2 decisions" in html
    assert "GBP\N{NO-BREAK SPACE}31,400.30" in html
    assert "Try all 3 again" in html
    assert "Map this attribute to a paragraph field" in html
    assert "jira.other-3" in house.html("failures?state=parked&cause=jira.other")


def test_a_cause_tells_since_when_and_when_it_was_last_met(house: Any, park: Any) -> None:
    park("1.00", failing_since=datetime(2026, 1, 2, 8, 12, tzinfo=UTC))
    park("1.00", failing_since=datetime(2026, 1, 2, 9, 12, tzinfo=UTC))
    html = house.html("failures")
    assert 'since <time datetime="2026-01-02T08:12:00+00:00"' in html
    assert 'last <time datetime="2026-01-02T09:12:00+00:00"' in html


def test_an_uncertain_document_is_told_as_what_it_is_without_anything_to_press(house: Any, park: Any) -> None:
    (entry,) = park(
        "1.00", state="uncertain", failing_since=datetime(2026, 1, 2, 10, 4, tzinfo=UTC),
        next_try_at=house.now + timedelta(minutes=1),
    )  # fmt: skip
    for html in (house.html("failures"), house.html(f"failure?entry={entry}")):
        assert "Sent, not confirmed" in html
        assert "never sends twice" in html
        assert "2026-01-02T10:04:00" in html
        assert "Try again" not in html
        assert "Ignore" not in html.replace(">Ignored<", "")
        assert "already there" not in html


def test_without_failures_the_page_says_so(house: Any) -> None:
    assert "No failures" in house.html("failures")
    assert "Nothing is ignored" in house.html("failures/ignored")
    assert "Nothing is corrected" in house.html("failures/corrected")


def test_a_large_cause_is_shown_page_by_page(house: Any, park: Any) -> None:
    park(*["1.00"] * 53)
    html = house.html(f"failures?{CAUSE}")
    assert html.count(">Try again</button>") == 50
    older = html.split('id="older" data-route="')[1].split('"')[0].replace("&amp;", "&")
    assert house.html(older).count(">Try again</button>") == 3


def test_a_cause_is_tried_again_as_a_whole(house: Any, park: Any) -> None:
    park("1.00", "2.00")
    park("3.00", code="jira.other")
    answer = house.ask(f"failures/replay?{CAUSE}", {}).json
    assert answer["flag"]["title"] == "Trying 2 documents again"
    assert sorted(row.state for row in house.rows(LedgerEntry)) == ["parked", "pending", "pending"]
    assert runs(house) == [("run_stream", house.site_id, house.main().id)]
    assert (told(house).action, told(house).actor) == ("retried", "admin")


def test_all_that_wait_are_tried_again_at_once(house: Any, park: Any) -> None:
    park("1.00", "2.00")
    park("3.00", code="jira.other")
    park("4.00", state="ignored")
    assert "Try all 3 again" in house.html("failures")
    house.ask("failures/replay?all=yes", {})
    assert sorted(row.state for row in house.rows(LedgerEntry)) == ["ignored", "pending", "pending", "pending"]


@pytest.mark.parametrize(
    "what", ["", "?all=", "?state=settled&cause=", "?state=parked&cause=unheard-of", "?cause=jira.text-too-long"]
)
def test_a_replay_that_names_nothing_changes_nothing(house: Any, park: Any, what: str) -> None:
    park("1.00")
    house.entry(house.main().id, target_id="7")
    assert house.ask(f"failures/replay{what}", {}).status_code == 404
    assert sorted(row.state for row in house.rows(LedgerEntry)) == ["parked", "settled"]
    assert house.queue.asked == []


def test_trying_documents_of_a_paused_stream_says_when_they_go(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    house.change(Stream, active=False)
    assert "when it is resumed" in house.ask(f"failure/replay?entry={entry}", {}).json["flag"]["body"]
    assert "The stream of invoices is paused" in house.html(f"failure?entry={entry}")


def test_a_cause_is_ignored_with_a_reason_and_listed_with_it(house: Any, park: Any) -> None:
    park("1.00", "2.00")
    refused = house.html(f"failures/ignore?{CAUSE}", {"reason": " "})
    assert "Say why" in refused
    assert {row.state for row in house.rows(LedgerEntry)} == {"parked"}
    house.ask(f"failures/ignore?{CAUSE}", {"reason": "Paid in cash <i>"})
    assert {row.state for row in house.rows(LedgerEntry)} == {"ignored"}
    assert "No failures" in house.html("failures")
    html = house.html("failures/ignored")
    assert html.count("Paid in cash &lt;i&gt;") == 2
    assert 'data-account="admin"' in html
    house.ask("failures/unignore?state=ignored&cause=jira.text-too-long", {})
    assert {row.state for row in house.rows(LedgerEntry)} == {"parked"}


# One document


def test_a_document_is_shown_with_its_record_its_refusal_and_its_history(house: Any, park: Any) -> None:
    (entry,) = park("12109.00")
    row = house.row(LedgerEntry)
    house.counterfoil(row.stream_id, 1, "parked", document_key=row.document_key, outcome="refused",
                      detail={"trouble": {"got": "It said no."}})  # fmt: skip
    html = house.html(f"failure?entry={entry}")
    for words in (
        "AHR Building Consultancy Limited", "GBP\N{NO-BREAK SPACE}12,109.00", "PO-2207", "Payment due", "Net 30",
        "Distribution lines", "23BN4272", "Consultant fees, phase 1", "Refused: It said no.",
        "The text has 300 characters", "Map this attribute to a paragraph field", "Writing Vendor",
    ):  # fmt: skip
        assert words in html, words


def test_every_attribute_has_its_label_and_mapped_ones_their_field(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    html = house.html(f"failure?entry={entry}")
    assert all(f'<th scope="row">{each.label}</th>' in html for each in ATTRIBUTES)
    assert '<td class="hide-narrow">Notes</td>' in html


def test_what_could_not_be_understood_is_shown_as_it_was_read(house: Any, park: Any) -> None:
    (entry,) = park(
        "0", state="unreadable", content={"unreadable": {"DocumentType": "Mystery", "Odd": "<b>"}}, currency=""
    )
    html = house.html(f"failure?entry={entry}")
    assert "Mystery" in html
    assert "&lt;b&gt;" in html
    assert "failure/correct" not in html
    assert "failure/compare" not in html
    assert "failure/ignore" in html
    assert house.ask(f"failure/correct?entry={entry}", {"version": "1", "reason": "x"}).status_code == 200
    assert house.row(LedgerEntry).version == 1
    assert "Could not be read" in house.html("failures")


def test_a_document_tried_again_is_waited_for_until_it_stands_still(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    route = house.ask(f"failure/replay?entry={entry}", {"reason": "The vendor renamed itself"}).json["redirect"]
    assert told(house).detail["reason"] == "The vendor renamed itself"
    html = house.html(route)
    assert "On its way to Jira" in html
    assert f'data-route="failure/standing?entry={entry}' in html
    part = route.replace("failure?", "failure/standing?")
    assert "data-poll" in house.html(part)
    house.change(LedgerEntry, state="settled", target_id="7", target_key="AP-7", trouble=None)
    html = house.html(part)
    assert "data-poll" not in html
    assert 'href="https://acme.atlassian.net/browse/AP-7"' in html


def test_a_settled_document_is_not_sent_again_by_a_made_up_request(house: Any) -> None:
    entry = house.entry(house.stream())
    for action in ("replay", "ignore", "unignore"):
        assert house.ask(f"failure/{action}?entry={entry}", {"reason": "x"}).status_code == 404
    assert house.row(LedgerEntry).state == "settled"
    assert house.queue.asked == []


def test_one_document_is_ignored_and_no_longer_ignored(house: Any, park: Any) -> None:
    (entry, _) = park("1.00", "2.00")
    assert "Say why" in house.html(f"failure/ignore?entry={entry}", {"reason": ""})
    house.ask(f"failure/ignore?entry={entry}", {"reason": "A duplicate"})
    assert sorted(row.state for row in house.rows(LedgerEntry)) == ["ignored", "parked"]
    html = house.html(f"failure?entry={entry}")
    assert "Ignored: A duplicate" in html
    house.ask(f"failure/unignore?entry={entry}", {})
    assert {row.state for row in house.rows(LedgerEntry)} == {"parked"}
    assert [row.action for row in house.rows(Counterfoil)] == ["ignored", "unignored"]


@pytest.mark.parametrize("reason", ["x" * 501, "two\nlines", "half a character \ud83d"])
def test_a_reason_that_cannot_be_kept_is_refused_with_a_sentence(house: Any, park: Any, reason: str) -> None:
    (entry,) = park("1.00")
    for action in ("replay", "ignore"):
        html = house.html(f"failure/{action}?entry={entry}", {"reason": reason})
        assert 'aria-invalid="true"' in html
    assert house.row(LedgerEntry).state == "parked"


def test_the_panel_tells_that_an_administrator_left_its_issue_behind(house: Any, park: Any) -> None:
    (entry,) = park("1.00", target_id="10041", target_key="AP-41")
    house.ask(f"failure/ignore?entry={entry}", {"reason": "A duplicate"})
    html = house.html("panel", issue="10041", account="somebody")
    assert "an administrator decided to leave it so" in html
    assert "Reason: A duplicate" in html


# Who may


ACTIONS = ["replay", "correct", "compare", "link", "ignore", "unignore"]
FORM = {"reason": "x", "version": "1", "value-vendor_name": "AHR", "key": "AP-7"}


@pytest.mark.parametrize("route", ["failure", "failure/standing", "failure/comparison"])
@pytest.mark.parametrize("entry", ["999", "x", "", "-1"])
def test_a_document_that_is_not_there_is_said_so(house: Any, route: str, entry: str) -> None:
    assert house.ask(f"{route}?entry={entry}").status_code == 404


def test_documents_of_another_site_are_not_there(house: Any, park: Any) -> None:
    own = house.site_id
    house.site_id = another_site(house)
    (foreign,) = park("1.00")
    foreign_site, house.site_id = house.site_id, own
    assert "No failures" in house.html("failures")
    for route in ("failure", "failure/standing", "failure/comparison"):
        assert house.ask(f"{route}?entry={foreign}").status_code == 404
    for action in ACTIONS:
        fitting = {name: FORM[name] for name in FORM if name in _fields_of(action)}
        assert house.ask(f"failure/{action}?entry={foreign}", fitting).status_code == 404
    for action in ("replay", "ignore"):
        assert house.ask(f"failures/{action}?{CAUSE}", {"reason": "x"}).status_code == 404
    assert house.ask("failures/replay?all=yes", {}).status_code == 404
    house.site_id = foreign_site
    row = house.row(LedgerEntry)
    assert (row.state, row.version, row.corrections) == ("parked", 1, {})
    assert house.rows(Counterfoil) == []
    assert house.rows(Snapshot) == []
    assert house.queue.asked == []


@pytest.mark.parametrize("action", ACTIONS)
def test_only_administrators_decide(house: Any, park: Any, action: str) -> None:
    (entry,) = park("1.00")
    assert house.ask(f"failure/{action}?entry={entry}", FORM, account="somebody").status_code == 403
    assert house.ask(f"failure?entry={entry}", account="somebody").status_code == 403
    assert house.row(LedgerEntry).state == "parked"
    assert house.rows(Counterfoil) == []


def _fields_of(action: str) -> tuple[str, ...]:
    return {"correct": tuple(FORM), "compare": ("key",), "link": ("key", "reason")}.get(action, ("reason",))


def another_site(house: Any) -> int:
    with house.parts.database.writing_every_site() as session:
        address = "https://other.atlassian.net"
        site = Site(name="other", base_url=address, display_url=address, created_at=datetime.now(UTC))
        session.add(site)
        session.flush()
        return int(site.id)
