"""How the systems behave besides the faults that they are ordered to make: webhooks that come twice, never or late,
posting that meets another run or takes its time, batches that somebody has open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import requests

from scripts.rehearsal.comparison import COMPANY
from scripts.storm.desk import books, chosen, state
from scripts.storm.plan import Mood

Knobs = Mapping[str, object]
MOST_LATE_SECONDS = 3.0
MOST_CONFLICTS = 3
LONGEST_POSTING_SECONDS = 1.0
"""Less than COUNTERFOIL_UNCERTAIN_WAIT_SECONDS, as any effect of a worker that died."""
JIRA_ON_A_BAD_DAY: Knobs = {"index_lag": 15, "index_flicker": 0.2, "search_page_limit": 20}
"""Search sees issues late and not always; what was lost must be found in another way."""
CALM: Mapping[str, Knobs] = {
    "jira": {
        "webhook_duplicate": 0.0, "webhook_drop": 0.0, "webhook_delay": 0.0, "webhook_reorder": 0.0,
        "index_flicker": 0.0,
    },
    "sage300": {"processing_conflicts": 0, "posting_seconds": 0.0, "locked_batches": []},
}  # fmt: skip
"""After the storm: search is as late as ever, but leaves nothing out."""


def fall_into(mood: Mood, addresses: Mapping[str, str]) -> None:
    """Until the next one of its kind. Raises Refused where there is no batch to have open."""
    match mood.kind:
        case "webhooks":
            knobs: Knobs = {
                "webhook_duplicate": mood.much / 2,
                "webhook_drop": mood.pick * 0.6,
                "webhook_delay": mood.much * MOST_LATE_SECONDS / 2,
                "webhook_reorder": mood.pick * MOST_LATE_SECONDS,
            }
            turn(addresses["jira"], knobs)
        case "conflicts":
            turn(addresses["sage300"], {"processing_conflicts": round(mood.much * MOST_CONFLICTS)})
        case "posting takes time":
            turn(addresses["sage300"], {"posting_seconds": mood.much * LONGEST_POSTING_SECONDS})
        case "batch in use":
            locked = [] if mood.much == 0 else [_batch(mood.pick, addresses["sage300"])]
            turn(addresses["sage300"], {"locked_batches": locked})


def calm_down(addresses: Mapping[str, str]) -> None:
    for system, knobs in CALM.items():
        turn(addresses[system], knobs)


def webhooks(addresses: Mapping[str, str]) -> Counter[str]:
    """How many were sent, by what became of them; those that came after a first attempt count as late."""
    sent = state(addresses["jira"], "deliveries")
    return Counter(
        "late" if each["state"] == "delivered" and len(each["attempts"]) > 1 else each["state"] for each in sent
    )


def turn(address: str, knobs: Knobs) -> None:
    """Sets knobs of a mock."""
    requests.post(f"{address}/__mock__/knobs", json=knobs, timeout=60).raise_for_status()


def _batch(pick: float, address: str) -> str:
    """One of the open ones, of invoices or of payments."""
    invoices = [f"{COMPANY}/{each['number']}" for each in books(address, "invoice_batches") if _is_open(each)]
    payments = [f"{COMPANY}/PY/{each['number']}" for each in books(address, "payment_batches") if _is_open(each)]
    return str(chosen(pick, invoices + payments))


def _is_open(batch: Mapping[str, object]) -> bool:
    return batch["status"] in ("Open", "ReadyToPost")
