"""The audit page: what is found, how it reads, and what may leave as a file."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from plugin.store.models import Site, Snapshot, Stream
from plugin.web import timeline
from plugin.web.views import audit

PLUGIN = Path(audit.__file__).parents[2]
ADA = "712020:ada-0815"


@pytest.fixture
def stream(house: Any) -> int:
    stream: int = house.stream(chain_length=3)
    house.entry(stream)
    return stream


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def search(house: Any, **form: str) -> str:
    """Sends the form as the page does, and follows where it leads."""
    fields = {"document": "", "vendor": "", "since": "", "until": "", "actor": "", "action": "", "stream": ""}
    answer = house.ask("audit", {**fields, "zone": "UTC", **form}).json
    html: str = house.html(answer["redirect"]) if answer["redirect"] else answer["html"]
    return html


def whole(answer: Any) -> bytes:
    """The file without the byte that tells the page's script that it did not break off."""
    assert answer.data.endswith(b"\0")
    content: bytes = answer.data[:-1]
    return content


def links(html: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*data-(?:route|download)="([^"]+)"', html)
    assert found is not None, name
    return unescape(found[1])


def test_an_entry_tells_when_who_what_which_document_how_much_and_from_where_to_where(house: Any, stream: int) -> None:
    house.counterfoil(stream, 1, "created", accounts=["23BN4272", "23BN4273", "6300", "6400"], source="")
    html = house.html("audit")
    text = words(html)
    for part in (
        "Counterfoil",
        "Read from Sage 300; issue AP-41 created",
        "CACP534",
        "AHR Building Consultancy Limited",
    ):
        assert part in text
    assert '<td class="num">GBP\N{NO-BREAK SPACE}1.00</td>' in html
    assert "23BN4272, 23BN4273, 6300 +1" in text
    assert "Sage 300 → Jira AP-41" in text
    assert f"Entry 1 of Sage 300 (SAMLTD) invoices Hash {'1' * 64}" in text


def test_an_entry_opens_its_details_without_a_script(house: Any, stream: int, trouble: Any) -> None:
    changes = [{"attribute": "amount", "from": "11999.00 GBP", "to": "12109.00 GBP"}]
    house.counterfoil(stream, 1, "changed", detail={"changes": changes})
    refused = {"trouble": trouble(got="Too <long>.")}
    house.counterfoil(stream, 2, "parked", outcome="refused", detail=refused)
    house.counterfoil(stream, 3, "ignored", actor=ADA, detail={"reason": "It is a <test>.", **refused})
    html = house.html("audit")
    assert html.count("<details><summary>") == 3
    text = words(html)
    assert "Changed in Sage 300: GBP 11,999.00 GBP 12,109.00" in text.replace("\N{NO-BREAK SPACE}", " ").replace(
        "Amount changed", "Changed"
    )
    assert "Trouble Too <long>. Map this attribute" in text
    assert "Reason It is a <test>. It had met Too <long>." in text
    assert "<test>" not in html


def test_a_person_is_never_shown_by_an_account_id(house: Any, stream: int) -> None:
    house.counterfoil(stream, 1, "retried", actor=ADA)
    html = house.html("audit")
    assert ADA not in words(html)
    assert f'<span data-account="{ADA}">A person</span>' in html
    assert f'<option value="{ADA}" data-account="{ADA}">A person (1)</option>' in html


def test_each_filter_leaves_out_what_was_not_asked_for(house: Any, stream: int) -> None:
    house.counterfoil(stream, 1, "created", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    other = {"document_key": "sage300:SAMLTD:V2:invoice:ZZ-9", "vendor": "V2"}
    house.counterfoil(stream, 2, "retried", at=datetime(2026, 3, 5, tzinfo=UTC), actor=ADA, **other)
    second = house.stream(integration_id=house.integration(house.connection(name="Sage 300 (OTHER)")))
    house.counterfoil(
        second, 1, "created", document_key="sage300:O:V3:invoice:OO-7", at=datetime(2026, 3, 9, tzinfo=UTC)
    )
    questions: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["OO-7", "ZZ-9", "CACP534"]),
        ({"document": "acp5"}, ["CACP534"]),
        ({"vendor": "ahr build"}, ["OO-7", "CACP534"]),  # both say vendor S26051, whose name the ledger knows
        ({"vendor": "v2"}, ["ZZ-9"]),
        ({"actor": ADA}, ["ZZ-9"]),
        ({"action": "created"}, ["OO-7", "CACP534"]),
        ({"stream": str(second)}, ["OO-7"]),
        ({"since": "2026-03-02", "until": "2026-03-05"}, ["ZZ-9"]),
        ({"until": "2026-03-01"}, ["CACP534"]),
        ({"until": "2026-03-01", "zone": "Europe/Berlin"}, []),  # there it was the second of March
        ({"since": "2026-03-02", "until": "2026-03-02", "zone": "Europe/Berlin"}, ["CACP534"]),
    ]
    for form, expected in questions:
        html = search(house, **form)
        assert re.findall(r'<th scope="row">([^<]+)</th>', html) == expected, form
    assert "Days begin and end in <span data-zone>Europe/Berlin</span>" in search(
        house, zone="Europe/Berlin", until="2026-03-01"
    )


def test_an_unknown_zone_counts_as_utc_and_is_said_so(house: Any, stream: int) -> None:
    for zone in ("Mars/Base", "../../etc/passwd", "Europe", "x" * 64):
        assert "in UTC, as the time zone of your browser is not known" in words(search(house, zone=zone, document="A"))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"since": "yesterday"}, "A day like 2026-03-01."),
        ({"since": "1066-10-14"}, "A day from 2000 on."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "The last day is before the first one."),
        ({"document": "x" * 101}, "At most 100 characters."),
        ({"stream": "x"}, "one of the list"),
        ({"nonsense": "x"}, "does not belong to this form"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_what_to_correct(
    house: Any, stream: int, form: dict[str, str], said: str
) -> None:
    house.counterfoil(stream, 1, "created")
    assert said in search(house, **form)


def test_a_name_of_too_many_vendors_asks_for_more_of_it(house: Any, stream: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("plugin.sync.audit_search.MOST_VENDORS", 0)
    assert "Type more of it" in search(house, vendor="AHR")
    answer = house.ask("audit/export?format=csv&vendor=AHR")
    assert answer.status_code == 400
    assert "Type more of it" in answer.json["html"]


def test_pages_go_back_without_a_gap_and_keep_the_question(house: Any, stream: int) -> None:
    for number in range(1, 121):
        house.counterfoil(stream, number, "updated" if number % 10 else "created")
    html, seen = house.html("audit?action=updated"), 0
    while True:
        seen += html.count("<details>")
        if 'id="older"' not in html:
            break
        html = house.html(links(html, "older"))
    assert seen == 108
    assert parse_qs(links(html, "newest").partition("?")[2])["action"] == ["updated"]
    assert house.ask("audit?before=nonsense").status_code == 404
    assert house.ask(f"audit?before={'9' * 18}.1.1").status_code in (200, 404)


def test_empty_states_tell_what_to_do_next(house: Any, stream: int) -> None:
    assert "Nothing has moved yet" in house.html("audit")
    house.counterfoil(stream, 1, "created")
    html = search(house, document="NOTHING-LIKE-IT")
    assert "No entry is like that" in html
    assert "data-download" not in html


def test_checking_the_chain_is_work_for_a_worker_and_its_outcome_is_told(house: Any, stream: int) -> None:
    assert "has not been checked here yet" in house.html("audit")
    route = house.ask("audit/check?document=A", {}).json["redirect"]
    assert house.queue.asked == [("check_chains", house.site_id)]
    assert "document=A" in route
    html = house.html(route)
    poll = re.search(r'id="chain"[^>]*data-poll="\d+" data-route="([^"]+)"', html)
    assert poll is not None
    assert "Following the chain of 3 entries" in house.html(unescape(poll[1]))
    house.change(Snapshot, state="read", read_at=house.now, body={"entries": 4321, "breaks": 0, "sentences": []})
    html = house.html(unescape(poll[1]))
    assert "Checked whole" in html
    assert "4,321 entries" in html
    assert "data-poll" not in html
    with house.parts.database.writing(house.site_id) as session:
        session.get_one(Stream, stream).chain_length = 4323
    assert "2 entries have been added since" in house.html("audit")


def test_breaks_of_the_chain_are_told_in_words(house: Any, stream: int) -> None:
    sentence = "Entry 3 (created CACP534, 2026-03-01 12:00:00 UTC) was changed."
    body = {"entries": 9, "breaks": 60, "sentences": [{"stream": stream, "sentence": sentence}]}
    house.add(Snapshot(subject="chains", state="read", read_at=house.now, body=body))
    html = house.html("audit")
    assert "The chain is broken in 60 places" in html
    assert f"Sage 300 (SAMLTD) invoices: {sentence}" in words(html)
    assert "Checked whole" not in html


def test_a_check_that_was_interrupted_can_be_asked_for_again(house: Any, stream: int) -> None:
    body = {"begun": (house.now - timedelta(hours=1)).isoformat()}
    house.add(Snapshot(subject="chains", state="reading", body=body))
    html = house.html("audit")
    assert "data-poll" not in html
    assert 'data-route="audit/check"' in html


# --- files ---


def test_what_was_found_is_exported_and_nothing_else(house: Any, stream: int) -> None:
    for number in range(1, 76):
        house.counterfoil(stream, number, "created" if number % 3 else "updated")
    html = house.html("audit?action=created")
    table = house.ask(links(html, "export-csv"))
    rows = list(csv.DictReader(io.StringIO(whole(table).decode("utf-8-sig"))))
    assert len(rows) == 50
    assert {row["Action"] for row in rows} == {"created"}
    lines = whole(house.ask(links(html, "export-jsonl"))).decode().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [int(row["Entry"]) for row in rows]


@pytest.mark.parametrize(("form", "kind"), [("csv", "text/csv"), ("jsonl", "application/jsonl")])
def test_a_file_is_handed_over_to_be_saved_and_kept_by_nobody(house: Any, stream: int, form: str, kind: str) -> None:
    house.counterfoil(stream, 1, "created")
    answer = house.ask(f"audit/export?format={form}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert re.fullmatch(
        rf'attachment; filename="counterfoils-\d{{8}}T\d{{6}}Z\.{form}"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Cache-Control"] == "no-cache, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Content-Length" not in answer.headers, "it is made while it is sent"


def test_a_file_is_for_administrators_of_the_site_in_the_token_only(house: Any, stream: int) -> None:
    house.counterfoil(stream, 1, "created")
    own = house.site_id
    house.site_id = _another_site(house)
    foreign = house.stream()
    house.counterfoil(foreign, 1, "created", document_key="sage300:X:V9:invoice:THEIRS")
    house.site_id = own
    for route in (
        f"audit?stream={foreign}",
        f"audit/export?stream={foreign}",
        "audit",
        "audit/export",
        "audit?document=THEIRS",
    ):
        answer = house.ask(route)
        assert answer.status_code == 200
        assert "V9:invoice" not in answer.text, route
    refused = house.ask("audit/export", account="somebody")
    assert refused.status_code == 403
    assert "Content-Disposition" not in refused.headers
    assert "CACP534" not in refused.text
    assert house.client.post("/connect/view", json={"route": "audit/export", "form": None}).status_code == 401
    page_token = house.token(qsh="0" * 64, sub="admin", context={})
    answer = house.client.post(
        "/connect/view", json={"route": "audit/export", "form": None}, headers={"Authorization": f"JWT {page_token}"}
    )
    assert answer.status_code == 401


def test_a_file_that_cannot_be_made_is_told_in_a_sentence(house: Any, stream: int, monkeypatch: Any) -> None:
    answer = house.ask("audit/export?since=yesterday&format=csv")
    assert answer.status_code == 400
    assert "From: A day like 2026-03-01." in answer.json["html"]
    monkeypatch.setattr("plugin.sync.audit_search.in_order", lambda *_: 1 / 0)
    broken = house.ask("audit/export")
    assert broken.status_code == 500
    assert "reference" in broken.json["html"]


def test_no_planted_secret_is_on_the_page_or_in_a_file(house: Any, stream: int) -> None:
    house.counterfoil(stream, 1, "created")
    for route in ("audit", "audit/export?format=csv", "audit/export?format=jsonl"):
        text = house.ask(route).text
        assert "canary" not in text.lower()
        assert "a-shared-secret" not in text


# --- words ---


def test_every_action_that_the_engine_writes_has_words() -> None:
    """A new one gets a line in `_WORDS` of plugin/web/timeline.py."""
    written = {action for file in sorted((PLUGIN / "sync").rglob("*.py")) for action in _actions_in(file)}
    assert {"created", "updated", "found", "changed", "gone", "back", "parked", "retried"} <= written
    assert written - timeline.actions().keys() == set()


def _actions_in(file: Path) -> set[str]:
    """First arguments of what makes a stub: `Stub.of`, `Stub`, `self._stub`, `decision.about`."""
    found: set[str] = set()
    for call in ast.walk(ast.parse(file.read_text("utf-8"))):
        if (
            isinstance(call, ast.Call)
            and call.args
            and ast.unparse(call.func).endswith(("Stub.of", "Stub", "_stub", "about"))
        ):
            found |= {each.value for each in _texts(call.args[0])}
    return found


def _texts(node: ast.expr) -> list[Any]:
    """The texts that an expression can have: itself, or either side of a condition."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [node] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_an_action_nobody_knows_still_reads_decently(house: Any, stream: int) -> None:
    house.counterfoil(stream, 1, "re-opened_{later}")
    assert "<summary>Re opened later</summary>" in house.html("audit")
    assert "Re opened later" in house.html("panel", issue="10041")


def _another_site(house: Any) -> int:
    with house.parts.database.writing_every_site() as session:
        address = "https://other.atlassian.net"
        site = Site(name="other", base_url=address, display_url=address, created_at=datetime.now(UTC))
        session.add(site)
        session.flush()
        return int(site.id)
