"""`scripts/demo --check`: runs the demo without anybody watching, and says whether both sides agree."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import requests

from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.comparison import COMPANY, Difference, compare
from scripts.rehearsal.first_sync import set_up, watch_first_run
from scripts.rehearsal.ledger_view import LedgerView
from scripts.rehearsal.processes import Systems

NEXT_POLL_SECONDS = 180
WRITES = frozenset({"POST", "PUT", "DELETE"})
READS_BY_POST = ("/permissions/check", "/search/jql", "/issue/bulkfetch", "/jql/parse")


def check(systems: Systems) -> bool:
    """Prints what it does, and one JSON object on the last line; True when all agrees."""
    started = time.monotonic()
    administrator = Administrator(systems.addresses["jira"], systems.addresses["app"])
    set_up(administrator, systems)
    watch_first_run(systems)
    view = LedgerView(systems)
    problems = [*_agreement("After the first run", systems)]
    _work_a_little(systems)
    problems += _until_agreed("After people worked in Sage 300", systems)
    problems += _quiet_run(administrator, view, systems)
    problems += _broken_chains(systems)
    difference = compare(systems.addresses)
    problems += difference.sentences
    if failed := view.totals()["failed"]:
        problems.append(f"{failed} documents failed.")
    for problem in problems:
        print(f"PROBLEM: {problem}", file=sys.stderr)
    result = {
        "ok": not problems,
        "seconds": round(time.monotonic() - started, 1),
        "requests": {name: _requests(systems, name) for name in ("sage300", "jira")},
        "integrations": {"sage300_jira": {"invoices": _counts(view, difference)}},
    }
    print(json.dumps(result), flush=True)
    return not problems


def _counts(view: LedgerView, difference: Difference) -> dict[str, int]:
    return {"source": difference.source, "target": difference.target, **view.totals()}


def _agreement(when: str, systems: Systems) -> list[str]:
    difference = compare(systems.addresses)
    _say(f"{when}: {difference.source} documents, {difference.target} issues, {len(difference.sentences)} differences")
    return difference.sentences


def _until_agreed(when: str, systems: Systems) -> list[str]:
    """Waits for the next poll to bring both sides together."""
    _wait(lambda: not compare(systems.addresses).sentences, NEXT_POLL_SECONDS)
    return _agreement(when, systems)


def _quiet_run(administrator: Administrator, view: LedgerView, systems: Systems) -> list[str]:
    """Nothing has changed since: one more run must not write to Jira."""
    last = view.last_run()
    assert last is not None
    before = _requests(systems, "jira")
    administrator.sync_now(view.stream_id())
    if not _wait(lambda: any(run.state == "done" for run in view.runs_after(last.id)), NEXT_POLL_SECONDS):
        return ["The run without news did not come to its end."]
    written = [
        f"The run without news wrote to Jira: {each['method']} {each['path']}."
        for each in _journal(systems, "jira", before)
        if _is_write(each)
    ]
    _say(f"One more run: {len(written)} writes")
    return written


def _is_write(request: dict[str, Any]) -> bool:
    path: str = request["path"]
    return request["method"] in WRITES and path.startswith("/rest/") and not path.endswith(READS_BY_POST)


def _work_a_little(systems: Systems) -> None:
    """What a day brings: a corrected amount, a later due date, a hold, new invoices, a credit note, a posted batch."""
    openly = [each for each in _state(systems, "invoices") if each["status"] == "Open" and each["company"] == COMPANY]
    invoices = [each for each in openly if each["kind"] == "Invoice"]
    first, second, third, fourth = invoices[:4]
    account = first["lines"][0]["account"]
    _act(systems, "invoice", {**_named(first), "action": "edit", "amount": "4321.09"})
    _act(systems, "invoice", {**_named(second), "action": "edit", "due_date": "2030-01-31"})
    _act(systems, "invoice", {**_named(third), "action": "hold"})
    _act(systems, "invoice", {**_named(fourth), "action": "delete"})
    for number in range(1, 6):
        line = {"account": account, "amount": f"{100 * number}.55", "description": "Work on site"}
        _act(
            systems,
            "invoice",
            {"action": "enter", "vendor": first["vendor"], "number": f"NEW-{number}", "lines": [line]},
        )
    credit = {"account": account, "amount": "50.25", "description": "Returned goods"}
    _act(
        systems, "credit_note", {"action": "enter", "vendor": first["vendor"], "number": "CREDIT-1", "lines": [credit]}
    )
    last_batch = max(each["batch"] for each in openly)
    if last_batch not in {each["batch"] for each in (first, second, third, fourth)}:
        _act(systems, "invoice_batch", {"action": "ready", "number": last_batch})
        _act(systems, "invoice_batch", {"action": "post", "number": last_batch})
    _say("People in Sage 300 corrected, entered, credited, held, deleted and posted a few documents")


def _named(document: dict[str, Any]) -> dict[str, Any]:
    return {"vendor": document["vendor"], "number": document["number"]}


def _broken_chains(systems: Systems) -> list[str]:
    command = [sys.executable, "-m", "plugin.cli", "audit", "verify"]
    told = subprocess.run(command, env=systems.environment(), capture_output=True, text=True, check=False)
    _say(told.stdout.strip())
    return [] if told.returncode == 0 else [f"The audit trail is broken: {told.stdout} {told.stderr}"]


def _act(systems: Systems, kind: str, body: dict[str, Any]) -> None:
    address = f"{systems.addresses['sage300']}/__mock__/documents/{kind}"
    answer = requests.post(address, json={"company": COMPANY, **body}, timeout=30)
    if not answer.ok:
        raise RuntimeError(f"Sage 300 refused to {body['action']} {kind}: {answer.text}")


def _state(systems: Systems, kind: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{systems.addresses['sage300']}/__mock__/state", params={"type": kind}, timeout=300)
    found: list[dict[str, Any]] = answer.json()[kind]
    return found


def _requests(systems: Systems, name: str) -> int:
    answer = requests.get(f"{systems.addresses[name]}/__mock__/requests", params={"since": 10**9}, timeout=60)
    return int(answer.json()["count"])


def _journal(systems: Systems, name: str, since: int) -> list[dict[str, Any]]:
    answer = requests.get(f"{systems.addresses[name]}/__mock__/requests", params={"since": since}, timeout=60)
    found: list[dict[str, Any]] = answer.json()["requests"]
    return found


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(1)
    return True


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
