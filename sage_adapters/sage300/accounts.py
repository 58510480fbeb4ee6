"""General ledger accounts as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sage_adapters.records import DocumentKey, GLAccount, Rejected
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.filters import where
from sage_adapters.sage300.schemas import AccountSchema, load, read

RESOURCE = ("GL", "GLAccounts")


def list_accounts(client: Sage300Client, *, active_only: bool = False) -> Iterator[GLAccount | Rejected]:
    """All accounts. Sage 300 tells no date of change: compare with what is known."""
    chosen = where("Status", "eq", "Active") if active_only else None
    for entry in client.entries(*RESOURCE, where=chosen):
        place = f"GL account {entry.get('UnformattedAccount', '?')}"
        yield read(AccountSchema, entry, place, lambda data: _account(data, client.company))


def read_account(client: Sage300Client, number: str) -> GLAccount:
    """One account by its number without separators. RecordTrouble when there is none."""
    entry = client.entry(*RESOURCE, number)
    return _account(load(AccountSchema, entry, f"GL account {number}"), client.company)


def _account(data: dict[str, Any], company: str) -> GLAccount:
    codes = [data.pop(f"segment{position}") for position in range(1, 11)]
    return GLAccount(
        key=DocumentKey(SYSTEM, company, "", "account", data["number"]),
        segments=tuple(filter(None, codes)),
        **data,
    )
