"""The scenes of the systematic run, one after the other: each begins where the one before would have ended
undisturbed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from plugin.integrations.hooks import duties, inbox
from plugin.integrations.hooks.messages import told_by
from scripts.storm import work
from scripts.storm.databases import Store
from scripts.storm.people import APPROVE, PAY, REVIEW
from scripts.storm.scenes import ONE_HOUR, Scene, first_scene
from scripts.storm.stage import Stage
from scripts.storm.work import EVERYTHING, INVOICES_ALONE

APPROVER, PAYER = "Nora", "Finn"
BILL = "BILL-1"
"""It names an order, and is alone in its batch."""


def scenes(stage: Stage, store: Store) -> Iterator[Scene]:
    scene = first_scene(stage, store)
    scene.run(work.VENDORS)
    yield scene.enter("creations", INVOICES_ALONE)
    scene.run()
    _change(scene)
    yield scene.enter("changes", INVOICES_ALONE)
    scene.run()
    _lose_replies(scene)
    yield scene.enter("lost replies", INVOICES_ALONE)
    scene.run()
    scene.run(EVERYTHING)
    _buy(scene)
    yield scene.enter("purchases", work.PURCHASES, work.PURCHASES_AFTERWARDS)
    scene.run(EVERYTHING)
    scene.remember()
    _approve(scene)
    yield scene.enter("an approval", work.APPROVAL, work.APPROVAL_AFTERWARDS)
    scene.run()
    yield scene.enter("a posting", work.POSTING, work.POSTING_AFTERWARDS)
    scene.run(EVERYTHING)
    scene.move(scene.issue_of(BILL)["key"], PAYER, PAY)
    yield scene.enter("a payment", work.PAYMENT, work.PAYMENT_AFTERWARDS)


def _change(scene: Scene) -> None:
    """New, corrected, held, moved, renamed and deleted documents."""
    mine = scene.invoices()
    vendor, account = mine[0]["vendor"], mine[0]["lines"][0]["account"]
    scene.act("invoice", "edit", **_named(mine[0]), amount="4321.09")
    scene.act("invoice", "edit", **_named(mine[1]), due_date="2030-01-31")
    scene.act("invoice", "hold", **_named(mine[21]))
    scene.act("invoice", "move", **_named(mine[22]), to_batch=mine[41]["batch"])
    scene.act("invoice", "edit", **_named(mine[23]), new_number="RENAMED-1")
    scene.act("invoice", "delete", **_named(mine[42]))
    for number in ("NEW-1", "NEW-2"):
        line = {"account": account, "amount": "100.55", "description": "Work on site"}
        scene.act("invoice", "enter", vendor=vendor, number=number, lines=[line], batch=mine[0]["batch"])
    credit = {"account": account, "amount": "50.25", "description": "Returned goods"}
    scene.act("credit_note", "enter", vendor=vendor, number="CREDIT-1", lines=[credit])


def _lose_replies(scene: Scene) -> None:
    """Two creations and a correction that Jira took, a creation that it never got, and no reply to any of them."""
    first = next(each for each in scene.invoices() if each["number"] == "NEW-1")
    line = {"account": first["lines"][0]["account"], "amount": "77.00", "description": "Work on site"}

    def enter(*numbers: str) -> None:
        for number in numbers:
            scene.act("invoice", "enter", vendor=first["vendor"], number=number, lines=[line], batch=first["batch"])

    def run_into(kind: str, method: str, path: str) -> None:
        scene.jira.faults.add(kind, method=method, path=path)
        scene.run(UNCERTAIN_WAIT_SECONDS=ONE_HOUR)  # what is uncertain by then stays so
        if scene.jira.faults.remaining():
            raise RuntimeError(f"The fault {kind} was met by nobody.")

    enter("LOST-1", "LOST-2")
    run_into("lost_reply", "POST", r"/issue/bulk$")
    enter("NEVER-1")
    run_into("reset", "POST", r"/issue/bulk$")
    scene.act("invoice", "edit", **_named(first), amount="99.99")
    run_into("lost_reply", "PUT", r"/issue/[^/]+$")
    scene.ask_now()


def _buy(scene: Scene) -> None:
    """An order, goods that came, and two bills: one of those goods, one that names the order by itself."""
    vendor = scene.invoices()[0]["vendor"]
    lines = [{"item": "ITEM-1", "quantity": "10", "unit_cost": "12.50"}]
    scene.act("purchase_order", "enter", vendor=vendor, number="PO-1", lines=lines)
    scene.act("receipt", "receive", po_number="PO-1", number="RC-1", lines=[{"item": "ITEM-1", "quantity": "4"}])
    scene.act("purchase_invoice", "enter", number=BILL, receipt_number="RC-1")
    scene.act("invoice", "enter", vendor=vendor, number="HAND-1", po_number="PO-1", amount="75.00")


def _approve(scene: Scene) -> None:
    """Jira's search is well again; of this approval a webhook tells."""
    scene.jira.turn({"index_lag": 0.0, "index_flicker": 0.0})
    issue = scene.issue_of(BILL)
    scene.move(issue["key"], APPROVER, REVIEW, APPROVE)
    database = scene.database(scene.stage.environment())
    with database.writing(scene.site_id) as session:
        inbox.receive(session, _delivery(issue), datetime.now(UTC))
        duties.make_due(session, duties.DRAIN, datetime.now(UTC))
    database.dispose()


def _delivery(issue: dict[str, Any]) -> inbox.Delivery:
    changed = {"items": [{"field": "status", "fieldId": "status"}]}
    event = {"webhookEvent": "jira:issue_updated", "issue": {"id": issue["id"], "key": issue["key"]}}
    return inbox.Delivery(inbox.CONNECT, inbox.DYNAMIC, "delivery-1", told_by({**event, "changelog": changed}))


def _named(document: dict[str, Any]) -> dict[str, Any]:
    return {"vendor": document["vendor"], "number": document["number"]}
