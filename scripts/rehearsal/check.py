"""`scripts/demo --check`: runs the demo without anybody watching, and says whether all was as it should be."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.chain import rehearse
from scripts.rehearsal.comparison import compare
from scripts.rehearsal.first_sync import set_up, watch_first_run
from scripts.rehearsal.ledger_view import INVOICES
from scripts.rehearsal.outside import Json, Outside
from scripts.rehearsal.processes import Systems
from scripts.rehearsal.scene import Scene
from scripts.rehearsal.waiting import NotSo, until

NEXT_POLL_SECONDS = 180
MOST_ROUNDS = 4
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READS_BY_POST = ("/permissions/check", "/search/jql", "/issue/bulkfetch", "/jql/parse")


def check(systems: Systems) -> bool:
    """Prints what it does, and one JSON object on the last line; True when all agrees."""
    started = time.monotonic()
    administrator = Administrator(systems.addresses["jira"], systems.addresses["app"])
    set_up(administrator, systems)
    watch_first_run(systems)
    scene = Scene.of(systems, administrator)
    problems = _until_agreed("After the first run", scene, systems)
    _work_a_little(scene.outside)
    problems += _until_agreed("After people worked in Sage 300", scene, systems)
    problems += rehearse(scene)
    problems += _until_agreed("After the whole chain", scene, systems)
    problems += _quiet_run(scene)
    problems += _broken_chains(systems)
    totals = scene.view.totals()
    problems += [f"{each['failed']} {stream} failed." for stream, each in totals.items() if each["failed"]]
    for problem in problems:
        print(f"PROBLEM: {problem}", file=sys.stderr)
    result = {
        "ok": not problems,
        "seconds": round(time.monotonic() - started, 1),
        "requests": {name: scene.outside.requests_so_far(name) for name in ("sage300", "jira")},
        "integrations": {"sage300_jira": _counts(totals, systems)},
    }
    print(json.dumps(result), flush=True)
    return not problems


def _counts(totals: Mapping[str, Mapping[str, int]], systems: Systems) -> Json:
    difference = compare(systems.addresses)
    both_sides = {"source": difference.source, "target": difference.target}
    return {stream: {**(both_sides if stream == INVOICES else {}), **each} for stream, each in totals.items()}


def _until_agreed(when: str, scene: Scene, systems: Systems) -> list[str]:
    """Waits for both sides to come together; tells how they differ if they do not."""
    last = [compare(systems.addresses)]

    def agreed() -> bool:
        if last[0].sentences:
            last[0] = compare(systems.addresses)
        return not last[0].sentences

    try:
        until(agreed, f"{when} both sides agree.", seconds=NEXT_POLL_SECONDS, press=scene.pressing(INVOICES))
    except NotSo:
        return last[0].sentences
    _say(f"{when}: {last[0].source} documents, {last[0].target} issues, no differences")
    return []


def _quiet_run(scene: Scene) -> list[str]:
    """Nothing is done any more: after a run or two, in which streams take notice of each other's last news, a run of
    every stream writes nothing, on either side."""
    for _ in range(MOST_ROUNDS):
        try:
            written = _written_in_a_round(scene)
        except NotSo as trouble:
            return [str(trouble)]
        if not written:
            _say("A run of every stream wrote nothing")
            return []
    return written


def _written_in_a_round(scene: Scene) -> list[str]:
    """What one more run of every stream has written. Raises NotSo when one does not come to its end."""
    view, outside = scene.view, scene.outside
    before = {system: outside.requests_so_far(system) for system in ("jira", "sage300")}
    last = {name: getattr(view.last_run(name), "id", 0) for name in view.active_streams()}

    def over() -> bool:
        return all(any(run.state == "done" for run in view.runs_after(number, name)) for name, number in last.items())

    until(over, "One more run of every stream comes to its end.", press=scene.pressing(*last))
    return [
        f"A run without news wrote to {system}: {each['method']} {each['path']}."
        for system, number in before.items()
        for each in outside.requests_since(system, number)
        if _is_write(each)
    ]


def _is_write(request: Json) -> bool:
    path: str = request["path"]
    asked = path.startswith("/rest/") or path.startswith("/Sage300WebApi/")
    return request["method"] in WRITES and asked and not path.endswith(READS_BY_POST)


def _work_a_little(outside: Outside) -> None:
    """What a day brings: a corrected amount, a later due date, a hold, new invoices, a credit note, a posted batch."""
    openly = [each for each in outside.books("invoices") if each["status"] == "Open"]
    first, second, third, fourth = [each for each in openly if each["kind"] == "Invoice"][:4]
    vendor, account = first["vendor"], first["lines"][0]["account"]
    outside.clerk("invoice", "edit", **_named(first), amount="4321.09")
    outside.clerk("invoice", "edit", **_named(second), due_date="2030-01-31")
    outside.clerk("invoice", "hold", **_named(third))
    outside.clerk("invoice", "delete", **_named(fourth))
    for number in range(1, 6):
        line = {"account": account, "amount": f"{100 * number}.55", "description": "Work on site"}
        outside.clerk("invoice", "enter", vendor=vendor, number=f"NEW-{number}", lines=[line])
    credit = {"account": account, "amount": "50.25", "description": "Returned goods"}
    outside.clerk("credit_note", "enter", vendor=vendor, number="CREDIT-1", lines=[credit])
    last_batch = max(each["batch"] for each in openly)
    if last_batch not in {each["batch"] for each in (first, second, third, fourth)}:
        outside.clerk("invoice_batch", "ready", number=last_batch)
        outside.clerk("invoice_batch", "post", number=last_batch)
    _say("People in Sage 300 corrected, entered, credited, held, deleted and posted a few documents")


def _named(document: Json) -> dict[str, Any]:
    return {"vendor": document["vendor"], "number": document["number"]}


def _broken_chains(systems: Systems) -> list[str]:
    command = [sys.executable, "-m", "plugin.cli", "audit", "verify"]
    told = subprocess.run(command, env=systems.environment(), capture_output=True, text=True, check=False)
    _say(told.stdout.strip())
    return [] if told.returncode == 0 else [f"The audit trail is broken: {told.stdout} {told.stderr}"]


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
