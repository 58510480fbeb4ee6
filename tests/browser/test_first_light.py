"""The journey of a newcomer, in a real browser: install, connect, map, start, and read the panel on an issue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, FrameLocator, Page, expect
from sqlalchemy import select, update

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Counterfoil, Stream
from scripts.rehearsal.processes import Systems

pytestmark = pytest.mark.browser

WORK_SECONDS = 60_000
"""Milliseconds that workers may take before a page must have changed."""


@pytest.fixture(scope="module")
def ada(chromium: Browser) -> Iterator[Page]:
    """The administrator's browser, kept through the journey; what her console says must be nothing bad."""
    context = chromium.new_context(
        viewport={"width": 1360, "height": 1000}, locale="en-GB", timezone_id="Europe/London"
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == [], "the browser's console complains"


def app_frame(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[id^="com.counterfoil.payables__"]')


def sage300_does(systems: Systems, kind: str, **body: object) -> None:
    answer = requests.post(f"{systems.addresses['sage300']}/__mock__/documents/{kind}", json=body, timeout=30)
    assert answer.ok, answer.text


def open_invoice(systems: Systems) -> dict[str, str]:
    """An invoice that can still be edited in Sage 300."""
    answer = requests.get(f"{systems.addresses['sage300']}/__mock__/state?type=invoices", timeout=30)
    invoices: list[dict[str, str]] = answer.json()["invoices"]
    return next(
        each for each in invoices if (each["company"], each["status"], each["kind"]) == ("SAMLTD", "Open", "Invoice")
    )


def test_1_the_app_is_installed_by_its_descriptor(systems: Systems, ada: Page) -> None:
    ada.goto(f"{systems.addresses['jira']}/plugins/servlet/upm")
    ada.get_by_label("Address of the app's descriptor").fill(f"{systems.addresses['app']}/atlassian-connect.json")
    ada.get_by_role("button", name="Upload").click()
    ada.get_by_role("link", name="Configure").click()
    expect(app_frame(ada).get_by_role("heading", name="Welcome to Counterfoil")).to_be_visible()


def test_2_wrong_credentials_are_told_apart_and_nothing_typed_is_lost(
    systems: Systems, ada: Page, pictures: Path
) -> None:
    page = app_frame(ada)
    page.get_by_role("link", name="Connect Sage 300").click()
    page.get_by_label("Web API address").fill(f"{systems.addresses['sage300']}/Sage300WebApi")
    page.get_by_label("Company").fill("samltd")
    page.get_by_label("User", exact=True).fill("counterfoil")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Save and test connection").click()
    expect(page.get_by_text("Sage 300 could not be connected").first).to_be_visible(timeout=WORK_SECONDS)
    expect(page.get_by_label("Company")).to_have_value("SAMLTD")
    ada.screenshot(path=pictures / "connection-refused.png")


def test_3_sage_300_is_connected_and_the_place_for_issues_chosen(ada: Page, pictures: Path) -> None:
    page = app_frame(ada)
    page.get_by_label("Password").fill("rehearsal")
    page.get_by_role("button", name="Save and test connection").click()
    expect(page.get_by_text("Sage 300 (SAMLTD) is connected").first).to_be_visible(timeout=WORK_SECONDS)
    ada.screenshot(path=pictures / "connection.png")
    page.get_by_role("button", name="Next: choose project and issue type").click()
    project = page.get_by_label("Project")
    expect(project).to_be_visible(timeout=WORK_SECONDS)
    project.select_option(label="Accounts payable (AP)")
    page.get_by_label("Issue type").select_option(label="Invoice")
    page.get_by_role("button", name="Save and map fields").click()


def test_4_missing_fields_are_created_and_mapped(ada: Page, pictures: Path) -> None:
    page = app_frame(ada)
    create = page.get_by_role("button", name="Create missing fields")
    expect(create).to_be_visible(timeout=WORK_SECONDS)
    ada.screenshot(path=pictures / "mapping-before.png", full_page=True)
    create.click()
    expect(page.get_by_label("Amount", exact=True)).to_contain_text("Amount · Number", timeout=WORK_SECONDS)
    expect(page.get_by_text("Fits").first).to_be_visible(timeout=WORK_SECONDS)
    ada.screenshot(path=pictures / "mapping.png", full_page=True)
    page.get_by_role("button", name="Save", exact=True).click()


def test_5_the_first_run_shows_its_progress_and_ends_in_step(ada: Page, pictures: Path) -> None:
    page = app_frame(ada)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("In step", exact=True).first).to_be_visible(timeout=WORK_SECONDS)
    expect(page.locator(".figure").first).to_have_text("40documents", timeout=WORK_SECONDS)
    ada.screenshot(path=pictures / "overview.png")


def test_6_the_panel_tells_the_invoice_in_light_and_dark(systems: Systems, ada: Page, pictures: Path) -> None:
    invoice = open_invoice(systems)
    ada.goto(f"{systems.addresses['jira']}/jira/core/projects/AP/board?search={invoice['number']}")
    ada.get_by_text(invoice["number"]).first.click()
    panel = app_frame(ada)
    expect(panel.get_by_text(invoice["vendor_name"]).first).to_be_visible(timeout=WORK_SECONDS)
    amount = f"{invoice['currency']} {float(invoice['amount']):,.2f}"
    expect(panel.get_by_text(amount).first).to_be_visible()
    expect(panel.get_by_role("table")).to_contain_text(invoice["lines"][0]["account"])  # type: ignore[index]
    expect(panel.get_by_text("Read from Sage 300")).to_be_visible()
    expect(panel.get_by_role("button", name="Refresh")).to_be_in_viewport()  # the frame has grown to its content
    ada.screenshot(path=pictures / "panel-light.png", full_page=True)
    light = panel.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    ada.get_by_role("button", name="Switch between light and dark").click()
    expect(panel.locator("body")).not_to_have_css("background-color", light)
    ada.screenshot(path=pictures / "panel-dark.png", full_page=True)


def test_7_refresh_brings_what_changed_in_sage_300(systems: Systems, ada: Page) -> None:
    invoice = open_invoice(systems)
    panel = app_frame(ada)
    sage300_does(
        systems, "invoice", action="edit", vendor=invoice["vendor"], number=invoice["number"], due_date="2031-03-04"
    )
    panel.get_by_role("button", name="Refresh").click()
    expect(panel.get_by_text("4 Mar 2031").first).to_be_visible(timeout=WORK_SECONDS)
    ada.reload()
    expect(ada.get_by_text("4 Mar 2031").first).to_be_visible(timeout=WORK_SECONDS)


def test_8_the_settings_open_to_administrators_only(systems: Systems, chromium: Browser) -> None:
    """Jira hides the link from Nora; if she asks the app itself, with a token that Jira gave her, it refuses her."""
    jira, app = systems.addresses["jira"], systems.addresses["app"]
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{jira}/jira/projects")
    page.get_by_label("Who you are").get_by_text("Ada Admin").click()
    page.get_by_role("button", name="Nora Normal").click()
    page.goto(f"{jira}/plugins/servlet/ac/com.counterfoil.payables/admin")
    expect(page.locator("iframe")).to_have_count(0)
    order = {"addonKey": "com.counterfoil.payables", "moduleKey": "admin", "variables": {}}
    token = context.request.post(f"{jira}/connect-host/context-token", data=order).json()["token"]
    answer = context.request.post(
        f"{app}/connect/view", data={"route": "connections", "form": None}, headers={"Authorization": f"JWT {token}"}
    )
    assert answer.status == 403
    assert "administrator" in answer.json()["html"]
    assert "SAMLTD" not in answer.text()
    context.close()


def test_9_the_audit_trail_is_checked_and_leaves_as_a_file_and_tampering_shows(
    systems: Systems, ada: Page, pictures: Path
) -> None:
    """Through Jira's sandboxed frame and its real bridge."""
    ada.goto(f"{systems.addresses['jira']}/plugins/servlet/ac/com.counterfoil.payables/admin")
    page = app_frame(ada)
    page.get_by_role("link", name="Audit").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Whole", exact=True)).to_be_visible(timeout=WORK_SECONDS)
    page.locator("summary").first.click()
    ada.screenshot(path=pictures / "audit.png", full_page=True)
    with ada.expect_download() as saved:
        page.get_by_role("button", name="Export as CSV").click()
    lines = Path(saved.value.path()).read_text("utf-8-sig").splitlines()
    assert len([line for line in lines if "sage300_jira invoices" in line]) >= 40
    users = requests.get(f"{systems.addresses['jira']}/__mock__/state?type=users", timeout=30).json()["users"]
    somebody = next(each["account_id"] for each in users if each["name"] == "Ada Admin")
    database = Database.from_settings(Settings.from_environment(systems.environment()))
    with database.writing_every_site() as session:
        invoices = session.scalars(select(Stream.id).where(Stream.name == "invoices")).one()
        third = Counterfoil.stream_id == invoices, Counterfoil.sequence == 3
        session.execute(update(Counterfoil).where(*third).values(actor=somebody))
    database.dispose()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("The chain is broken in 1 place").first).to_be_visible(timeout=WORK_SECONDS)
    page.get_by_label("Who").select_option(label="Ada Admin")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("cell", name="Ada Admin")).to_have_count(1)
    ada.screenshot(path=pictures / "audit-broken.png", full_page=True)
