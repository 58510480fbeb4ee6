"""Setting up the demo, and watching its first run."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.rehearsal import decisions
from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.decisions import Action, Rule
from scripts.rehearsal.ledger_view import INVOICES, ORDERS, RECEIPTS, LedgerView
from scripts.rehearsal.processes import Systems

USER, PASSWORD = "counterfoil", "rehearsal"
COMPANY, BANK = "SAMLTD", "SEATAC"
POLL_MINUTES = 1
PATIENCE_SECONDS = 1800
ON_THEIR_WAY = frozenset({"pending", "sending", "uncertain"})
USUAL_PROJECT, STORES_PROJECT = "Accounts payable", "Finance"
ISSUE_TYPES = {INVOICES: "Invoice", ORDERS: "Purchase order", RECEIPTS: "Goods receipt"}
STORES = "ST-"
"""How the numbers of orders begin that the stores place: another team's."""
RULES = {
    ORDERS: Rule(
        "Orders of the stores", "po_number", "starts-with", STORES, STORES_PROJECT, ISSUE_TYPES[ORDERS], "Finn"
    ),
    RECEIPTS: Rule(
        "Large receipts", "amount", "at-least", "25,000.00", STORES_PROJECT, ISSUE_TYPES[RECEIPTS]
    ),
    INVOICES: Rule(
        "Large invoices", "amount", "at-least", "25,000.00", STORES_PROJECT, ISSUE_TYPES[INVOICES]
    ),
}  # fmt: skip
ACTIONS = {
    "approve": Action("jira-users", "Approved", refused_status="Open"),
    "pay": Action("jira-administrators, finance", "Paid", ticks=frozenset({"four_eyes", "ready", "post"}), bank=BANK),
}


def set_up(administrator: Administrator, systems: Systems) -> None:
    """All that an administrator does, through the pages: install, connect, and for each kind of document choose where
    its issues go, map, and start; then the rules, what people may do from Jira, and webhooks."""
    _say("Installing the app into Jira by its descriptor")
    administrator.install()
    _say("Connecting Sage 300")
    address = f"{systems.addresses['sage300']}/Sage300WebApi"
    connection = administrator.connect_sage300(address, COMPANY, USER, PASSWORD)
    _say("Choosing projects, creating and mapping fields")
    integration = administrator.choose_place(connection, USUAL_PROJECT, ISSUE_TYPES[INVOICES])
    for stream in (INVOICES, ORDERS, RECEIPTS):
        _choose_and_map(administrator, integration, stream)
    _say("Rules, statuses, approving and paying")
    for stream, rule in RULES.items():
        decisions.add_rule(administrator, integration, stream, rule)
    decisions.map_states(administrator, integration, {"On hold": "In review"})
    decisions.allow_actions(administrator, integration, ACTIONS)
    _say("Starting")
    for stream in (ORDERS, RECEIPTS, INVOICES):
        administrator.start(integration, POLL_MINUTES, stream)
    decisions.register_webhooks(administrator)


def _choose_and_map(administrator: Administrator, integration: int, stream: str) -> None:
    """Rules send some issues to another project: the fields are put on its screens too."""
    also = ("paid_amount", "payment_status") if stream == INVOICES else ()
    for project in (STORES_PROJECT, USUAL_PROJECT):
        administrator.move_to(integration, project, ISSUE_TYPES[stream], stream)
        administrator.map_as_suggested(integration, stream, also)


def watch_first_run(systems: Systems) -> None:
    """A progress bar in a terminal, plain lines elsewhere; returns when every invoice that was read has arrived."""
    view = LedgerView(systems)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Invoices to issues", total=None)
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            # The run first: what it has read meanwhile is then counted.
            run, counts = view.first_run(INVOICES), view.states(INVOICES)
            if run is not None:
                bar.update(task, total=run.expected, completed=counts["settled"])
                if run.finished_at is not None and not counts.keys() & ON_THEIR_WAY:
                    break
            if time.monotonic() > until:
                raise TimeoutError("the first run has not ended")
            time.sleep(0.3)
    _say(f"{counts.total()} invoices read, {counts['settled']} are issues now")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
