"""Values corrected for one document, and documents linked to issues that are there already, on the pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from plugin.store.models import Counterfoil, LedgerEntry, Snapshot
from sage_adapters.records import DocumentType, to_json
from tests.web.failing import park_documents, runs, told


@pytest.fixture
def park(house: Any) -> Callable[..., list[int]]:
    return partial(park_documents, house)


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
    house.entry(house.main().id, invoice(number="OTHER"), target_id="10007", target_key="AP-7")
    compared(house, entry)
    html = house.html(f"failure/link?entry={entry}", {"key": "AP-7", "reason": "x"})
    assert "AP-7 stands for another document already: OTHER." in html
    assert house.rows(LedgerEntry)[0].state == "parked"


def test_a_comparison_that_failed_says_why(house: Any, park: Any, trouble: Any) -> None:
    (entry,) = park("1.00")
    house.add(Snapshot(subject=f"comparison:{entry}", body={"key": "AP-7"}, state="read", trouble=trouble(got="503.")))
    assert "could not be compared with AP-7" in house.html(f"failure?entry={entry}")
