"""Where a new issue is made, what it is born with, and how it follows what its document goes through."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from plugin.store.models import Stream
from plugin.sync import following
from plugin.sync.following import Followed
from scripts.rehearsal.administrator import SetUpFailed
from tests.integrations.office import Office
from tests.integrations.purchasing import issue_about, linked_to, order, set_up_stream, stop_waiting

Json = dict[str, Any]
BULK = r"/issue/bulk$"
FINANCE = {"project_id": "10001", "project_key": "FIN", "project_name": "Finance"}
INVOICE = {"issue_type_id": "10001", "issue_type_name": "Invoice"}


def decide(office: Office, name: str = "invoices", **settings: Any) -> None:
    """An administrator has decided this about a stream."""
    stream = office.stream(name)
    with office.app.database.writing(office.site_id) as session:
        changed = {**stream.settings, **settings}
        more = {"settings": changed, "mapping_version": stream.mapping_version + 1}
        session.execute(update(Stream).where(Stream.id == stream.id).values(**more))


def rule(on: str, *values: str, how: str = "is", **then: Any) -> Json:
    when = [{"on": on, "how": how, "values": list(values)}] if values else []
    return {"name": f"By {on}", "when": when, "then": then}


def chosen(id_: str, name: str) -> Json:
    return {"id": id_, "name": name}


def person(office: Office, name: str) -> Json:
    users = office.jira.mock.site.users.values()
    found = next(each for each in users if each.name.startswith(name))
    return chosen(found.account_id, found.name)


def open_finance(office: Office, *streams: str) -> None:
    """The second project takes what the first one does."""
    for stream in streams or ("invoices",):
        for field in office.stream(stream).mapping.values():
            office.jira.act("field", "show", field=field, screen=10000)


def test_the_first_rule_that_holds_says_where_an_issue_goes_and_what_it_is_born_with(vendor: Office) -> None:
    nora = person(vendor, "Nora")
    decide(
        vendor,
        rules=[
            rule("amount", "5000", how="at-least", labels=["large"]),
            rule("vendor", "1200", labels=["chloride"], priority=chosen("2", "High"), assignee=nora),
            rule("vendor", "1200", labels=["too-late"]),
        ],
    )
    vendor.invoice("BIG-1", amount="6000.00")
    vendor.invoice("SMALL-1", amount="20.00")
    vendor.poll()
    assert vendor.issue_of("BIG-1")["fields"]["Labels"] == "large"
    small = vendor.issue_of("SMALL-1")["fields"]
    assert small["Labels"] == "chloride"
    assert (small["Priority"], small["Assignee"]) == ("High", nora["name"])


def test_a_rule_can_send_issues_to_another_project(vendor: Office) -> None:
    open_finance(vendor)
    decide(vendor, rules=[rule("po_number", "FAC", how="starts-with", place={**FINANCE, **INVOICE})])
    vendor.invoice("FIN-1", po_number="FAC-7")
    vendor.invoice("AP-1", po_number="PO-7")
    vendor.poll()
    assert vendor.issue_of("FIN-1")["key"].startswith("FIN-")
    assert vendor.issue_of("AP-1")["key"].startswith("AP-")
    run = vendor.poll()
    assert (run.state, run.created, run.updated) == ("done", 0, 0)


def test_a_lost_reply_is_asked_about_in_every_project_that_rules_name(vendor: Office) -> None:
    open_finance(vendor)
    decide(vendor, rules=[rule("po_number", "FAC", how="starts-with", place={**FINANCE, **INVOICE})])
    vendor.jira.fault("lost_reply", "POST", BULK)
    vendor.invoice("FIN-1", po_number="FAC-7")
    vendor.invoice("AP-1", po_number="PO-7")
    vendor.poll()
    vendor.poll()
    assert vendor.issue_of("FIN-1")["key"].startswith("FIN-")
    assert vendor.issue_of("AP-1")["key"].startswith("AP-")


def test_an_assignee_who_has_left_keeps_no_issue_from_being_made(vendor: Office) -> None:
    nora = person(vendor, "Nora")
    decide(vendor, rules=[rule("vendor", "1200", labels=["chloride"], assignee=nora)])
    vendor.jira.act("user", "deactivate", email=vendor.jira.mock.site.users[nora["id"]].email)
    vendor.invoice("NEW-1")
    assert vendor.poll().failed == 0
    assert not vendor.issue_of("NEW-1")["fields"].get("Assignee")


def test_an_invoice_lands_with_the_team_that_has_its_order(vendor: Office) -> None:
    open_finance(vendor)
    set_up_stream(vendor, "orders")
    decide(vendor, rules=[rule("vendor", "nobody", place={**FINANCE, **INVOICE}), rule("", labels=["from-rule"])])
    order(vendor, "PO-1")
    vendor.poll("orders")
    ordered = issue_about(vendor, "purchase-order:PO-1")
    finn = person(vendor, "Finn")
    moved = vendor.jira.act("issue", "move", key=ordered["key"], project="FIN", **{"as": "Ada"})
    vendor.jira.act("issue", "assign", key=moved["key"], to="Finn", **{"as": "Ada"})
    vendor.invoice("INV-1", po_number="PO-1")
    stop_waiting(vendor)
    vendor.poll()
    issue = vendor.issue_of("INV-1")
    assert issue["key"].startswith("FIN-"), "where the order's issue is by now"
    assert (issue["fields"]["Assignee"], issue["fields"]["Labels"]) == (finn["name"], "from-rule")
    assert linked_to(vendor, issue) == {moved["key"]}


def test_an_issue_follows_what_its_document_goes_through_in_sage_300(vendor: Office) -> None:
    decide(vendor, statuses={"Posted": chosen("3", "In review")})
    entered = vendor.invoice("NEW-1")
    vendor.poll()
    key = vendor.issue_of("NEW-1")["key"]
    assert vendor.issue_of("NEW-1")["status"] == "Open"
    vendor.clerk("invoice_batch", "post", number=entered["batch"])
    vendor.poll()
    assert vendor.issue_of("NEW-1")["status"] == "In review"
    vendor.jira.act("issue", "transition", key=key, to="Approved")
    vendor.clerk("vendor", "edit", number="1200", name="Chloride Systems Ltd")
    decide(vendor, statuses={"Posted": chosen("3", "In review")})
    vendor.poll()
    assert vendor.issue_of("NEW-1")["status"] == "Approved", "what people do with it is theirs"


def test_a_status_that_the_workflow_does_not_lead_to_changes_nothing(vendor: Office) -> None:
    decide(vendor, statuses={"Open": chosen("10002", "Paid")})
    vendor.invoice("NEW-1")
    run = vendor.poll()
    assert (run.state, run.failed) == ("done", 0)
    assert vendor.issue_of("NEW-1")["status"] == "Open"
    assert vendor.poll().updated == 0


def test_a_default_stands_for_an_empty_value_and_a_text_over_several_attributes_fills_a_field(vendor: Office) -> None:
    vendor.jira.act("field", "create", name="Reference", type="textfield")
    vendor.jira.act("field", "show", field="Reference")
    vendor.ada.act(f"mapping/read?integration={vendor.integration}")
    field = vendor.field_id("Reference")
    kept = {"id": field, "name": "Reference", "type": "string", "searchable": True, "project_id": None}
    kept["custom_type"] = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
    decide(
        vendor,
        defaults={"po_number": "none"},
        templates=[{"field": field, "text": "{vendor_name} / {number}"}],
        mapped_fields=[*vendor.stream().settings["mapped_fields"], kept],
    )
    vendor.invoice("NEW-1")
    vendor.poll()
    fields = vendor.issue_of("NEW-1")["fields"]
    assert (fields["PO number"], fields["Reference"]) == ("none", "Chloride Systems / NEW-1")


def test_what_a_selection_leaves_out_has_no_issue_until_it_is_wanted(vendor: Office) -> None:
    decide(vendor, selection=[{"on": "amount", "how": "at-least", "values": ["50"]}])
    vendor.invoice("SMALL-1", amount="20.00")
    vendor.invoice("LARGE-1", amount="200.00")
    vendor.poll()
    assert vendor.entry_of("SMALL-1").state == "left-out"
    assert vendor.issue_of("LARGE-1")
    decide(vendor, selection=[])
    vendor.poll()
    assert vendor.issue_of("SMALL-1")


def test_a_rule_that_stays_in_the_orders_project_chooses_the_issue_type(vendor: Office) -> None:
    set_up_stream(vendor, "orders")
    for field in vendor.stream().mapping.values():
        vendor.jira.act("field", "show", field=field)
    own = {name: value for name, value in vendor.stream().settings.items() if name.startswith("project_")}
    receipt = {"issue_type_id": "10003", "issue_type_name": "Goods receipt"}
    decide(vendor, rules=[rule("vendor", "1200", place={**own, **receipt})])
    order(vendor, "PO-1")
    vendor.poll("orders")
    vendor.invoice("INV-1", po_number="PO-1")
    stop_waiting(vendor)
    vendor.poll()
    assert vendor.issue_of("INV-1")["issue_type"] == "Goods receipt"


def test_a_default_that_is_no_value_any_more_counts_as_none(vendor: Office) -> None:
    decide(vendor, defaults={"amount": "much", "po_number": "none"})
    vendor.invoice("NEW-1")
    assert vendor.poll().state == "done"
    assert vendor.issue_of("NEW-1")["fields"]["PO number"] == "none"


def test_a_stream_that_starts_later_does_not_go_through_what_happened_before(
    supplied: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Followed] = []
    follow = following.follow
    monkeypatch.setattr(following, "follow", lambda turn, each: looked.append(each) or follow(turn, each))
    order(supplied, "PO-1")
    set_up_stream(supplied, "orders")
    assert supplied.last_run("orders").created == 1
    assert looked == []
    supplied.invoice("INV-1", po_number="PO-1")
    supplied.sync()
    supplied.poll("orders")
    assert looked, "but what happens from now on"


PAGES = ("mapping", "mapping/area", "schedule", "rules", "statuses", "routing-test")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_needs_a_place_says_so_while_there_is_none(running: Office, page: str) -> None:
    with pytest.raises(SetUpFailed, match=r"404.*Choose first where its issues go"):
        running.ada.look(f"{page}?integration={running.integration}&stream=orders")


def test_a_stream_that_was_never_started_is_not_resumed(running: Office) -> None:
    with pytest.raises(SetUpFailed, match="404"):
        running.ada.act(f"stream/resume?stream={running.stream('orders').id}")
    assert not running.stream("orders").active
