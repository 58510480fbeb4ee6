"""What both sides say: the documents of Sage 300 and the issues of Jira, each read from its mock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from tests.integrations.office import Office

KINDS = {"Invoice": "", "CreditNote": "Credit note ", "DebitNote": "Debit note "}
SLUGS = {"Invoice": "invoice", "CreditNote": "credit-note", "DebitNote": "debit-note"}
Json = dict[str, Any]


def documents(office: Office) -> list[Json]:
    """What the company's books say, each as Sage 300 shows it."""
    with office.sage.mock.lock:
        books = office.sage.mock.state("invoices")["invoices"]
    return [each for each in books if each["company"] == office.company]


def signed(document: Json) -> Decimal:
    amount = Decimal(document["amount"])
    return -amount if document["kind"] == "CreditNote" else amount


def key_of(document: Json) -> str:
    parts = ("sage300", document["company"], document["vendor"], SLUGS[document["kind"]], document["number"])
    return ":".join(quote(part, safe="") for part in parts)


def issues_by_document(office: Office) -> dict[str, Json]:
    """Our issues by the document that their property names."""
    ours = [issue for issue in office.issues() if "counterfoil" in issue["properties"]]
    issues = {issue["properties"]["counterfoil"]["document"]: issue for issue in ours}
    assert len(issues) == len(ours), "two issues for one document"
    return issues


def assert_in_step(office: Office) -> None:
    """One issue for each document, with its amount, due date and status, and none besides; the ledger says so too."""
    issues = issues_by_document(office)
    assert sorted(issues) == sorted(key_of(document) for document in documents(office))
    for document in documents(office):
        fields = issues[key_of(document)]["fields"]
        assert Decimal(str(fields["Amount"])) == signed(document)
        assert fields["Payment due"] == document["due_date"]
        assert fields["Sage 300 status"] == ("On hold" if document["on_hold"] else document["status"])
    assert {entry.state for entry in office.entries()} == {"settled"}
    assert {entry.document_key: entry.target_key for entry in office.entries()} == {
        document: issue["key"] for document, issue in issues.items()
    }
