"""Rules, their test, what takes part, and a field with a text of its own: by mouse and keyboard in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.processes import Systems

pytestmark = pytest.mark.browser

WORK_SECONDS = 60_000


@pytest.fixture(scope="module")
def ada(systems: Systems, chromium: Browser) -> Iterator[Page]:
    """The administrator's browser, on the overview of an integration that is running."""
    administrator = Administrator(systems.addresses["jira"], systems.addresses["app"])
    administrator.install()
    sage300 = f"{systems.addresses['sage300']}/Sage300WebApi"
    connection = administrator.connect_sage300(sage300, "SAMLTD", "counterfoil", "rehearsal")
    integration = administrator.choose_place(connection, "Accounts payable", "Invoice")
    administrator.map_as_suggested(integration)
    administrator.start(integration, 5)
    context = chromium.new_context(
        viewport={"width": 1360, "height": 1000}, locale="en-GB", timezone_id="Europe/London"
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{systems.addresses['jira']}/plugins/servlet/upm")
    page.get_by_role("link", name="Configure").click()
    expect(frame(page).get_by_text("documents in step").first).to_be_visible(timeout=WORK_SECONDS)
    yield page
    context.close()
    assert said == [], "the browser's console complains"


def frame(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[id^="com.counterfoil.payables__"]')


def picture(ada: Page, folder: Path, name: str) -> None:
    """In light and in dark, and light again."""
    switch = ada.get_by_role("button", name="Switch between light and dark")
    body = frame(ada).locator("body")
    light = body.evaluate("body => getComputedStyle(body).backgroundColor")
    ada.screenshot(path=folder / f"{name}.png", full_page=True)
    switch.click()
    expect(body).not_to_have_css("background-color", light)
    ada.screenshot(path=folder / f"{name}-dark.png", full_page=True)
    switch.click()
    expect(body).to_have_css("background-color", light)


def test_1_a_rule_is_made_while_the_page_says_what_it_means(ada: Page, pictures: Path) -> None:
    page = frame(ada)
    page.get_by_role("link", name="Rules").first.click()
    page.get_by_role("button", name="Add the first rule").click()
    page.get_by_label("Name", exact=True).fill("Large ones")
    page.get_by_label("What is compared").first.select_option(label="Amount")
    page.get_by_label("How it is compared").first.select_option(label="is at least")
    page.get_by_label("Values").first.fill("1,000")
    page.get_by_role("button", name="Add a condition").click()
    expect(page.get_by_text("Amount is at least 1,000.00 in the document’s own currency")).to_be_visible()
    page.get_by_label("What is compared").nth(1).select_option(label="Optional field…")
    expect(page.get_by_label("Which").nth(1)).to_be_visible()
    page.get_by_label("What is compared").nth(1).select_option(label="Vendor group")
    expect(page.get_by_label("Which").nth(1)).to_be_hidden()
    page.get_by_label("How it is compared").nth(1).select_option(label="is not")
    page.get_by_label("Labels").fill("large")
    page.get_by_label("Beginning of a name").fill("a")
    page.get_by_role("button", name="Find people").click()
    expect(page.get_by_text("found for “a”").first).to_be_visible(timeout=WORK_SECONDS)
    expect(page.get_by_label("Labels")).to_have_value("large")
    page.get_by_label("Assignee").select_option(index=1)
    expect(page.get_by_label("Priority").locator("option")).not_to_have_count(1, timeout=WORK_SECONDS)
    picture(ada, pictures, "rule")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_text("labels: large")).to_be_visible()


def test_2_rules_are_moved_by_keyboard_and_the_focus_follows(ada: Page, pictures: Path) -> None:
    page = frame(ada)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Name", exact=True).fill("The rest")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_text("Every document")).to_be_visible()
    up = page.get_by_role("button", name="Move The rest up")
    up.focus()
    ada.keyboard.press("Enter")
    expect(page.get_by_text("1 rule is never tried").first).to_be_visible()
    expect(up).to_be_focused()
    picture(ada, pictures, "rules")
    up.focus()
    ada.keyboard.press("Tab")
    ada.keyboard.press("Enter")
    expect(page.get_by_text("never tried")).to_have_count(0)
    expect(page.get_by_role("button", name="Move The rest down")).to_be_focused()


def test_3_the_test_shows_which_rule_a_document_meets(ada: Page, pictures: Path) -> None:
    page = frame(ada)
    page.get_by_role("link", name="Test", exact=True).click()
    page.get_by_label("One of the latest").select_option(index=1)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("table")).to_be_visible()
    picture(ada, pictures, "routing-test")


def test_4_what_takes_part_is_chosen(ada: Page, pictures: Path) -> None:
    page = frame(ada)
    page.get_by_role("link", name="What takes part").click()
    page.get_by_label("Minimum amount").fill("much")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“much” is no amount")).to_be_visible()
    expect(page.get_by_label("Minimum amount")).to_be_focused()
    page.get_by_label("Minimum amount").fill("100")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is no amount")).to_have_count(0)
    expect(page.get_by_label("Minimum amount")).to_have_value("100")
    picture(ada, pictures, "selection")


def test_5_statuses_are_read_and_chosen(ada: Page, pictures: Path) -> None:
    page = frame(ada)
    page.get_by_role("link", name="Status and links").click()
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_label("Posted", exact=True)).to_be_visible(timeout=WORK_SECONDS)
    page.get_by_label("Posted", exact=True).select_option(index=1)
    page.get_by_role("button", name="Save", exact=True).click()
    picture(ada, pictures, "statuses")


def test_6_a_text_is_judged_while_it_is_typed(ada: Page, pictures: Path) -> None:
    page = frame(ada)
    page.get_by_role("link", name="Mapping").click()
    page.get_by_label("Text", exact=True).first.fill("{vendor_name} / {number")
    page.get_by_label("Jira field", exact=True).first.select_option(label="Labels · Labels")
    expect(page.get_by_text("is not closed by }")).to_be_visible()
    page.get_by_label("Text", exact=True).first.fill("{vendor_name} / {number}")
    page.get_by_label("If Terms is empty").fill("none")
    expect(page.get_by_text("for the sample.")).to_be_visible()
    picture(ada, pictures, "mapping-texts")
