"""Exports of counterfoils: safe in spreadsheets, exact for auditors, of any length, and without a secret."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tracemalloc
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from plugin.store.models import Connection, Counterfoil
from plugin.sync import audit_export
from plugin.sync.audit_search import Wanted
from plugin.sync.counterfoils import Stub
from plugin.sync.turn import between_passes

DOCUMENT = Path(__file__).parents[2] / "docs" / "administrators.md"
RECIPE = re.compile(r"### Checking the chain without Counterfoil\n.*?```python\n(.*?)```", re.S)


def leave(bench, *stubs):
    with bench.database.writing(bench.site_id) as session, between_passes(session, bench.stream_id) as turn:
        turn.chain.add(*stubs)


def stub(action="created", number="INV-1", amount="10.00", **more):
    return Stub(action, f"books:{number}", more.pop("vendor", "V1"), Decimal(amount), "GBP", ["6300", "6400"], **more)


def exported(bench, make, **wanted):
    return b"".join(make(partial(bench.database.reading, bench.site_id), Wanted(**wanted)))


def table(bench, **wanted):
    text = exported(bench, audit_export.as_csv, **wanted).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("start", [*"=+-@\t\r\n＝"])
def test_no_cell_of_text_is_taken_for_a_formula_and_amounts_stay_numbers(bench, start):
    formula = f"{start}HYPERLINK(A1)"
    detail = {"changes": [{"attribute": formula, "from": formula, "to": "b"}], "reason": formula}
    leave(bench, stub(number=formula, amount="-1234.50", vendor=formula, target=formula, detail=detail))
    (row,) = table(bench)
    for name in ("Document", "Vendor", "To", "Changes", "Reason"):
        assert row[name].startswith(f"'{start}"), name
    assert row["Amount"] == "-1234.50"


def test_a_table_opens_in_excel_and_tells_what_changed(bench):
    changes = [{"attribute": "amount", "from": "1.00 GBP", "to": "2.00 GBP"}, {"attribute": "lines"}]
    leave(bench, stub("changed", number="Über-1", source="books", detail={"changes": changes}))
    assert exported(bench, audit_export.as_csv).startswith(b"\xef\xbb\xbfStream,Entry,Instant (UTC),")
    (row,) = table(bench)
    assert (row["Document"], row["Actor"], row["GL accounts"]) == ("Über-1", "Counterfoil", "6300 6400")
    assert row["Changes"] == "amount: 1.00 GBP -> 2.00 GBP; lines changed"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", row["Instant (UTC)"])


@pytest.fixture
def check(tmp_path):
    """Runs the program that the documents print, which must not need ours."""
    (program,) = RECIPE.findall(DOCUMENT.read_text("utf-8"))
    assert set(re.findall(r"^import (.+)$", program, re.M)) == {"hashlib, json, sys"}

    def run(lines: bytes) -> str:
        file = tmp_path / "trail.jsonl"
        file.write_bytes(lines)
        told = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program, str(file)], capture_output=True, text=True, check=True
        )
        return told.stdout

    return run


def test_an_auditor_can_follow_the_chain_of_an_export_with_the_documented_program_alone(bench, check):
    trouble = {"got": "Ü “quoted” \u2028 \\ <b>", "code": None, "z": [1, 2.5, True], "a": {"y": 1, "x": -0.1}}
    leave(bench, stub(amount="-0.10", detail={"trouble": trouble}), stub(number="É ; ,\n2"), stub(actor="712020:a"))
    leave(bench, stub("gone", amount="12345678901234567890.123"))
    lines = exported(bench, audit_export.as_json_lines)
    assert check(lines) == f"stream {bench.stream_id} ends with entry 4 {bench.stream().chain_hash}\n"
    changed = lines.replace(b'"-0.10"', b'"-0.11"')
    assert "sage300_jira invoices entry 1 was changed" in check(changed)
    first, _second, *rest = lines.splitlines(keepends=True)
    assert "entry 3 does not follow entry 1" in check(b"".join([first, *rest]))


def test_what_was_changed_in_the_database_shows_in_an_export(bench, check):
    leave(bench, stub(), stub())
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(Counterfoil).where(Counterfoil.sequence == 2).values(actor="somebody-else"))
    assert "entry 2 was changed" in check(exported(bench, audit_export.as_json_lines))


def test_both_forms_hold_exactly_what_was_found(bench):
    leave(bench, stub(number="A"), stub("updated", number="A"), stub(number="B"))
    assert [row["Entry"] for row in table(bench, action="created")] == ["1", "3"]
    assert exported(bench, audit_export.as_json_lines, action="created").count(b"\n") == 2
    assert exported(bench, audit_export.as_json_lines, action="nothing") == b""
    assert table(bench, action="nothing") == []


@pytest.mark.parametrize("make", [audit_export.as_csv, audit_export.as_json_lines])
def test_memory_does_not_grow_with_the_number_of_entries(bench, make):
    def peak(entries):
        for portion in range(entries // 500):
            leave(bench, *(stub(number=f"{portion}-{n}") for n in range(500)))
        tracemalloc.start()
        for _ in make(partial(bench.database.reading, bench.site_id), Wanted()):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(500)
    small = peak(500)
    assert peak(5000) < 2 * small


def test_an_export_that_nobody_reads_on_keeps_no_transaction_open(bench):
    leave(bench, *(stub(number=str(n)) for n in range(501)))
    pieces = audit_export.as_json_lines(partial(bench.database.reading, bench.site_id), Wanted())
    next(iter(pieces))
    assert bench.database.engine.pool.checkedout() == 0
    leave(bench, stub(number="later"))
    assert b"later" not in b"".join(pieces), "what is written meanwhile is for another export"


def test_no_planted_secret_is_in_an_export(bench):
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(Connection).values(credentials="CANARY-sealed", settings={"certificate": "CANARY-pem"}))
    bench.books.fill(3)
    bench.pass_()
    for make in (audit_export.as_csv, audit_export.as_json_lines):
        assert b"CANARY" not in exported(bench, make)
