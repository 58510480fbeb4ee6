"""Which faults the mocks are ordered to make: by system, by call, and by how often each is meant to come."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

Fault = dict[str, Any]
System = Literal["sage300", "jira"]

Call = tuple[str, str]
"""Method, and a pattern that is looked for in the path."""
WRITES: Mapping[System, Sequence[Call]] = {
    "jira": (
        ("POST", r"/issue/bulk$"),
        ("PUT", r"/issue/[^/]+$"),
        ("POST", r"/issue/[^/]+/comment$"),
        ("POST", r"/issueLink$"),
        ("POST", r"/issue/[^/]+/transitions$"),
    ),
    "sage300": (
        ("PATCH", r"APInvoiceBatches\("),
        ("POST", r"APPostInvoices"),
        ("POST", r"APPaymentAndAdjustmentBatches$"),
        ("PATCH", r"APPaymentAndAdjustmentBatches\("),
        ("POST", r"APPostPaymentsAndAdjustments"),
    ),
}
READS: Mapping[System, Sequence[Call]] = {
    "jira": (
        ("POST", r"/search/jql$"),
        ("POST", r"/issue/bulkfetch$"),
        ("POST", r"/jql/parse$"),
        ("GET", r"^/rest/api/3/"),
        ("GET", r"/changelog$"),
        ("GET", r"/comment$"),
    ),
    "sage300": (
        ("GET", r"APInvoiceBatches$"),
        ("GET", r"APInvoiceBatches\("),
        ("GET", r"/PO/"),
        ("GET", r"APVendors"),
        ("GET", r"APPostedDocuments"),
        ("GET", r"APPaymentAndAdjustmentBatches"),
        ("GET", r"/AP/"),
        ("GET", r"/(GL|CS|BK)/"),
    ),
}
SHARE_OF_WRITES: Mapping[System, float] = {"jira": 0.6, "sage300": 0.5}
LONGEST_SECONDS = 1.2
"""A request may take effect so much later than its sender died: less than COUNTERFOIL_UNCERTAIN_WAIT_SECONDS."""

ON_WRITES = {
    "lost_reply": 34, "timeout": 10, "truncate": 10, "reset": 10, "status": 12, "throttle": 8, "html": 6, "slow": 10,
}  # fmt: skip
ON_READS = {
    "reset": 18, "status": 18, "html": 6, "truncate": 10, "slow": 30, "lost_reply": 12, "timeout": 6, "throttle": 8,
}  # fmt: skip
# No 400, 404, 413 or 422: they speak of the document, and park it rightly.
STATUSES = {"sage300": (500, 502, 503, 504, 401, 403), "jira": (500, 502, 503, 504, 409, 401, 403)}
PAGES = (503, 502, 200)
"""Of an HTML page in place of data; 200 is what a maintenance page or a sign-in page comes with."""


def fronts(chance: random.Random) -> Iterator[tuple[System, tuple[Fault, ...]]]:
    """What troubles one system until the next front: nothing once in a while, else one to four kinds of fault."""
    while True:
        system: System = chance.choices(("jira", "sage300"), (60, 40))[0]
        number = chance.choices((0, 1, 2, 3, 4), (8, 16, 28, 28, 20))[0]
        yield system, tuple(_fault(chance, system) for _ in range(number))


def _fault(chance: random.Random, system: System) -> Fault:
    writing = chance.random() < SHARE_OF_WRITES[system]
    kinds = ON_WRITES if writing else ON_READS
    kind = chance.choices(tuple(kinds), tuple(kinds.values()))[0]
    method, path = chance.choice((WRITES if writing else READS)[system])
    return {
        "kind": kind,
        "match": {"method": method, "path": path},
        "times": chance.randint(1, 4 if writing else 9),
        "after": chance.choice((0, 0, 0, 1)),
        **_shape(chance, system, kind),
    }


def _shape(chance: random.Random, system: System, kind: str) -> Fault:
    seconds = round(LONGEST_SECONDS * max(0.05, chance.random() ** 3), 2)  # mostly short: a storm has no time to wait
    match kind:
        case "status":
            return {"status": chance.choice(STATUSES[system])}
        case "html":
            return {"status": chance.choice(PAGES)}
        case "slow":
            return {"seconds": seconds}
        case "timeout":
            return {"seconds": seconds, "commits": chance.random() < 0.7}
        case "throttle":
            return {"retry_after": chance.choice((1, 2, None))}
    return {}
