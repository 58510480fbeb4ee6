"""From an order to its payment, in a real browser: the chain in the panel, an approval by its button, a payment by
moving the issue in Jira."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, expect

from scripts.rehearsal import papers
from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.first_sync import set_up, watch_first_run
from scripts.rehearsal.ledger_view import INVOICES, ORDERS, OUTCOMES, PAYMENTS, POSTED, POSTINGS, RECEIPTS
from scripts.rehearsal.outside import Json
from scripts.rehearsal.papers import Papers
from scripts.rehearsal.processes import Systems
from scripts.rehearsal.scene import Scene
from scripts.rehearsal.waiting import until

pytestmark = pytest.mark.browser

WORK_SECONDS = 60_000
AMOUNT = "245.00"
SHOWN_AMOUNT = f"USD {AMOUNT}"
RECEIVED, BILLED = f"Received {SHOWN_AMOUNT} of 490.00 ordered, before tax", f"Billed {SHOWN_AMOUNT} of "
APPROVAL, POSTING, PAYMENT = "Counterfoil: approved", "Counterfoil: posted in Sage 300", "Counterfoil: paid"
"""How the comments begin."""
ADMINISTRATION = "/plugins/servlet/ac/com.counterfoil.payables/admin"


class Desk:
    """A person's browser. `said` is what its console complained of."""

    def __init__(self, browser: Browser, jira: str, person: str) -> None:
        self._jira = jira
        self.said: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1360, "height": 1000}, locale="en-GB", timezone_id="Europe/London"
        )
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(f"{jira}/jira/projects")
        self.page.get_by_label("Who you are").click()
        self.page.get_by_role("button", name=person).click()
        expect(self.page.get_by_label("Who you are")).to_contain_text(person)

    def open(self, path: str) -> FrameLocator:
        """The app's frame on that page of Jira."""
        self.page.goto(f"{self._jira}{path}")
        return self.app()

    def app(self) -> FrameLocator:
        return self.page.frame_locator('iframe[id^="com.counterfoil.payables__"]')

    def takes(self, transition: str, status: str) -> None:
        """By the menu at the status of an issue."""
        shown = self.page.locator("summary.status")
        shown.click()
        self.page.get_by_role("button", name=re.compile(f"^{transition}\\b")).click()
        expect(shown).to_have_text(status)

    def comments(self, beginning: str) -> Locator:
        return self.page.locator("ol.comments > li").filter(has_text=beginning)


@pytest.fixture(scope="module")
def scene(systems: Systems) -> Scene:
    administrator = Administrator(systems.addresses["jira"], systems.addresses["app"])
    set_up(administrator, systems)
    watch_first_run(systems)
    return Scene.of(systems, administrator)


@pytest.fixture(scope="module")
def bought(scene: Scene) -> Papers:
    """An order, its receipt and its invoice are linked issues; the order is told how much of it has come."""
    return papers.buy(scene)


@pytest.fixture(scope="module")
def finn(systems: Systems, scene: Scene, chromium: Browser) -> Iterator[Desk]:
    """May pay."""
    yield from _desk(chromium, systems, "Finn Finance")


@pytest.fixture(scope="module")
def ada(systems: Systems, scene: Scene, chromium: Browser) -> Iterator[Desk]:
    """The administrator, who also may approve, and sees the project of the stores; Nora does not."""
    yield from _desk(chromium, systems, "Ada Admin")


def _desk(chromium: Browser, systems: Systems, person: str) -> Iterator[Desk]:
    desk = Desk(chromium, systems.addresses["jira"], person)
    yield desk
    desk.context.close()
    assert desk.said == [], f"the console of {person} complains"


def test_1_approving_is_left_to_the_button_and_moves_the_issue(ada: Desk) -> None:
    page = ada.open(ADMINISTRATION)
    page.get_by_role("button", name="Approve and pay").click()
    approving = page.get_by_role("region", name="Approve")
    begins = approving.get_by_label("Begins when an issue enters")
    expect(begins).to_be_visible(timeout=WORK_SECONDS)
    begins.select_option(label="No status: only by the button in the panel")
    approving.get_by_label("Afterwards the issue goes to").select_option(label="Approved")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It is asked for by a button in the panel of the issue.")).to_be_visible()
    page.get_by_role("button", name="Confirm and save").click()
    expect(page.get_by_role("button", name="Confirm and save")).to_have_count(0)


def test_2_the_panel_shows_the_chain(scene: Scene, bought: Papers, ada: Desk, pictures: Path) -> None:
    until(
        lambda: all(each in scene.administrator.panel(bought.invoice_issue.key).words for each in (RECEIVED, BILLED)),
        "The panel tells what was received and billed of the order.",
        press=scene.pressing(ORDERS, RECEIPTS, INVOICES),
    )
    panel = ada.open(f"/browse/{bought.invoice_issue.key}")
    linked = ada.page.get_by_role("region", name="Linked issues")
    expect(linked.get_by_role("link", name=bought.order_issue.key)).to_be_visible()
    chain = panel.get_by_role("region", name="From order to payment")
    expect(chain.get_by_role("link", name=bought.order, exact=True)).to_be_visible(timeout=WORK_SECONDS)
    expect(chain.get_by_role("link", name=bought.receipt, exact=True)).to_be_visible()
    expect(chain.locator('[aria-current="true"]')).to_contain_text(bought.invoice)
    measures = chain.locator(".measure")
    expect(measures.filter(has_text="Received")).to_contain_text(f"{SHOWN_AMOUNT} of 490.00 ordered, before tax")
    expect(measures.filter(has_text="Billed")).to_contain_text(f"{SHOWN_AMOUNT} of ")
    expect(chain.get_by_text("None yet")).to_have_count(1)
    ada.page.screenshot(path=pictures / "panel-chain.png", full_page=True)


def test_3_ada_approves_and_sees_the_batch_posted(bought: Papers, ada: Desk, pictures: Path) -> None:
    ada.takes("Start review", "In review")
    panel = ada.app()
    panel.get_by_role("link", name="Approve…").click()
    expect(panel.get_by_role("heading", name=f"Approve: {bought.invoice}")).to_be_visible(timeout=WORK_SECONDS)
    expect(panel.locator("dl.facts")).to_contain_text(SHOWN_AMOUNT)
    expect(panel.get_by_text(f"batch {bought.batch} is set ready to post in Sage 300, and posted")).to_be_visible()
    ada.page.screenshot(path=pictures / "approve-confirm.png", full_page=True)
    panel.get_by_role("button", name="Approve").click()
    told = f"Approved. {bought.invoice} over {SHOWN_AMOUNT} is posted (Batch {bought.batch}, entry 1)."
    expect(panel.locator("#deeds")).to_contain_text(told, timeout=WORK_SECONDS)
    expect(panel.get_by_role("link", name="Approve…")).to_have_count(0)


def test_4_finn_moves_the_issue_to_paid_and_the_panel_tells_the_payment(
    scene: Scene, bought: Papers, finn: Desk, pictures: Path
) -> None:
    key = bought.invoice_issue.key
    until(
        lambda: scene.outside.issue(key).status == "Approved",
        f"{key} is moved to Approved, as its approval came to its end.",
        press=scene.pressing(INVOICES, POSTED, OUTCOMES),
    )
    panel = finn.open(f"/browse/{key}")
    expect(panel.locator("#deeds")).to_contain_text("Approved", timeout=WORK_SECONDS)
    finn.takes("Pay", "Paid")
    until(
        lambda: [each["status"] for each in _payments(scene, bought)] == ["Posted"],
        f"One payment of {bought.invoice} is posted in Sage 300.",
    )
    batch = _payments(scene, bought)[0]["batch"]
    until(
        lambda: (
            f"batch {batch}, entry 1" in scene.administrator.panel(key).words
            and len(scene.outside.issue(key).comments) >= 3
        ),
        f"The panel tells payment batch {batch}, and three comments stand on {key}.",
        press=scene.pressing(PAYMENTS, POSTED, INVOICES, POSTINGS, OUTCOMES),
    )
    finn.page.reload()
    deeds = panel.locator("#deeds")
    expect(deeds).to_contain_text(f"Paid. {SHOWN_AMOUNT} for {bought.invoice} to ", timeout=WORK_SECONDS)
    expect(deeds).to_contain_text(f" is posted (payment batch {batch}).")
    chain = panel.get_by_role("region", name="From order to payment")
    expect(chain).to_contain_text(f"batch {batch}, entry 1")
    expect(panel.get_by_text("245.00 paid · 0.00 open")).to_be_visible()
    for beginning in (APPROVAL, POSTING, PAYMENT):
        expect(finn.comments(beginning)).to_have_count(1)
    expect(finn.comments(APPROVAL)).to_contain_text("asked for this.")
    expect(finn.comments(PAYMENT)).to_contain_text("@Finn Finance asked for this.")
    expect(finn.comments(POSTING).get_by_role("table").first).to_contain_text("Accounts payable")
    finn.page.screenshot(path=pictures / "paid.png", full_page=True)
    light = panel.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    finn.page.get_by_role("button", name="Switch between light and dark").click()
    expect(panel.locator("body")).not_to_have_css("background-color", light)
    finn.page.screenshot(path=pictures / "paid-dark.png", full_page=True)


def test_5_sage_300_has_one_posted_payment_batch_over_the_amount(scene: Scene, bought: Papers) -> None:
    [payment] = _payments(scene, bought)
    assert (payment["status"], payment["amount"], payment["vendor"]) == ("Posted", AMOUNT, bought.vendor)
    assert payment["applied"] == [{"number": bought.invoice, "amount": AMOUNT}]
    batches = scene.outside.books("payment_batches")
    [batch] = [each for each in batches if each["number"] == payment["batch"]]
    assert batch["status"] == "Posted"
    assert [each["batch"] for each in scene.outside.books("payments")].count(payment["batch"]) == 1
    [invoice] = [each for each in scene.outside.books("invoice_batches") if each["number"] == bought.batch]
    assert invoice["status"] == "Posted"


def _payments(scene: Scene, bought: Papers) -> list[Json]:
    """That are applied to the invoice."""
    return [
        each
        for each in scene.outside.books("payments")
        if bought.invoice in [applied["number"] for applied in each["applied"]]
    ]
