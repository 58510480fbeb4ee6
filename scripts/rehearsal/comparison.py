"""Holds source and target against each other, both as their own mocks describe them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

COMPANY = "SAMLTD"
LOWERS_DEBT = "CreditNote"
KIND_WORDS = {"CreditNote": "credit-note", "DebitNote": "debit-note"}
OTHER_KINDS = frozenset({"purchase-order", "receipt"})
KIND = 3
"""Where a document's key has its kind."""
GONE = "Deleted in Sage 300"
SHOWN_AT_MOST = 20


@dataclass
class Difference:
    """What does not agree, in sentences, and how many documents each side has, those gone from Sage 300 left out.

    The sentences are the first few; the lists have the keys of all documents concerned.
    """

    source: int
    target: int
    sentences: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def note(self, concerned: list[str], key: str, *sentences: str) -> None:
        """Adds a document to one of the lists, with what is wrong about it."""
        concerned.append(key)
        self.sentences.extend(sentences[: max(0, SHOWN_AT_MOST - len(self.sentences))])


def compare(addresses: dict[str, str]) -> Difference:
    """Every AP document of the company against every issue of one, field by field."""
    documents = _documents(addresses["sage300"])
    difference = Difference(len(documents), 0)
    issues = _issues(addresses["jira"], difference)
    for key in documents.keys() - issues.keys():
        difference.note(difference.lost, key, f"{key} has no issue.")
    for key in issues.keys() - documents.keys():
        if issues[key]["status"] != GONE:
            sentence = f"{issues[key]['issue']} shows {key}, which Sage 300 does not have."
            difference.note(difference.different, key, sentence)
    for key, name in _paid_under(addresses["sage300"]).items():
        if key in documents and key in issues and issues[key]["vendor"] == name:
            documents[key]["vendor"] = name
    for key in documents.keys() & issues.keys():
        if wrong := _differences(key, documents[key], issues[key]):
            difference.note(difference.different, key, *wrong)
    return difference


def _documents(sage300: str) -> dict[str, dict[str, Any]]:
    names = {each["number"]: each["name"] for each in _state(sage300, "vendors") if each["company"] == COMPANY}
    return {_key(each): _from_sage300(each, names) for each in _state(sage300, "invoices") if _takes_part(each)}


def _issues(jira: str, difference: Difference) -> dict[str, dict[str, Any]]:
    """Counts them too, and notes those that there are twice."""
    issues: dict[str, dict[str, Any]] = {}
    for issue in _state(jira, "issues"):
        key = (issue["properties"].get("counterfoil") or {}).get("document")
        if key is None or key.split(":")[KIND] in OTHER_KINDS:
            continue
        if key in issues:
            sentence = f"{key} has two issues, {issues[key]['issue']} and {issue['key']}."
            difference.note(difference.duplicated, key, sentence)
        issues[key] = {"issue": issue["key"], **_from_jira(issue["fields"])}
        difference.target += issues[key]["status"] != GONE
    return issues


def _paid_under(sage300: str) -> dict[str, str]:
    """By key of what is paid, the name that its vendor had: such an issue need not follow when that changes."""
    paid = {
        (each["vendor"], each["number"])
        for each in _state(sage300, "posted_documents")
        if each["company"] == COMPANY and not Decimal(each["due"])
    }
    invoices = _state(sage300, "invoices") if paid else []
    return {
        _key(each): each["vendor_name"]
        for each in invoices
        if _takes_part(each) and (each["vendor"], each["number"]) in paid
    }


def _differences(key: str, wanted: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    return [
        f"{shown['issue']} ({key}) shows {name} {shown[name]!r}, Sage 300 has {value!r}."
        for name, value in wanted.items()
        if shown[name] != value
    ]


def _takes_part(document: dict[str, Any]) -> bool:
    """An entry that could not be posted stands in its old batch as well, which names the one it moved to."""
    return document["company"] == COMPANY and not document["error_batch"]


def _key(document: dict[str, Any]) -> str:
    kind = KIND_WORDS.get(document["kind"], document["kind"].lower())
    parts = ("sage300", document["company"], document["vendor"], kind, document["number"])
    return ":".join(quote(part, safe="") for part in parts)


def _from_sage300(document: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """`names` are those of the vendors by number as they are now: a document keeps the one that it was entered with."""
    amount = Decimal(document["amount"])
    return {
        "vendor": names.get(document["vendor"], document["vendor_name"]),
        "vendor number": document["vendor"],
        "number": document["number"],
        "amount": -amount if document["kind"] == LOWERS_DEBT else amount,
        "currency": document["currency"],
        "due": document["due_date"],
        "date": document["document_date"],
        "order": document["po_number"] or None,
        "batch": str(document["batch"]),
        "entry": str(document["entry"]),
        "status": _status(document),
    }


def _from_jira(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "vendor": fields.get("Vendor"),
        "vendor number": fields.get("Vendor number"),
        "number": fields.get("Invoice number"),
        "amount": Decimal(str(fields["Amount"])) if fields.get("Amount") is not None else None,
        "currency": fields.get("Currency"),
        "due": fields.get("Payment due"),
        "date": fields.get("Document date"),
        "order": fields.get("PO number") or None,
        "batch": fields.get("AP batch"),
        "entry": fields.get("AP entry"),
        "status": fields.get("Sage 300 status"),
    }


def _status(document: dict[str, Any]) -> str:
    if document["on_hold"] and document["status"] != "Posted":
        return "On hold"
    status = str(document["status"])
    return "Ready to post" if status == "ReadyToPost" else status


def _state(address: str, kind: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{address}/__mock__/state", params={"type": kind}, timeout=300)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()[kind]
    return found
