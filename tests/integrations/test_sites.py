"""Two Jira sites on one installation of the app, one of them under a domain of its own: they never meet. A site that
removes the app is left alone, and finds everything when it comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from plugin.jobs.queue import Queue
from plugin.store.models import Connection, Counterfoil, Installation, LedgerEntry, Run, Site
from scripts.rehearsal.administrator import ADDON, SetUpFailed
from tests.integrations.agreement import assert_in_step
from tests.integrations.office import Office, System
from tests.integrations.reader import Reader, words
from tests.integrations.running_app import App

CUSTOM_DOMAIN = "https://payables.acme.example"


@pytest.fixture
def two_sites(open_site: Callable[..., System], sage: System, start_app: Callable[..., App]) -> tuple[Office, Office]:
    """The second has a domain of its own and the server's other company."""
    first = open_site()
    second = open_site(site_name="Acme", display_url=CUSTOM_DOMAIN)
    app = start_app(first, second)
    offices = Office(app, first, sage), Office(app, second, sage, company="SAMINC")
    for office in offices:
        office.set_up()
    return offices


def test_each_site_gets_the_documents_of_its_own_company(two_sites: tuple[Office, Office]) -> None:
    first, second = two_sites
    for office in two_sites:
        assert_in_step(office)
    assert {entry.document_key for entry in first.entries()} & {
        entry.document_key for entry in second.entries()
    } == set()
    second.clerk("vendor", "enter", number="V1", name="Second Supply")
    since = first.jira.now
    second.invoice("ONLY-2", vendor="V1")
    first.poll()
    second.poll()
    assert second.issue_of("ONLY-2")
    assert not first.jira.journal("POST", "/rest/api/3/issue", since)
    for office in two_sites:
        assert_in_step(office)


def test_two_sites_may_show_the_same_company(
    open_site: Callable[..., System], sage: System, start_app: Callable[..., App]
) -> None:
    """The same documents, hence the same keys: each site has issues of its own for them."""
    sites = [open_site(), open_site(site_name="Acme", display_url=CUSTOM_DOMAIN)]
    app = start_app(*sites)
    offices = [Office(app, site, sage) for site in sites]
    for office in offices:
        office.set_up()
    number = offices[0].entries()[0].number
    offices[0].clerk("invoice", "edit", vendor="V00001", number=number, amount="1.23")
    offices[1].poll()
    assert offices[1].issue_of(number)["fields"]["Amount"] == 1.23
    assert offices[0].issue_of(number)["fields"]["Amount"] != 1.23
    offices[0].poll()
    for office in offices:
        assert_in_step(office)


def test_no_page_shows_or_changes_what_belongs_to_another_site(two_sites: tuple[Office, Office]) -> None:
    first, second = two_sites
    assert first.connection != second.connection
    assert first.integration != second.integration
    for page in ("overview", "connections", "activity"):
        assert "SAMLTD" in first.page(page)
        assert "SAMINC" not in first.page(page)
        assert "SAMLTD" not in second.page(page)
    foreign = [
        (f"connection?id={second.connection}", None),
        (f"mapping?integration={second.integration}", None),
        (f"schedule?integration={second.integration}", None),
        (f"connection/save?id={second.connection}", first.credentials()),
        (f"connection/remove?id={second.connection}", {}),
        (f"mapping/create?integration={second.integration}", {"vendor_name": "create"}),
        (f"stream/pause?stream={second.stream().id}", {}),
        (f"stream/sync?stream={second.stream().id}", {}),
        (f"failure/replay?entry={second.entries()[0].id}", {}),
    ]
    for route, form in foreign:
        with pytest.raises(SetUpFailed, match="answered 404"):
            first.ada.look(route, form)
    assert second.stream().active
    assert len(first.app.redis.keys("rq:job:*")) == 0, "nothing was put on the queue for them"
    with second.rows() as session:
        assert session.scalars(select(Connection)).one().company == "SAMINC"


def test_a_panel_shows_the_document_of_its_own_site(two_sites: tuple[Office, Office]) -> None:
    """Both sites have an issue AP-1 with the same id."""
    shown = [words(Reader(office, "Nora").open_panel("AP-1")) for office in two_sites]
    for office, panel, other in zip(two_sites, shown, reversed(shown), strict=True):
        issue = next(issue for issue in office.issues() if issue["key"] == "AP-1")
        assert issue["id"] == "10000"
        assert issue["fields"]["Vendor"] in panel
        assert f"in {office.company}" in panel
        assert f"in {office.company}" not in other


def test_a_token_of_one_site_opens_nothing_of_the_other(two_sites: tuple[Office, Office]) -> None:
    first, second = two_sites
    answer = Reader(second, "Nora").ask("AP-1", "panel", token=Reader(first, "Nora").token("AP-1"))
    assert f"in {first.company}" in words(answer), "the token says whose the panel is"
    assert f"in {second.company}" not in words(answer)


def test_the_pages_may_be_framed_by_the_address_and_the_domain_of_their_site_alone(
    two_sites: tuple[Office, Office],
) -> None:
    first, second = two_sites
    policies = [
        Reader(office, "Nora").open_panel("AP-1").headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
        for office in two_sites
    ]
    assert policies[0].split(";")[0].split() == [first.jira.url]
    assert policies[1].split(";")[0].split() == [second.jira.url, CUSTOM_DOMAIN]


def test_a_site_that_removes_the_app_is_left_alone_and_its_secrets_are_forgotten(
    two_sites: tuple[Office, Office],
) -> None:
    first, second = two_sites
    site_id, stream = first.site_id, first.stream()
    first.make_due()
    token = Reader(first, "Nora").token("AP-1")
    first.jira.act("app", "uninstall", key=ADDON)
    with first.app.database.reading(site_id) as session:
        installation = session.scalars(select(Installation)).one()
        site = session.get_one(Site, site_id)
    assert (installation.state, installation.secret, installation.previous_secret) == ("uninstalled", None, None)
    assert site.left_at is not None
    assert site.delete_after is not None
    sage, jira = first.sage.now, first.jira.now
    first.invoice("MISSED-1", vendor="V00001")
    with first.app.database.reading(site_id) as session:
        runs = session.scalars(select(func.count(Run.id))).one()
    first.app.poll()
    with first.app.database.reading(site_id) as session:
        assert session.scalars(select(func.count(Run.id))).one() == runs, "the schedule passes the site by"
    Queue(first.app.redis).run_stream(site_id, stream.id)  # a job that was on the queue already
    first.app.work()
    assert not first.sage.journal(since=sage)
    assert not first.jira.journal(path="/rest/", since=jira)
    old = requests.post(
        f"{first.app.url}/connect/view",
        json={"route": "panel", "form": None},
        headers={"Authorization": f"JWT {token}"},
        timeout=30,
    )
    assert old.status_code == 401
    assert second.poll().state == "done"
    assert_in_step(second)


def test_a_site_that_installs_the_app_again_finds_its_data_and_gets_no_issue_twice(
    two_sites: tuple[Office, Office],
) -> None:
    first, _ = two_sites
    before = {issue["id"]: issue["summary"] for issue in first.issues()}
    history = counterfoils(first)
    changed = first.entries()[0].number
    first.jira.act("app", "uninstall", key=ADDON)
    new = first.invoice("MISSED-1", vendor="V00001")["number"]
    first.clerk("invoice", "edit", vendor="V00001", number=changed, amount="1.23")
    first.install()
    assert "SAMLTD" in first.page("overview")
    run = first.poll()
    assert (run.state, run.created, run.updated) == ("done", 1, 1)
    after = {issue["id"]: issue["summary"] for issue in first.issues()}
    assert before.keys() < after.keys()
    assert len(after) == len(before) + 1
    assert first.issue_of(new)
    assert first.issue_of(changed)["fields"]["Amount"] == 1.23
    assert_in_step(first)
    assert counterfoils(first)[: len(history)] == history
    assert "Nothing" not in words(Reader(first, "Nora").open_panel("AP-1"))


def test_a_new_secret_from_jira_goes_on_without_a_break(two_sites: tuple[Office, Office]) -> None:
    first, _ = two_sites
    first.jira.act("app", "rotate", key=ADDON)
    first.invoice("AFTER-1", vendor="V00001")
    assert first.poll().created == 1
    assert_in_step(first)


def counterfoils(office: Office) -> list[tuple[Any, ...]]:
    with office.rows() as session:
        rows = session.execute(
            select(Counterfoil.sequence, Counterfoil.document_key, Counterfoil.hash)
            .join(LedgerEntry, LedgerEntry.document_key == Counterfoil.document_key)
            .order_by(Counterfoil.sequence)
        )
        return [tuple(row) for row in rows]
