"""The banks of a company, from which payments go out."""

from __future__ import annotations

from dataclasses import dataclass

from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.schemas import load
from sage_adapters.sage300.service_schemas import BankSchema


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank account of the company; `currency` is that of its statements."""

    code: str
    name: str
    active: bool
    currency: str


def list_banks(client: Sage300Client) -> list[Bank]:
    """All banks, inactive ones too. Needs the right to view banks in Bank Services."""
    found = client.entries("BK", "BKBanks")
    read = (load(BankSchema, entry, f"Bank {entry.get('BankCode', '?')}") for entry in found)
    return [Bank(each["code"], each["name"], each["status"] != "Inactive", each["currency"]) for each in read]
