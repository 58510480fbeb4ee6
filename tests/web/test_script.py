"""The pages' script in a real browser, with a stand-in for Jira's bridge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Response, redirect, request
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as AnyResponse

from plugin.settings import Settings
from plugin.sites.connect.qsh import query_hash
from plugin.store.models import Connection, LedgerEntry, Message, Notice, Run
from tests.web.papers import allow, finish_action, keep_posted

pytestmark = pytest.mark.browser

BRIDGE = """
const issue = new URLSearchParams(location.search).get("issueId") ?? "";
window.flags = [];
window.AP = {
  context: { getToken: (take) => fetch(`/stand-in/token?issue=${issue}`).then((r) => r.text()).then(take) },
  flag: { create: (flag) => window.flags.push(flag) },
  resize() {},
  request: async (url) => {
    const accounts = new URLSearchParams(url.split("?")[1]).getAll("accountId");
    return { body: JSON.stringify({ values: accounts.map((accountId) => ({ accountId, displayName: "Ada Admin" })) }) };
  },
};
"""


@pytest.fixture
def served(tmp_path: Path, house_builder: Any) -> Iterator[Any]:
    """The house behind a real port; `served.url(page)` opens a page as Jira's frame would."""
    server = make_server("127.0.0.1", 0, lambda environ, start: house.app(environ, start), threaded=True)
    base = f"http://127.0.0.1:{server.port}"
    house = house_builder(
        Settings.from_environment(
            {
                "COUNTERFOIL_DATA": str(tmp_path),
                "COUNTERFOIL_BASE_URL": base,
                "COUNTERFOIL_CONNECT_SCRIPT": f"{base}/stand-in/all.js",
            }
        )
    )
    _stand_in(house)
    house.base = base
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield house
    server.shutdown()
    thread.join()
    house.parts.database.dispose()


def _stand_in(house: Any) -> None:
    @house.app.get("/stand-in/all.js")  # type: ignore[untyped-decorator]
    def bridge() -> Response:
        return Response(BRIDGE, mimetype="text/javascript")

    @house.app.get("/stand-in/token")  # type: ignore[untyped-decorator]
    def token() -> str:
        issue = request.args.get("issue")
        context = {"jira": {"issue": {"id": issue}} if issue else {}}
        return str(house.token(qsh="context-qsh", sub="admin", context=context))

    @house.app.get("/stand-in/open/<page>")  # type: ignore[untyped-decorator]
    def opened(page: str) -> AnyResponse:
        query = request.query_string.decode()
        claims = {"qsh": query_hash("GET", f"/connect/{page}", query), "sub": "admin", "context": {}}
        return redirect(f"/connect/{page}?{query}{'&' if query else ''}jwt={house.token(**claims)}")


def open_page(page: Page, served: Any, path: str) -> list[str]:
    """Opens a page; what the browser complains about is collected in the answer."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{served.base}/stand-in/open/{path}")
    return complaints


def test_the_token_leaves_the_address_and_times_read_as_the_reader_is_used_to(served: Any, browser_page: Page) -> None:
    served.entry(served.stream())
    complaints = open_page(browser_page, served, "panel?issueId=10041")
    expect(browser_page.locator("time[data-format=ago]")).to_have_text("2 minutes ago")
    assert "jwt" not in browser_page.url
    assert complaints == []


def test_a_connection_is_entered_corrected_tested_and_its_password_survives(served: Any, browser_page: Page) -> None:
    complaints = open_page(browser_page, served, "admin")
    browser_page.get_by_role("link", name="Connect Sage 300").click()
    expect(browser_page.get_by_role("heading", level=1)).to_be_focused()
    browser_page.get_by_label("Web API address").fill("sage.example")
    browser_page.get_by_label("Company").fill("SAMLTD")
    browser_page.get_by_label("User").fill("COUNTERFOIL")
    browser_page.get_by_label("Password").fill("secret")
    browser_page.get_by_role("button", name="Save and test connection").click()
    address = browser_page.get_by_label("Web API address")
    expect(address).to_be_focused()
    expect(browser_page.get_by_text("with https:// in front")).to_be_visible()
    expect(browser_page.get_by_label("Password")).to_have_value("secret")
    address.fill("https://sage.example/Sage300WebApi")
    browser_page.get_by_role("button", name="Save and test connection").click()
    expect(browser_page.get_by_text("Testing the connection…")).to_be_visible()
    served.change(Connection, state="ok", findings={"facts": ["672 vendors."], "warnings": []})
    expect(browser_page.get_by_text("672 vendors.")).to_be_visible()
    expect(browser_page.locator("#announcer")).to_have_text("Sage 300 (SAMLTD) is connected")
    assert complaints == []


def test_notices_stay_unfolded_while_the_page_goes_on_and_a_secret_is_shown_once(
    served: Any, browser_page: Page
) -> None:
    stream = served.stream()
    served.run(stream, state="running", finished_at=None)
    for number in (1, 2):
        sentence = f"Number {number} stands still."
        served.add(
            Notice(subject=f"stream:{number}", code="stale", sentence=sentence, remedy="Look.", raised_at=served.now)
        )
    complaints = open_page(browser_page, served, "admin")
    browser_page.locator("#all-notices-head").focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_text("Number 2 stands still.")).to_be_visible()
    served.change(Run, read=7)
    expect(browser_page.get_by_text("7 read")).to_be_visible()
    expect(browser_page.get_by_text("Number 2 stands still.")).to_be_visible()
    expect(browser_page.locator("#all-notices-head")).to_be_focused()
    browser_page.get_by_role("link", name="Notices").click()
    browser_page.locator("#webhook-head").click()
    browser_page.get_by_label("Web address").fill("https://hooks.example/one")
    browser_page.get_by_label("Signing secret").fill("a-secret-of-my-own")
    browser_page.get_by_role("button", name="Add webhook").click()
    expect(browser_page.get_by_role("button", name="Send a test to https://hooks.example/one")).to_be_visible()
    browser_page.locator("#webhook-head").click()
    expect(browser_page.get_by_label("Signing secret")).to_have_value("")
    browser_page.get_by_label("Web address").fill("https://hooks.example/two")
    browser_page.get_by_role("button", name="Add webhook").click()
    expect(browser_page.locator("#secret-once")).to_be_visible()
    browser_page.get_by_role("button", name="Send a test to https://hooks.example/two").click()
    expect(browser_page.get_by_text("Sending the test…")).to_be_visible()
    expect(browser_page.locator("#secret-once")).to_have_count(0)
    served.change(Message, state="sent", next_try_at=None)
    expect(browser_page.get_by_text("Sending the test…")).to_have_count(0)
    assert complaints == []


def test_a_verdict_follows_the_choice_and_the_focus_stays(served: Any, browser_page: Page, jira_field: Any) -> None:
    served.fields(jira_field("customfield_1", "Vendor"), jira_field("customfield_2", "Day", "datepicker"))
    integration = served.integration(mapping={})
    open_page(browser_page, served, "admin")
    browser_page.get_by_role("link", name="Map fields").click()
    amount = browser_page.get_by_label("Amount", exact=True)
    amount.focus()
    amount.select_option(label="Day · Date")
    expect(browser_page.locator("#verdict-amount")).to_contain_text("cannot hold an amount")
    expect(amount).to_be_focused()
    browser_page.get_by_role("button", name="Save").click()
    expect(browser_page.get_by_text("Nothing was saved yet")).to_be_visible()
    expect(amount).to_have_value("customfield_2")
    assert served.main().mapping == {}
    assert integration


def test_back_leads_to_the_page_before(served: Any, browser_page: Page) -> None:
    served.stream()
    open_page(browser_page, served, "admin")
    browser_page.get_by_role("link", name="Activity").click()
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Activity")
    browser_page.go_back()
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Counterfoil")


def test_progress_moves_by_itself_until_the_run_has_ended(served: Any, browser_page: Page) -> None:
    stream = served.stream()
    served.run(stream, state="running", finished_at=None, expected=100, read=10)
    open_page(browser_page, served, "admin")
    expect(browser_page.get_by_text("10 of 100 read")).to_be_visible()
    served.change(Run, read=60)
    expect(browser_page.get_by_text("60 of 100 read")).to_be_visible()
    served.change(Run, state="done", finished_at=served.now, read=100)
    expect(browser_page.get_by_role("button", name="Sync now")).to_be_visible()
    expect(browser_page.locator("progress")).to_have_count(0)


def test_what_was_typed_stays_when_the_server_cannot_be_reached(served: Any, browser_page: Page) -> None:
    open_page(browser_page, served, "admin")
    browser_page.get_by_role("link", name="Connect Sage 300").click()
    browser_page.get_by_label("Company").fill("SAMLTD")
    browser_page.route("**/connect/view", lambda route: route.abort())
    browser_page.get_by_role("button", name="Save and test connection").click()
    expect(browser_page.locator("#lost")).to_contain_text("What you typed is still here")
    expect(browser_page.get_by_label("Company")).to_have_value("SAMLTD")
    assert browser_page.evaluate("window.flags.length") == 1


def test_a_found_export_is_saved_as_a_file_by_keyboard_and_the_focus_stays(served: Any, browser_page: Page) -> None:
    served.counterfoil(served.stream(), 1, "retried", actor="712020:ada")
    complaints = open_page(browser_page, served, "admin")
    browser_page.get_by_role("link", name="Audit").click()
    expect(browser_page.get_by_role("cell", name="Ada Admin")).to_be_visible()
    expect(browser_page.get_by_label("Who")).to_contain_text("Ada Admin")
    expect(browser_page.get_by_text("Read from")).to_have_count(0)
    button = browser_page.get_by_role("button", name="Export as CSV")
    button.focus()
    with browser_page.expect_download() as saved:
        browser_page.keyboard.press("Enter")
    assert saved.value.suggested_filename.endswith(".csv")
    content = Path(saved.value.path()).read_text("utf-8-sig")
    assert "712020:ada" in content
    assert content[-1] == "\n"
    expect(browser_page.locator("#announcer")).to_contain_text("was saved")
    expect(button).to_be_focused()
    assert "jwt" not in browser_page.url
    assert complaints == []


def test_an_export_that_fails_or_breaks_off_is_told_in_words_and_nothing_is_saved(
    served: Any, browser_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = served.stream()
    for number in range(1, 4):
        served.counterfoil(stream, number, "created")
    open_page(browser_page, served, "admin")
    browser_page.get_by_role("link", name="Audit").click()
    saved: list[Any] = []
    browser_page.on("download", lambda download: saved.append(download))
    button = browser_page.get_by_role("button", name="Export as JSON Lines")
    expect(button).to_be_visible()
    served.people.administrators.clear()
    button.click()
    expect(browser_page.locator("#lost")).to_contain_text("administrator")
    served.people.administrators.add("admin")
    monkeypatch.setattr("plugin.sync.audit_search.PORTION", 1)
    monkeypatch.setattr("plugin.sync.audit_export._object", lambda row, _: {"n": 1 / (3 - row.sequence)})
    button.click()
    expect(browser_page.locator("#lost")).to_contain_text("broke off and was not saved")
    expect(button).to_be_visible()
    assert saved == []


def test_an_entry_opens_and_days_are_those_of_the_readers_zone(served: Any, chromium: Browser) -> None:
    served.counterfoil(served.stream(), 1, "created", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    context = chromium.new_context(timezone_id="Asia/Tokyo", locale="en-GB")
    page = context.new_page()
    open_page(page, served, "admin")
    page.get_by_role("link", name="Audit").click()
    expect(page.get_by_text("Days begin and end in Asia/Tokyo.")).to_be_visible()
    page.get_by_text("Read from Sage 300").click()
    expect(page.get_by_text("sage300:SAMLTD:S26051:invoice:CACP534")).to_be_visible()
    for day, found in (("2026-03-01", 0), ("2026-03-02", 1)):
        page.get_by_label("From").fill(day)
        page.get_by_label("To").fill(day)
        page.get_by_role("button", name="Search").click()
        expect(page.locator("details")).to_have_count(found)
    page.go_back()
    expect(page.get_by_text("No entry is like that")).to_be_visible()
    context.close()


def test_refresh_on_the_panel_ends_when_the_document_was_read(served: Any, browser_page: Page) -> None:
    served.entry(served.stream())
    open_page(browser_page, served, "panel?issueId=10041")
    browser_page.get_by_role("button", name="Refresh").click()
    expect(browser_page.get_by_text("Asking Sage 300…")).to_be_visible()
    served.change(LedgerEntry, read_at=datetime.now(UTC))
    expect(browser_page.get_by_role("button", name="Refresh", exact=True)).to_be_enabled()
    assert served.queue.asked[0][0] == "refresh_document"


def test_a_payment_is_asked_for_confirmed_and_followed_by_keyboard(served: Any, browser_page: Page) -> None:
    served.entry(served.stream())
    keep_posted(served)
    allow(served, pay={"users": ["admin"]})
    complaints = open_page(browser_page, served, "panel?issueId=10041")
    browser_page.get_by_role("link", name="Pay GBP 12,109.00…").focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("heading", level=1)).to_be_focused()
    browser_page.keyboard.press("Tab")
    expect(browser_page.get_by_role("button", name="Pay GBP 12,109.00")).to_be_focused()
    assert served.queue.asked == [], "nothing is done before it is confirmed"
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_text("Payment asked for")).to_be_visible()
    expect(browser_page.get_by_role("main")).to_be_focused()
    finish_action(served, "pay", "Paid. It is posted (payment batch 83).")
    expect(browser_page.get_by_text("Paid. It is posted (payment batch 83).")).to_be_visible()
    expect(browser_page.locator("#announcer")).to_have_text("Paid")
    assert complaints == []
