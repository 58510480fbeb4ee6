"""What the pages about rules, statuses and actions offer is read by workers, from Jira and from Sage 300."""

from __future__ import annotations

import re

from sqlalchemy import select

from plugin.integrations import choosing
from plugin.jobs import tasks
from plugin.store.models import Snapshot, Stream
from tests.integrations.office import Office


def options(html: str, name: str) -> dict[str, str]:
    """Value by label of a drop-down."""
    found = re.search(rf'<select id="{name}".*?</select>', html, re.DOTALL)
    assert found, name
    return {label: value for value, label in re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', found[0])}


def test_statuses_and_links_are_those_of_the_workflow(running: Office) -> None:
    where = f"integration={running.integration}"
    running.ada.act(f"statuses/open?{where}")
    page = running.ada.look(f"statuses?{where}").html
    statuses = options(page, "status-0")
    assert {"To Do", "In Progress", "Done"} <= statuses.keys() or len(statuses) > 2
    assert any("purchase order" in sentence and "invoice" in sentence for sentence in options(page, "link"))


def test_a_rule_offers_what_its_project_has(running: Office) -> None:
    where = f"integration={running.integration}"
    running.ada.act(f"rule/open?{where}")
    page = running.ada.look(f"rule?{where}").html
    assert len(options(page, "priority")) > 1
    assert "This project has none." in page or 'name="component-' in page


def test_people_are_found_by_the_beginning_of_their_name(running: Office) -> None:
    where = f"integration={running.integration}"
    form = {"name": "", "project": "", "assignee": "", "person": "a", "labels": "", "priority": ""}
    project = re.search(r"of=(\d+)", running.ada.look(f"rule/look?{where}", form).html)
    assert project
    running.app.work()
    offered = options(running.ada.look(f"rule/area?{where}&of={project[1]}").html, "assignee")
    assert any(label.casefold().startswith("a") and value for label, value in offered.items())


def test_banks_are_those_of_the_company(running: Office) -> None:
    subject = choosing.banks_of(running.connection)
    tasks.read_choices(running.site_id, subject)
    with running.rows() as session:
        snapshot = session.scalars(select(Snapshot).where(Snapshot.subject == subject)).one()
    assert snapshot.trouble is None
    assert all(bank["id"] and bank["name"] for bank in snapshot.body["choices"])
    assert snapshot.body["choices"]


def test_a_reading_that_jira_refuses_is_told_on_the_page(running: Office) -> None:
    where = f"integration={running.integration}"
    running.jira.fault("status", path="/statuses", status=403, times=9)
    running.ada.act(f"statuses/open?{where}")
    assert "could not be asked for all of it" in running.ada.look(f"statuses?{where}").words


def test_approving_and_paying_are_switched_on_from_the_page(running: Office) -> None:
    where = f"integration={running.integration}"
    running.ada.act(f"actions/open?{where}")
    page = running.ada.look(f"actions?{where}").html
    bank = next(value for value in options(page, "pay-bank").values() if value)
    status = next(value for value in options(page, "pay-status").values() if value)
    form = {"pay-groups": "treasury", "pay-bank": bank, "pay-status": status, "pay-four_eyes": "on"}
    asked = running.ada.look(f"actions/save?{where}", form)
    confirmed = re.search(r'data-route="(actions/save[^"]*confirmed=[^"]*)"', asked.html)
    assert confirmed
    running.ada.act(confirmed[1].replace("&amp;", "&"), form)
    with running.rows() as session:
        stream = session.scalars(select(Stream).where(Stream.name == "actions")).one()
    assert stream.active
    assert stream.settings["pay"]["bank"] == bank
