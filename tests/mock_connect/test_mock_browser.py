"""The whole way in a real browser: install an app, see its panel, use the bridge, in light and dark."""

import json
from urllib.parse import urlsplit

import jwt
import pytest
from playwright.sync_api import Frame, Page, expect

from mock_servers.harness.server import serve
from mock_servers.jira.issues import Issue
from mock_servers.jira.mock import JiraMock

pytestmark = pytest.mark.browser


@pytest.fixture
def issue(jira: JiraMock) -> Issue:
    ada = next(iter(jira.site.users))
    fields = {"project": {"key": "AP"}, "issuetype": {"name": "Invoice"}, "summary": "Dell CACP534"}
    return jira.site.create_issue(ada, {"fields": fields})


@pytest.fixture
def page(browser_page: Page) -> Page:
    """A page whose console errors and page errors fail the test."""
    errors: list[str] = []
    browser_page.on("pageerror", lambda error: errors.append(str(error)))
    browser_page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield browser_page
    assert [error for error in errors if "404" not in error] == []


def app_frame(page: Page, path: str) -> Frame:
    """The iframe whose address holds `path`, once its script has had its first answers."""
    frame = page.wait_for_selector(f"iframe[src*='{path}']").content_frame()
    frame.wait_for_selector("#called-back")
    return frame


def told(frame: Frame, name: str) -> str:
    return frame.locator(f"#{name}").inner_text()


def test_an_app_is_installed_by_its_address_and_configured(page: Page, jira: JiraMock, tiny) -> None:
    page.goto(f"{jira.site.base_url}/plugins/servlet/upm")
    page.get_by_label("Address of the app's descriptor").fill(f"{tiny.url}/atlassian-connect.json")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Tiny Payables is installed")).to_be_visible()
    assert tiny.events() == ["installed", "enabled"]
    page.get_by_role("link", name="Configure").click()
    assert "Payables settings" in app_frame(page, "/admin").inner_text("h1")
    page.goto(f"{jira.site.base_url}/plugins/servlet/upm")
    page.get_by_role("button", name="Uninstall").click()
    expect(page.get_by_text("No app is installed")).to_be_visible()


def test_the_panel_learns_where_it_is_and_acts_as_the_reader(
    page: Page, jira: JiraMock, installed, issue: Issue
) -> None:
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    panel = app_frame(page, "/panel")
    ada = next(iter(jira.site.users))
    where = {"issue": {"id": issue.id, "key": issue.key}, "project": {"id": issue.project_id, "key": "AP"}}
    panel.wait_for_selector("#promised-token")
    claims = jwt.decode(told(panel, "token"), installed.secrets[0], algorithms=["HS256"])
    assert claims["qsh"] == "context-qsh"
    assert claims["sub"] == ada
    assert claims["context"] == {"jira": where}
    assert json.loads(told(panel, "context")) == {"jira": where}
    assert json.loads(told(panel, "user")) == {"atlassianAccountId": ada}
    assert json.loads(told(panel, "myself"))["accountId"] == ada
    assert told(panel, "called-back") == ada
    assert told(panel, "missing") == "404"


def test_flags_are_shown_as_text_and_their_actions_reach_the_app(
    page: Page, jira: JiraMock, installed, issue: Issue
) -> None:
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    panel = app_frame(page, "/panel")
    panel.click("#flag")
    flag = page.locator(".flag.success")
    expect(flag).to_contain_text("CACP534 <b>again</b>")
    flag.get_by_role("button", name="Open it").click()
    panel.wait_for_selector("#flag-action")
    flag.get_by_role("button", name="Dismiss").click()
    expect(flag).to_have_count(0)


def test_the_iframe_grows_with_its_content(page: Page, jira: JiraMock, installed, issue: Issue) -> None:
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    panel = app_frame(page, "/panel")
    before = page.locator("iframe").bounding_box()["height"]
    panel.click("#grow")
    page.wait_for_function("before => document.querySelector('iframe').offsetHeight > before + 400", arg=before)


def test_a_dialog_gets_its_data_and_closes_by_button_and_by_cross(
    page: Page, jira: JiraMock, installed, issue: Issue
) -> None:
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    panel = app_frame(page, "/panel")
    for way in ("Cancel", "Close"):
        panel.click("#dialog")
        dialog = page.get_by_role("dialog", name="Pay invoice")
        expect(dialog).to_be_visible()
        inside = app_frame(page, "amount=5")
        inside.wait_for_selector("#custom")
        assert json.loads(told(inside, "custom")) == {"amount": "5"}
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    expect(panel.locator("#dialog-closed")).to_have_count(2)


def test_the_theme_of_the_site_is_the_theme_of_the_app(page: Page, jira: JiraMock, installed, issue: Issue) -> None:
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    panel = app_frame(page, "/panel")
    colour = "() => getComputedStyle(document.body).backgroundColor"
    panel.wait_for_function(f"({colour})() === 'rgb(255, 255, 255)'")
    page.get_by_role("button", name="Switch between light and dark").click()
    panel.wait_for_function(f"({colour})() === 'rgb(29, 33, 37)'")
    page.reload()
    again = app_frame(page, "/panel")
    again.wait_for_function(f"({colour})() === 'rgb(29, 33, 37)'")
    assert page.evaluate(colour) == "rgb(29, 33, 37)"


def test_every_address_is_of_this_machine(page: Page, jira: JiraMock, installed, issue: Issue) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    app_frame(page, "/panel")
    assert asked == {"localhost", "127.0.0.1"}


def test_two_sites_keep_apart_and_one_is_seen_under_its_own_domain(
    page: Page, jira: JiraMock, tiny, issue: Issue
) -> None:
    jira.site.display_url = jira.site.base_url.replace("localhost", "jira.localhost")
    other = JiraMock(site_name="Second")
    with serve(other) as second:
        other.settle_address(f"http://localhost:{second.port}")
        page.goto(f"{other.site.base_url}/plugins/servlet/upm")
        page.get_by_role("button", name="Switch between light and dark").click()
        expect(page.locator("html")).to_have_attribute("data-color-mode", "dark")
        page.goto(f"{jira.site.base_url}/jira/projects")
        expect(page.locator("html")).to_have_attribute("data-color-mode", "light")
        page.goto(f"{jira.site.display_url}/plugins/servlet/upm")
        page.get_by_label("Address of the app's descriptor").fill(f"{tiny.url}/atlassian-connect.json")
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_text("is installed")).to_be_visible()
        assert tiny.received[0][1]["displayUrl"] == jira.site.display_url
        assert other.site.installed_apps == {}
        page.goto(f"{jira.site.display_url}/browse/{issue.key}")
        panel = app_frame(page, "/panel")
        assert "xdm_e=" + jira.site.display_url.replace(":", "%3A").replace("/", "%2F") in panel.url


def test_a_person_moves_an_issue_on_logs_work_comments_and_links(page: Page, jira: JiraMock, issue: Issue) -> None:
    ada = next(iter(jira.site.users))
    fields = {"project": {"key": "AP"}, "issuetype": {"name": "Purchase order"}, "summary": "Lamps"}
    order = jira.site.create_issue(ada, {"fields": fields})
    page.goto(f"{jira.site.base_url}/browse/{issue.key}")
    page.locator(".status-menu summary").click()
    page.get_by_role("button", name="Start review").click()
    expect(page.locator(".status-menu summary")).to_contain_text("In review")
    page.get_by_label("Add a comment").fill("Looks right")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".comments")).to_contain_text("Looks right")
    page.get_by_role("link", name="Work log").click()
    page.get_by_label("Time spent").fill("45m")
    page.get_by_role("button", name="Log work").click()
    expect(page.locator(".comments")).to_contain_text("logged 45m")
    page.get_by_text("Link an issue").click()
    page.get_by_label("How this issue is linked").select_option("relates to")
    page.get_by_label("Key of the other issue").fill(order.key)
    page.get_by_role("button", name="Link", exact=True).click()
    page.locator(".linked").get_by_role("link", name=order.key).click()
    expect(page.locator("h1")).to_have_text("Lamps")
    expect(page.locator(".linked")).to_contain_text(issue.key)
