"""Failures on the pages: grouped by cause, opened one by one, and what a person can do about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plugin.integrations.sage300_jira.attributes import ATTRIBUTES
from plugin.store.models import Counterfoil, LedgerEntry, Site, Snapshot, Stream
from sage_adapters.records import DocumentType, Money, to_json

TOO_LONG = "jira.text-too-long"
CAUSE = f"state=parked&cause={TOO_LONG}"
TEXT = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
DATE = "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"


def stream_of(house: Any) -> int:
    """One with four mapped attributes."""
    mapped = {"vendor_name": ("Vendor", TEXT), "amount": ("Amount", NUMBER), "due_date": ("Payment due", DATE)}
    mapped["description"] = ("Notes", TEXT)
    fields = [
        {
            "id": f"customfield_{n}", "name": name, "type": "x", "custom_type": kind, "searchable": True,
            "project_id": None,
        }
        for n, (name, kind) in enumerate(mapped.values())
    ]  # fmt: skip
    settings = {
        "project_id": "10000", "project_key": "AP", "project_name": "Accounts payable", "issue_type_id": "10005",
        "issue_type_name": "Invoice", "mapped_fields": fields,
    }  # fmt: skip
    mapping = {name: f"customfield_{n}" for n, name in enumerate(mapped)}
    stream: int = house.stream(integration_id=house.integration(settings=settings, mapping=mapping))
    return stream


@pytest.fixture
def park(house: Any, invoice: Any, trouble: Any) -> Any:
    """Puts refused documents of these amounts into the ledger; gives their ids."""

    def park(*amounts: str, code: str = TOO_LONG, **values: Any) -> list[int]:
        stream = house.row(Stream).id if house.rows(Stream) else stream_of(house)
        begun = len(house.rows(LedgerEntry))
        row = {
            "state": "parked", "trouble": trouble(code), "trouble_code": code, "failing_since": house.now,
            "target_id": None, "target_key": None, "payload_hash": None, **values,
        }  # fmt: skip
        return [
            house.entry(stream, invoice(number=f"{code}-{index}", amount=Money(Decimal(amount), "GBP")), **row)
            for index, amount in enumerate(amounts, start=begun)
        ]

    return park


def told(house: Any) -> Any:
    """The last counterfoil."""
    return house.rows(Counterfoil)[-1]


def runs(house: Any) -> list[tuple[Any, ...]]:
    return [asked for asked in house.queue.asked if asked[0] == "run_stream"]


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
    assert runs(house) == [("run_stream", house.site_id, house.row(Stream).id)]
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
    house.entry(house.row(Stream).id, target_id="7")
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


# Correcting


def corrected(house: Any, entry: int, reason: str = "Agreed by phone", **values: str) -> Any:
    form = {f"value-{name}": value for name, value in values.items()}
    return house.ask(f"failure/correct?entry={entry}", {"version": str(version(house)), "reason": reason, **form})


def version(house: Any) -> int:
    return int(house.rows(LedgerEntry)[0].version)


def test_a_value_is_corrected_for_one_document_with_a_reason(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    html = house.html(f"failure?entry={entry}")
    assert 'name="value-vendor_name"' in html
    assert 'name="value-po_number"' not in html, "only what Jira shows can be corrected"
    answer = corrected(house, entry, vendor_name="AHR", amount="1.00 GBP").json
    assert answer["redirect"].startswith(f"failure?entry={entry}")
    row = house.row(LedgerEntry)
    kept = row.corrections["vendor_name"]
    assert list(row.corrections) == ["vendor_name"], "what was left as it was is no correction"
    assert (kept["instead_of"], kept["value"]) == ("AHR Building Consultancy Limited", "AHR")
    assert (kept["reason"], kept["by"]) == ("Agreed by phone", "admin")
    assert row.state == "pending"
    assert told(house).detail["changes"] == [
        {"attribute": "vendor_name", "from": "AHR Building Consultancy Limited", "to": "AHR"}
    ]
    assert runs(house)
    html = house.html(f"failure?entry={entry}")
    assert "Agreed by phone" in html
    assert "<s>AHR Building Consultancy Limited</s> AHR" in html
    assert row.number in house.html("failures/corrected")


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("amount", "lots", "Enter an amount like 1,234.50."),
        ("amount", "NaN", "Enter an amount like 1,234.50."),
        ("amount", "12.00 EUR", "Enter one amount in GBP, the document's currency"),
        ("amount", "12345678901234567.89", "Jira's number fields cannot hold so many digits exactly."),
        ("due_date", "31.12.2026", "Enter a date like 2026-11-20."),
        ("vendor_name", "x" * 300, "The text has 300 characters, and Jira takes 255 in this field."),
        ("vendor_name", "bell \a", "ordinary characters"),
        ("vendor_name", "half \ud83d", "ordinary characters"),
    ],
)
def test_a_value_that_says_nothing_is_refused_with_a_sentence(
    house: Any, park: Any, name: str, typed: str, sentence: str
) -> None:
    (entry,) = park("1.00")
    html = corrected(house, entry, **{name: typed}).json["html"]
    assert sentence in html.replace("&#39;", "'")
    assert f'id="value-{name}-wrong"' in html
    assert house.row(LedgerEntry).corrections == {}
    assert house.rows(Counterfoil) == []


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("amount", "1,234.50", "1234.50 GBP"),
        ("amount", "GBP -2", "-2 GBP"),
        ("due_date", "2026-12-31", "2026-12-31"),
        ("due_date", "", ""),
        ("description", "A note", "A note"),
    ],
)
def test_a_value_is_taken_as_people_type_it(house: Any, park: Any, name: str, typed: str, kept: str) -> None:
    (entry,) = park("1.00")
    corrected(house, entry, **{name: typed})
    assert house.row(LedgerEntry).corrections[name]["value"] == kept


def test_a_correction_needs_a_reason_and_a_change(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    name = house.row(LedgerEntry).vendor_name
    html = corrected(house, entry, reason="", vendor_name="AHR").json["html"]
    assert "Say why" in html
    assert 'value="AHR"' in html, "what was typed is not lost"
    assert "Nothing was changed" in corrected(house, entry, amount=" 1.00 GBP", vendor_name=name).json["html"]
    assert house.row(LedgerEntry).state == "parked"


def test_typing_what_the_source_says_takes_a_correction_back(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    corrected(house, entry, vendor_name="AHR")
    html = house.html(f"failure?entry={entry}")
    assert "Type that to take the correction back" in html
    corrected(house, entry, vendor_name="AHR Building Consultancy Limited", reason="No longer needed")
    assert house.row(LedgerEntry).corrections == {}
    assert told(house).detail["changes"][0]["to"] == "AHR Building Consultancy Limited"


def test_a_correction_that_lapsed_is_told_and_can_be_removed(house: Any, park: Any, invoice: Any) -> None:
    (entry,) = park("1.00")
    corrected(house, entry, vendor_name="AHR")
    content = {**house.row(LedgerEntry).content, "vendor_name": "AHR Ltd"}
    house.change(LedgerEntry, content=content, version=9, state="settled")
    html = house.html(f"failure?entry={entry}")
    assert "No longer used" in html
    assert "says something else by now, and that counts" in html
    assert 'name="value-vendor_name" type="text" value="AHR Ltd"' in html


def test_a_correction_of_a_version_that_is_no_longer_shown_is_refused(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    form = {"version": "1", "reason": "x", "value-vendor_name": "AHR"}
    house.change(LedgerEntry, version=2)
    assert "has changed meanwhile" in house.html(f"failure/correct?entry={entry}", form)
    assert house.row(LedgerEntry).corrections == {}


@pytest.mark.parametrize("version", [None, "", "x", "1.5"])
def test_a_correction_without_a_version_is_refused(house: Any, park: Any, version: str | None) -> None:
    (entry,) = park("1.00")
    form = {"reason": "x", "value-vendor_name": "AHR", **({"version": version} if version is not None else {})}
    assert house.ask(f"failure/correct?entry={entry}", form).status_code == 200
    assert house.row(LedgerEntry).corrections == {}


def test_the_correction_of_a_credit_note_keeps_its_sign(house: Any, park: Any, invoice: Any) -> None:
    (entry,) = park("1.00")
    note = invoice(document_type=DocumentType.CREDIT_NOTE)
    house.change(LedgerEntry, content=to_json(note))
    assert 'value="-12109.00 GBP"' in house.html(f"failure?entry={entry}")


# It is already there


CHANGES = [{"field": "Amount", "before": "9", "after": "12109"}, {"field": "Vendor", "before": "", "after": "<AHR>"}]


def compared(house: Any, entry: int, **found: Any) -> None:
    body = {
        "key": "AP-7", "version": 1, "refusal": "", "target_id": "10007", "target_key": "AP-7", "changes": CHANGES,
        **found,
    }  # fmt: skip
    house.add(Snapshot(subject=f"comparison:{entry}", body=body, state="read", read_at=house.now))


@pytest.mark.parametrize("typed", ["AP-7", " ap-7 ", "https://acme.atlassian.net/browse/AP-7"])
def test_a_comparison_is_asked_of_a_worker_and_waited_for(house: Any, park: Any, typed: str) -> None:
    (entry,) = park("1.00")
    route = house.ask(f"failure/compare?entry={entry}", {"key": typed}).json["redirect"]
    assert house.queue.asked == [("compare_document", house.site_id, entry)]
    assert house.row(Snapshot).body == {"key": "AP-7"}
    assert "Asking Jira for AP-7" in house.html(route)
    assert "data-poll" in house.html(f"failure/comparison?entry={entry}")


@pytest.mark.parametrize("typed", ["", "42", "AP", "AP-7; DROP", "x" * 500])
def test_what_is_no_issue_key_is_refused(house: Any, park: Any, typed: str) -> None:
    (entry,) = park("1.00")
    assert "like AP-42" in house.html(f"failure/compare?entry={entry}", {"key": typed})
    assert house.queue.asked == []


def test_a_comparison_is_shown_and_linking_is_confirmed(house: Any, park: Any) -> None:
    (entry,) = park("1.00")
    compared(house, entry)
    html = house.html(f"failure/comparison?entry={entry}")
    assert "There now" in html
    assert "<td>9</td><td>12109</td>" in html
    assert "&lt;AHR&gt;" in html
    assert "data-poll" not in html
    assert "Say why" in house.html(f"failure/link?entry={entry}", {"key": "AP-7", "reason": ""})
    house.ask(f"failure/link?entry={entry}", {"key": "AP-7", "reason": "Ben made it by hand"})
    row = house.row(LedgerEntry)
    assert (row.state, row.target_id, row.target_key) == ("pending", "10007", "AP-7")
    assert (told(house).action, told(house).detail["reason"]) == ("linked", "Ben made it by hand")
    assert house.rows(Snapshot) == []
    assert runs(house)


@pytest.mark.parametrize(
    ("found", "key"),
    [({"refusal": "It is a Task."}, "AP-7"), ({}, "AP-8"), ({"version": 0}, "AP-7")],
    ids=["refused", "another issue", "an older version"],
)
def test_only_what_was_compared_can_be_linked(house: Any, park: Any, found: Any, key: str) -> None:
    (entry,) = park("1.00")
    compared(house, entry, **found)
    html = house.html(f"failure/link?entry={entry}", {"key": key, "reason": "x"})
    assert house.row(LedgerEntry).target_id is None
    assert house.row(LedgerEntry).state == "parked"
    assert any(words in html for words in ("It is a Task.", "That was not possible", "has changed since"))


def test_an_issue_that_stands_for_another_document_is_refused(house: Any, park: Any, invoice: Any) -> None:
    (entry,) = park("1.00")
    house.entry(house.row(Stream).id, invoice(number="OTHER"), target_id="10007", target_key="AP-7")
    compared(house, entry)
    html = house.html(f"failure/link?entry={entry}", {"key": "AP-7", "reason": "x"})
    assert "AP-7 stands for another document already: OTHER." in html
    assert house.rows(LedgerEntry)[0].state == "parked"


def test_a_comparison_that_failed_says_why(house: Any, park: Any, trouble: Any) -> None:
    (entry,) = park("1.00")
    house.add(Snapshot(subject=f"comparison:{entry}", body={"key": "AP-7"}, state="read", trouble=trouble(got="503.")))
    assert "could not be compared with AP-7" in house.html(f"failure?entry={entry}")


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
