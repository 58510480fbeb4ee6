"""What people in Sage 300 have in common: they act on a company's books, and everything that worked is written down.

The diary is what a verdict holds reasons against: whether a vendor was on hold, an amount corrected, a batch posted by
hand.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from scripts.rehearsal.comparison import COMPANY

Document = dict[str, Any]


class Refused(Exception):
    """A system would not let somebody do it: things are not as they were remembered."""


@dataclass(frozen=True)
class Deed:
    """What somebody did. `vendor` and `number` name the document before it, `made` is the document afterwards."""

    at: float
    kind: str
    action: str
    vendor: str
    number: str
    order: Document
    made: Document


@dataclass
class Diary:
    """All deeds in their order; several people write into it."""

    deeds: list[Deed] = field(default_factory=list)

    def of(self, kind: str, *actions: str) -> Iterator[Deed]:
        return (each for each in self.deeds if each.kind == kind and (not actions or each.action in actions))

    def about(self, vendor: str, number: str) -> Iterator[Deed]:
        """A document's own deeds, whatever kind it is."""
        return (each for each in self.deeds if (each.vendor, each.number) == (vendor, number))


@dataclass
class Desk:
    """One address of Sage 300's mock, and what was done there by people."""

    address: str
    diary: Diary = field(default_factory=Diary)
    done: Counter[str] = field(default_factory=Counter)

    def act(self, kind: str, action: str, order: Document) -> Document:
        """Raises Refused."""
        body = {"company": COMPANY, "action": action, **order}
        answer = requests.post(f"{self.address}/__mock__/documents/{kind}", json=body, timeout=60)
        if not answer.ok:
            self.done["refused"] += 1
            raise Refused(f"{action} {kind} {order}: {answer.text}")
        made: Document = answer.json()
        vendor = order.get("vendor") or (order.get("number") if kind == "vendor" else made.get("vendor"))
        deed = Deed(time.time(), kind, action, str(vendor or ""), str(order.get("number", "")), order, made)
        self.diary.deeds.append(deed)
        return made

    def books(self, kind: str) -> list[Document]:
        return books(self.address, kind)


def books(address: str, kind: str) -> list[Document]:
    """What the company's books hold of a kind."""
    return [each for each in state(address, kind) if each["company"] == COMPANY]


def state(address: str, kind: str) -> list[Document]:
    """All documents of a kind, as a mock describes them itself."""
    answer = requests.get(f"{address}/__mock__/state", params={"type": kind}, timeout=300)
    answer.raise_for_status()
    found: list[Document] = answer.json()[kind]
    return found


def chosen(pick: float, among: list[Any]) -> Any:
    """One of them, by a number from 0 to 1. Raises Refused when there are none."""
    if not among:
        raise Refused("There is nothing to choose from.")
    return among[int(pick * len(among))]


def money(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"
