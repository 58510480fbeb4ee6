"""What Sage 300 was told to do, from its own record of requests."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from scripts.rehearsal.outside import Outside
from scripts.rehearsal.waiting import expect

READS = frozenset({"GET", "HEAD"})
FROM_TO = (("FromBatch", "ToBatch"), ("PostBatchFrom", "PostBatchTo"))
"""Which batches a process is about: invoices, payments."""
Told = tuple[str, str, str]
"""Method, resource, and the batch that it is about; "" for a new one."""


def expect_only(outside: Outside, before: int, approved: Sequence[int], payments: Sequence[int]) -> int:
    """That these invoice batches were each made ready and posted once, and these payment batches entered, made ready
    and posted once; nothing else, and nothing at all before the request numbered `before`. How many writes that were.

    Raises NotSo.
    """
    written = [each for each in outside.requests_since("sage300", before) if each["method"] not in READS]
    found = Counter(map(_told, written))
    wanted = Counter(
        [
            *(("PATCH", "APInvoiceBatches", str(number)) for number in approved),
            *(("POST", "APPostInvoices", str(number)) for number in approved),
            *(("POST", "APPaymentAndAdjustmentBatches", "") for _ in payments),
            *(("PATCH", "APPaymentAndAdjustmentBatches", str(number)) for number in payments),
            *(("POST", "APPostPaymentsAndAdjustments", str(number)) for number in payments),
        ]
    )
    expect(
        found == wanted,
        f"Sage 300 was written to otherwise than people asked for. Too much: {_in_words(found - wanted)}. "
        f"Missing: {_in_words(wanted - found)}.",
    )
    routes = outside.requests_by_route("sage300").items()
    ever = sum(count for route, count in routes if route.partition(" ")[0] not in READS)
    expect(ever == len(written), f"Sage 300 was written to {ever - len(written)} times before anybody asked for it.")
    return ever


def _told(request: dict[str, Any]) -> Told:
    resource, _, key = str(request["path"]).rpartition("/")[2].partition("(")
    if "$process" in key:
        body = json.loads(request["body"])
        first, last = next((body[first], body[last]) for first, last in FROM_TO if first in body)
        return request["method"], resource, str(first) if first == last else f"{first} to {last}"
    numbers = re.findall(r"\d+", key)
    return request["method"], resource, numbers[-1] if numbers else ""


def _in_words(told: Counter[Told]) -> str:
    return ", ".join(" ".join(each).strip() for each in told.elements()) or "nothing"
