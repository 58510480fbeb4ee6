import csv
from decimal import Decimal
from pathlib import Path

import pytest

from mock_servers.sage300 import Sage300Mock, Seed

HEADER = "supplier_id,supplier_name,invoice_number,document_date,internal_ref,net_amount,account,cost_area,description"
LONG_ID = "ANONYMOUS-SUPPLIER"
REAL = Path(__file__).parents[3] / "shared" / "data" / "payables_2021h1.csv"


@pytest.fixture
def load(tmp_path):
    """A mock whose first company holds these CSV rows."""

    def make(*rows, header=HEADER):
        path = tmp_path / "payables.csv"
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return Sage300Mock(seeded=Seed(csv=path))

    return make


def invoices(mock):
    return [row for row in mock.state("invoices")["invoices"] if row["company"] == "SAMLTD"]


def test_rows_of_one_document_become_its_lines(load):
    mock = load(
        "S1,Acme Ltd,INV 1/A,2021-01-11,3033,882.00,7870-32,Roads,Hire",
        "S1,Acme Ltd,INV 1/A,2021-01-11,3033,-12.50,9245,Sport,Discount",
        "S2,Bolt plc,INV 1/A,2021-01-12,3034,5.00,9245,Sport,Bolts",
    )
    first, second = invoices(mock)
    assert (first["vendor"], first["number"], first["kind"], first["amount"]) == ("S1", "INV 1/A", "Invoice", "869.50")
    assert (first["currency"], first["document_date"], first["due_date"]) == ("GBP", "2021-01-11", "2021-02-10")
    assert [(line["account"], line["amount"]) for line in first["lines"]] == [("787032", "882.00"), ("9245", "-12.50")]
    assert (second["vendor"], second["number"]) == ("S2", "INV 1/A")
    assert first["tax_total"] == "0.00"


def test_a_negative_document_is_a_credit_note_and_a_zero_one_an_invoice(load):
    mock = load(
        "S1,Acme Ltd,C1,2021-01-11,1,-100.00,6300,Roads,Return",
        "S1,Acme Ltd,C1,2021-01-11,1,20.00,6300,Roads,Fee",
        "S1,Acme Ltd,Z1,2021-01-11,1,20.00,6300,Roads,Fee",
        "S1,Acme Ltd,Z1,2021-01-11,1,-20.00,6300,Roads,Fee",
    )
    credit, zero = invoices(mock)
    assert (credit["kind"], credit["amount"]) == ("CreditNote", "80.00")
    assert [line["amount"] for line in credit["lines"]] == ["100.00", "-20.00"]
    assert (zero["kind"], zero["amount"]) == ("Invoice", "0.00")


def test_an_id_too_long_for_sage_is_one_vendor_per_name(load):
    mock = load(
        f"{LONG_ID},Smith & Sons,1,2021-01-11,1,1.00,6300,Roads,Work",
        f"{LONG_ID},Smith and Company of Leeds,1,2021-01-11,1,2.00,6300,Roads,Work",
        f"{LONG_ID},Smith and Company of Bath,1,2021-01-11,1,3.00,6300,Roads,Work",
    )
    rows = invoices(mock)
    vendors = [row["vendor"] for row in rows]
    assert vendors == ["SMITHSONS", "SMITHANDCOMP", "SMITHANDCOM2"]
    assert [row["amount"] for row in rows] == ["1.00", "2.00", "3.00"]
    assert any("3 vendors got a number of their own" in note for note in mock.assumptions())


def test_numbers_too_long_for_sage_are_shortened_to_different_ones(load):
    numbers = [f"A-VERY-LONG-INVOICE-NUMBER-{number}" for number in range(3)]
    mock = load(*(f"S1,Acme,{number},2021-01-11,1,1.00,6300,Roads,Work" for number in numbers))
    shortened = [row["number"] for row in invoices(mock)]
    assert len(set(shortened)) == 3
    assert max(map(len, shortened)) <= 22
    assert any("3 document numbers were longer than 22 characters" in note for note in mock.assumptions())


def test_history_is_posted_but_for_the_last_batches_and_was_edited_then(load):
    rows = [f"S1,Acme,N{number},2021-03-{1 + number // 10:02},1,1.00,6300,Roads,Work" for number in range(200)]
    mock = load(*rows)
    batches = [row for row in mock.state("invoice_batches")["invoice_batches"] if row["company"] == "SAMLTD"]
    assert [row["status"] for row in batches] == ["Posted"] * 4 + ["Open"] * 4
    assert all(row["entries"] == 25 and row["last_edited"] == row["date"] for row in batches)
    assert batches[0]["date"] == "2021-03-03"


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        ([], "a,b", "lacks the columns supplier_id"),
        (["S1,Acme,1,11.01.2021,1,1.00,6300,R,W"], HEADER, "Line 2: '11.01.2021' is not a date"),
        (["S1,Acme,1,2021-01-11,1,1;00,6300,R,W"], HEADER, "Line 2: '1;00' is not an amount"),
        (["S1,Acme,1,2021-01-11,1,NaN,6300,R,W"], HEADER, "Line 2: 'NaN' is not an amount"),
        (["S1,Acme,1"], HEADER, "Line 2"),
        ([",Acme,1,2021-01-11,1,1.00,6300,R,W"], HEADER, "Line 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(load, rows, header, said):
    with pytest.raises(ValueError, match=said):
        load(*rows, header=header)


def test_generated_invoices_follow_the_same_rules_as_entered_ones():
    mock = Sage300Mock(seeded=Seed(invoices=230, per_batch=50))
    company = mock.companies["SAMLTD"]
    rows = invoices(mock)
    assert len({(row["vendor"], row["number"]) for row in rows}) == len(rows) == 230
    for batch in company.invoice_batches.records():
        for entry in batch.details("Invoices"):
            again = entry.copy()
            company.entry_rules.complete(again)
            names = [name for name, prop in entry.schema.properties.items() if prop.kind != "details"]
            assert [again[name] for name in names] == [entry[name] for name in names]


def test_the_same_seed_gives_the_same_books():
    def books(seed):
        return [(row["number"], row["amount"]) for row in Sage300Mock(seed=seed).state("invoices")["invoices"]]

    assert books(4) == books(4)
    assert books(4) != books(5)


def test_reset_undoes_what_was_done():
    mock = Sage300Mock()
    before = mock.state(None)
    mock.act("invoice", {"vendor": "1350", "number": "X-1", "amount": "1"})
    mock.turn({"page_size": 3})
    mock.reset()
    assert mock.state(None) == before
    assert mock.knobs()["page_size"] == 100


@pytest.mark.skipif(not REAL.exists(), reason="the real payables are not beside this repository")
def test_real_payables_are_taken_over_to_the_penny():
    totals: dict[tuple[str, str, str], Decimal] = {}
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            name = row["supplier_name"] if len(row["supplier_id"]) > 12 else ""
            key = (row["supplier_id"], name, row["invoice_number"].strip())
            totals[key] = totals.get(key, Decimal(0)) + Decimal(row["net_amount"])
    rows = invoices(Sage300Mock(seeded=Seed(csv=REAL)))
    assert len(rows) == len(totals)
    signed = [Decimal(row["amount"]) * (-1 if row["kind"] == "CreditNote" else 1) for row in rows]
    assert sorted(signed) == sorted(totals.values())
    assert all(Decimal(row["amount"]) >= 0 for row in rows)
    assert len({(row["vendor"], row["number"]) for row in rows}) == len(rows)
