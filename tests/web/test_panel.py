"""The invoice panel: what a person reads on an issue."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plugin.store.models import LedgerEntry
from sage_adapters.records import DocumentType, Money


def panel(house: Any, route: str = "panel") -> str:
    html: str = house.html(route, issue="10041", account="somebody")
    return html


def today() -> date:
    return datetime.now(UTC).date()


def test_the_panel_opens_in_its_frame_for_who_may_see_the_issue(house: Any) -> None:
    house.entry(house.stream())
    answer = house.open("/connect/panel", account="somebody", issueId="10041")
    assert answer.status_code == 200
    assert "CACP534" in answer.text


def test_an_invoice_shows_its_figures(house: Any) -> None:
    house.entry(house.stream())
    html = panel(house)
    for words in ("AHR Building Consultancy Limited", "S26051", "GBP\N{NO-BREAK SPACE}12,109.00", "Net 30", "PO-2207"):
        assert words in html
    for words in ("23BN4272", "5,045.42", "2,018.17", "batch 58", "entry 1", "Posted"):
        assert words in html
    assert "https://sage.example/Sage300WebApi/v1.0/-/SAMLTD/AP/APInvoiceBatches(58)" in html


def test_a_batch_link_of_ones_own_is_used(house: Any) -> None:
    connection = house.connection(settings={"batch_link": "https://erp.example/b?n={batch}"})
    house.entry(house.stream(integration_id=house.integration(connection)))
    assert 'href="https://erp.example/b?n=58"' in panel(house)


@pytest.mark.parametrize(
    ("days", "overdue"), [(-5, "overdue by 5 days"), (-1, "overdue by 1 day,"), (0, None), (9, None)]
)
def test_a_due_date_in_the_past_is_marked(house: Any, invoice: Any, days: int, overdue: str | None) -> None:
    house.entry(house.stream(), invoice(due_date=today() + timedelta(days=days)))
    html = panel(house)
    assert (overdue in html) if overdue else ("verdue" not in html and "due <time" in html)


def test_a_credit_note_lowers_what_is_owed_and_is_never_overdue(house: Any, invoice: Any) -> None:
    house.entry(house.stream(), invoice(document_type=DocumentType.CREDIT_NOTE))
    html = panel(house)
    assert "Credit note" in html
    assert "GBP\N{NO-BREAK SPACE}-12,109.00" in html
    assert "verdue" not in html


def test_amounts_have_the_decimals_of_their_currency(house: Any, invoice: Any) -> None:
    yen = Money(Decimal("250000"), "JPY")
    house.entry(house.stream(), invoice(currency="JPY", amount=yen, tax_total=Money(Decimal(0), "JPY"), lines=0))
    html = panel(house)
    assert "JPY\N{NO-BREAK SPACE}250,000<" in html
    assert "250,000.00" not in html


def test_many_lines_are_cut_and_all_can_be_shown(house: Any, invoice: Any) -> None:
    house.entry(house.stream(), invoice(lines=75))
    html = panel(house)
    assert html.count('<td class="mono">') == 50
    assert "25 more lines" in html
    assert panel(house, "panel?lines=all").count('<td class="mono">') == 75


def test_the_timeline_tells_what_changed(house: Any, trouble: Any) -> None:
    stream = house.stream()
    house.entry(stream)
    changes = [
        {"attribute": "amount", "from": "11999.00 GBP", "to": "12109.00 GBP"},
        {"attribute": "due_date", "from": None, "to": "2021-02-07"},
        {"attribute": "lines"},
    ]
    house.counterfoil(stream, 1, "created")
    house.counterfoil(stream, 2, "changed", detail={"changes": changes})
    house.counterfoil(stream, 3, "parked", outcome="refused", detail={"trouble": trouble(got="Too long.")})
    house.counterfoil(stream, 4, "gone")
    html = panel(house)
    assert "issue AP-41 created" in html
    assert "<s>GBP\N{NO-BREAK SPACE}11,999.00</s> GBP\N{NO-BREAK SPACE}12,109.00" in html
    assert "Payment due changed in Sage 300: <time" in html
    assert "Distribution lines changed in Sage 300" in html
    assert "Refused: Too long." in html
    assert html.index("No longer in Sage 300") < html.index("issue AP-41 created")


def test_the_timeline_names_decisions_with_their_reason_and_what_was_set(house: Any) -> None:
    stream = house.stream()
    house.entry(stream)
    changes = [{"attribute": "amount", "from": "11999.00 GBP", "to": "12109.00 GBP"}]
    house.counterfoil(stream, 1, "corrected", actor="712020:ada", detail={"changes": changes, "reason": "Typing error"})
    house.counterfoil(stream, 2, "linked", actor="712020:ada", target="AP-77")
    house.counterfoil(stream, 3, "retried", detail={"because": "mapping"})
    html = panel(house)
    assert "Corrected by an administrator<br>Amount: <s>GBP\N{NO-BREAK SPACE}11,999.00</s>" in html
    assert "Reason: Typing error" in html
    assert "Linked to issue AP-77 by an administrator" in html
    assert "Tried again with the new mapping</span>" in html
    assert "712020" not in html


def test_a_long_history_shows_the_latest_in_order_and_how_many_came_before(house: Any) -> None:
    stream = house.stream()
    house.entry(stream)
    for number in range(1, 38):
        house.counterfoil(stream, number, "linked", target=f"AP-{number}")
    html = panel(house)
    shown = [int(number) for number in re.findall(r"Linked to issue AP-(\d+)", html)]
    assert shown == list(range(37, 17, -1))
    assert "… and 17 earlier entries." in html


def test_a_document_gone_from_the_source_says_so(house: Any, invoice: Any) -> None:
    house.entry(house.stream(), invoice(status="Deleted in Sage 300"), gone_at=house.now)
    assert "Deleted in Sage 300" in panel(house)


def test_a_parked_document_tells_why_the_issue_is_behind(house: Any, trouble: Any) -> None:
    house.entry(house.stream(), state="parked", trouble=trouble(), trouble_code="x")
    html = panel(house)
    assert "This issue is behind" in html
    assert "Jira takes 255" in html


def test_a_document_that_cannot_be_understood_still_shows_what_is_known(house: Any, trouble: Any) -> None:
    house.entry(
        house.stream(), state="unreadable", content={"raw": 1}, trouble=trouble(got="No vendor."), trouble_code="x"
    )
    html = panel(house)
    assert "12,109.00" in html
    assert "No vendor." in html


def test_refresh_asks_for_the_document_and_waits_until_it_was_read(house: Any) -> None:
    entry = house.entry(house.stream())
    route = house.ask("panel/refresh", {}, issue="10041", account="somebody").json["redirect"]
    assert house.queue.asked == [("refresh_document", house.site_id, entry)]
    html = panel(house, route)
    assert "Asking Sage 300" in html
    assert "data-poll" in html
    house.change(LedgerEntry, read_at=house.now + timedelta(seconds=5))
    html = panel(house, route)
    assert "data-poll" not in html
    assert "Checked" in html


def test_a_refresh_without_an_answer_gives_up_in_words(house: Any) -> None:
    house.entry(house.stream(), read_at=house.now - timedelta(hours=1))
    asked = int((house.now - timedelta(minutes=2)).timestamp())
    html = panel(house, f"panel?asked={asked}")
    assert "has not answered yet" in html
    assert "data-poll" not in html


def test_a_run_that_found_nothing_new_counts_as_a_check(house: Any) -> None:
    stream = house.stream()
    house.entry(stream, read_at=house.now - timedelta(days=3))
    house.run(stream, started_at=house.now - timedelta(minutes=2))
    assert "2 min ago" in panel(house)


def test_an_issue_that_is_not_ours_is_told_what_to_look_for(house: Any) -> None:
    html = panel(house)
    assert "stands for no invoice, order or receipt" in html
    assert house.ask("panel/refresh", {}, issue="10041").status_code == 404
    assert house.queue.asked == []
