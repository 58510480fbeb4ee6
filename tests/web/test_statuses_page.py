"""Where issues go when their documents move on, and how they are linked."""

from __future__ import annotations

from typing import Any

from tests.web.routed import STATUSES, Routed, routed

__all__ = ["routed"]

BLOCKS = {"id": "10000", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}
RELATES = {"id": "10003", "name": "Relates", "outward": "relates to", "inward": "relates to"}


def offered(routed: Routed) -> None:
    routed.offer("statuses:10000:10005", *STATUSES)
    routed.offer("link-types", BLOCKS, RELATES)


def save(routed: Routed, **typed: str) -> Any:
    form = {"status-0": "", "status-1": "", "status-2": "", "link": ""}
    return routed.house.ask(f"statuses/save?{routed.where}", {**form, **typed}).json


def test_opening_the_page_reads_what_can_be_chosen_once(routed: Routed) -> None:
    route = routed.house.ask(f"statuses/open?{routed.where}", {}).json["redirect"]
    site = routed.house.site_id
    assert routed.house.queue.asked == [
        ("read_choices", site, "statuses:10000:10005"),
        ("read_choices", site, "link-types"),
    ]
    assert "can be moved and linked…" in routed.house.html(route)


def test_what_was_read_lately_is_not_read_again_unless_it_is_asked_for(routed: Routed) -> None:
    offered(routed)
    routed.house.ask(f"statuses/open?{routed.where}", {})
    assert routed.house.queue.asked == []
    routed.house.ask(f"statuses/read?{routed.where}", {})
    assert len(routed.house.queue.asked) == 2


def test_each_state_can_have_a_status(routed: Routed) -> None:
    offered(routed)
    assert "Leave the issue where it is" in routed.house.html(f"statuses?{routed.where}")
    answer = save(routed, **{"status-1": "3", "status-2": "5"})
    assert answer["redirect"], answer["html"]
    chosen = {"Posted": {"id": "3", "name": "Approved"}, "Paid": {"id": "5", "name": "To pay"}}
    assert routed.stream().settings["statuses"] == chosen
    assert routed.stream().mapping_version == 2
    save(routed, **{"status-1": "3", "status-2": "5"})
    assert routed.stream().mapping_version == 2


def test_a_status_that_has_left_the_workflow_can_be_kept_but_not_chosen_anew(routed: Routed) -> None:
    offered(routed)
    routed.settle(statuses={"Paid": {"id": "66", "name": "Gone"}})
    assert ">Gone</option>" in routed.house.html(f"statuses?{routed.where}")
    assert save(routed, **{"status-2": "66"})["redirect"]
    assert "not a status of this workflow" in save(routed, **{"status-1": "66"})["html"]


def test_a_link_is_chosen_as_a_sentence_in_either_direction(routed: Routed) -> None:
    offered(routed)
    html = routed.house.html(f"statuses?{routed.where}")
    assert "Blocks: the invoice blocks the invoice" in html
    assert html.count("Relates: ") == 1
    save(routed, link="10000:last")
    assert routed.stream().settings["link_type"] == {"id": "10000", "order_first": False}
    assert '<option value="10000:last" selected>' in routed.house.html(f"statuses?{routed.where}")
    assert "This link type is gone" in save(routed, link="666:first")["html"]
    save(routed)
    assert routed.stream().settings["link_type"] is None


def test_a_reading_that_failed_says_why(routed: Routed, trouble: Any) -> None:
    cause = trouble("jira.forbidden", "configuration", got="Jira refused.", remedy="Allow it.")
    routed.offer("statuses:10000:10005", body={}, trouble=cause)
    html = routed.house.html(f"statuses?{routed.where}")
    assert "Jira refused." in html
    assert "Allow it." in html
