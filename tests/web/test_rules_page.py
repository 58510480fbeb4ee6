"""Rules of a stream: listed, made, changed, moved and deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.routed import PLACE, TEAM, Routed, routed

__all__ = ["routed"]


def rule(name: str, *when: dict[str, Any], **then: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"place": None, "assignee": None, "components": [], "labels": [], "priority": None}
    return {"name": name, "when": list(when), "then": {**nothing, **then}}


TRADE = {"on": "vendor_group", "how": "is", "values": ["TRADE", "UTIL"]}
LARGE = {"on": "amount", "how": "at-least", "values": ["10,000"]}


def names(routed: Routed) -> list[str]:
    return [each["name"] for each in routed.stream().settings.get("rules", [])]


def button(html: str, words: str) -> str:
    """The route of the button with this label."""
    found = re.search(rf'data-route="([^"]+)"[^>]* aria-label="{words}"', html)
    assert found, words
    return found[1].replace("&amp;", "&")


def form(name: str, *conditions: tuple[str, ...], **more: str) -> dict[str, str]:
    plain = {"project": "", "assignee": "", "person": "", "labels": "", "priority": ""}
    rows = {
        f"{part}-{number}": value
        for number, row in enumerate(conditions)
        for part, value in zip(("on", "with", "how", "values"), row, strict=True)
    }
    return {"name": name, **plain, **rows, **more}


def save(routed: Routed, typed: dict[str, str], position: int | None = None) -> Any:
    page = routed.house.html(f"rule?{routed.where}" + ("" if position is None else f"&rule={position}"))
    found = re.search(r'data-route="(rule/save[^"]+)"', page)
    assert found
    return routed.house.ask(found[1].replace("&amp;", "&"), typed).json


def test_without_rules_the_page_says_what_they_are_good_for(routed: Routed) -> None:
    html = routed.house.html(f"rules?{routed.where}")
    assert "No rules yet" in html
    assert "Add the first rule" in html


def test_rules_are_listed_in_order_and_in_words(routed: Routed) -> None:
    routed.settle(
        rules=[
            rule("Trade", TRADE, LARGE, place=TEAM, assignee={"id": "a:1", "name": "Ada"}, labels=["big"]),
            rule("The rest", priority={"id": "2", "name": "High"}),
        ]
    )
    html = routed.house.html(f"rules?{routed.where}")
    for words in (
        "Vendor group is one of TRADE, UTIL",
        "Amount is at least 10,000.00 in the document’s own currency",
        "Invoice in A team",
        "assigned to Ada",
        "labels: big",
        "Every document",
        "priority High",
    ):
        assert words in html
    assert html.index("Trade</b>") < html.index("The rest</b>")


def test_a_rule_behind_one_for_every_document_is_told_to_be_idle(routed: Routed) -> None:
    routed.settle(rules=[rule("All"), rule("Trade", TRADE)])
    assert "1 rule is never tried" in routed.house.html(f"rules?{routed.where}")
    routed.settle(rules=[rule("Trade", TRADE), rule("All")])
    assert "never tried" not in routed.house.html(f"rules?{routed.where}")


def test_a_broken_rule_is_shown_with_what_is_wrong_and_can_be_deleted(routed: Routed) -> None:
    routed.settle(rules=[rule("Odd", {"on": "colour", "how": "is", "values": ["red"]})])
    html = routed.house.html(f"rules?{routed.where}")
    assert "It cannot be used, and stops the stream." in html
    assert "“colour” is nothing that can be asked" in html
    routed.house.ask(button(html, "Delete Odd"), {})
    assert names(routed) == []


def test_a_rule_moves_up_and_down_and_keeps_its_buttons(routed: Routed) -> None:
    routed.settle(rules=[rule("A", TRADE), rule("B", TRADE), rule("C", TRADE)])
    html = routed.house.html(f"rules?{routed.where}")
    known = re.search(r'id="(up-\w+)"[^>]*aria-label="Move C up"', html)
    assert known
    routed.house.ask(button(html, "Move C up"), {})
    assert names(routed) == ["A", "C", "B"]
    after = routed.house.html(f"rules?{routed.where}")
    assert re.search(rf'id="{known[1]}"[^>]*aria-label="Move C up"', after), "the focus would be lost"
    routed.house.ask(button(after, "Move A up"), {})
    assert names(routed) == ["A", "C", "B"]
    routed.house.ask(button(after, "Move A down"), {})
    assert names(routed) == ["C", "A", "B"]


def test_rules_that_somebody_else_changed_meanwhile_are_left_alone(routed: Routed) -> None:
    routed.settle(rules=[rule("A", TRADE), rule("B", TRADE)])
    html = routed.house.html(f"rules?{routed.where}")
    routed.settle(rules=[rule("B", TRADE), rule("A", TRADE)])
    answer = routed.house.ask(button(html, "Delete A"), {}).json
    assert names(routed) == ["B", "A"]
    assert "have changed" in answer["flag"]["body"]


def test_opening_a_rule_reads_what_can_be_chosen(routed: Routed) -> None:
    route = routed.house.ask(f"rule/open?{routed.where}", {}).json["redirect"]
    asked = [each[2] for each in routed.house.queue.asked if each[0] == "read_choices"]
    assert asked == ["components:10000", "priorities"]
    html = routed.house.html(route)
    assert "Reading the components" in html
    assert "rule/area?" in html


def test_a_rule_is_made_from_what_is_typed(routed: Routed) -> None:
    routed.offer("components:10001", {"id": "7", "name": "Facilities"}, {"id": "8", "name": "IT"})
    routed.offer("priorities", {"id": "2", "name": "High"})
    routed.offer("people:10001", {"id": "712020:ada", "name": "Ada"})
    typed = form(
        " Utilities ",
        ("vendor_group", "", "is", "util, TRADE"),
        ("amount", "", "at-least", "10,000; 9,000 EUR"),
        ("optional", "dept", "is-not", ""),
        ("", "", "is", ""),
        project="10001",
        issue_type="10005",
        assignee="712020:ada",
        labels="big, finance",
        priority="2",
        **{"component-7": "on"},
    )
    answer = save(routed, typed)
    assert answer["redirect"] == f"rules?{routed.where}", answer["html"]
    assert routed.stream().settings["rules"] == [
        {
            "name": "Utilities",
            "when": [
                {"on": "vendor_group", "how": "is", "values": ["util", "TRADE"]},
                {"on": "amount", "how": "at-least", "values": ["10,000", "9,000 EUR"]},
                {"on": "optional:dept", "how": "is-not", "values": []},
            ],
            "then": {
                "place": TEAM,
                "assignee": {"id": "712020:ada", "name": "Ada"},
                "components": [{"id": "7", "name": "Facilities"}],
                "labels": ["big", "finance"],
                "priority": {"id": "2", "name": "High"},
            },
        }
    ]
    assert routed.stream().mapping_version == 1, "rules decide about new issues only"


def test_a_rule_that_is_opened_and_saved_stays_as_it_is(routed: Routed) -> None:
    stored = rule(
        "Trade",
        {"on": "vendor", "how": "is", "values": ["Acme, Inc.", 'The "Shop"', "1200"]},
        {"on": "segment:5-6", "how": "starts-with", "values": ["2"]},
        place={**PLACE, "project_id": "666", "project_key": "OLD", "project_name": "Gone"},
        assignee={"id": "a:1", "name": "Left"},
        components=[{"id": "99", "name": "Old part"}],
    )
    routed.settle(rules=[stored])
    html = routed.house.html(f"rule?{routed.where}&rule=0")
    inputs = dict(re.findall(r'<input[^>]*name="((?:name|with-\d|values-\d|labels))"[^>]*value="([^"]*)"', html))
    chosen = {
        name: value
        for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL)
        for value in re.findall(r'<option value="([^"]*)"[^>]* selected', options)
    }
    ticked = dict.fromkeys(re.findall(r'name="(component-\w+)" checked', html), "on")
    unquoted = {name: value.replace("&#34;", '"') for name, value in inputs.items()}
    answer = save(routed, {**unquoted, **chosen, **ticked}, position=0)
    assert answer["redirect"], answer["html"]
    assert routed.stream().settings["rules"] == [stored]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (form(""), "Give the rule a name"),
        (form("trade"), "Another rule has this name"),
        (form("x" * 81), "At most 80 characters"),
        (form("New", ("vendor", "", "starts-with", "")), "enter a value to compare with"),
        (form("New", ("amount", "", "at-least", "much")), "“much” is no amount"),
        (form("New", ("optional", "", "is", "1")), "Enter the name of the optional field"),
        (form("New", ("segment", "x", "is", "1")), "“x” is no segment"),
        (form("New", project="999"), "Choose a project from the list"),
        (form("New", project="10001"), "Choose an issue type of this project"),
        (form("New", assignee="712020:eve"), "no longer among the choices"),
        (form("New", **{"component-1": "on"}), "not one of this project"),
        (form("New", labels="x" * 256), "at most 255 characters"),
        (form("New", site="1"), "does not belong to this form"),
    ],
)
def test_what_makes_no_rule_is_told_at_its_entry(routed: Routed, typed: dict[str, str], sentence: str) -> None:
    routed.settle(rules=[rule("Trade", TRADE)])
    answer = save(routed, typed)
    assert sentence in answer["html"]
    assert "Nothing was saved" in answer["html"]
    assert names(routed) == ["Trade"]


def test_a_condition_is_told_in_words_while_it_is_typed(routed: Routed) -> None:
    typed = form("New", ("", "", "", ""), ("amount", "", "is", "100 eur"), ("vendor", "", "at-least", "1"))
    html = routed.house.html(f"rule/check?{routed.where}", typed)
    assert 'id="values-1-wrong">Amount is EUR 100.00<' in html
    assert "Vendor cannot be compared by “is at least”" in html
    assert 'id="ways-2"' in html
    assert names(routed) == []


def test_choosing_a_project_offers_its_issue_types_at_once(routed: Routed) -> None:
    html = routed.house.html(f"rule/check?{routed.where}", form("New", project="10001"))
    assert ">Invoice</option>" in html
    assert "not been read for this project" in html


def test_another_condition_finds_room_and_one_can_be_removed(routed: Routed) -> None:
    typed = form("New", ("vendor", "", "is", "1200"), ("amount", "", "at-least", "5"), labels="kept")
    more = routed.house.html(f"rule/more?{routed.where}", typed)
    assert 'name="on-3"' in more
    assert 'value="kept"' in more
    fewer = routed.house.html(f"rule/more?{routed.where}&without=0", typed)
    assert 'value="1200"' not in fewer
    assert 'name="values-0" value="5"' in fewer


def test_people_are_looked_for_by_a_worker(routed: Routed) -> None:
    html = routed.house.html(f"rule/look?{routed.where}", form("New", person="ad", labels="kept"))
    assert ("read_choices", routed.house.site_id, "people:10000") in routed.house.queue.asked
    assert "Looking for people" in html
    assert 'value="kept"' in html
    assert "Enter the beginning of a name" in routed.house.html(f"rule/look?{routed.where}", form("New"))


def test_people_who_were_found_can_be_chosen(routed: Routed) -> None:
    found = [{"id": "712020:ada", "name": "Ada"}]
    routed.offer("people:10000", body={"query": "ad", "choices": found})
    html = routed.house.html(f"rule/area?{routed.where}&of=10000")
    assert '<option value="712020:ada">Ada</option>' in html
    assert "1 person found for “ad”" in html


@pytest.mark.parametrize("route", ["rules", "rule", "routing-test", "statuses", "rule/check"])
def test_before_a_place_is_chosen_there_is_nothing_to_rule(routed: Routed, route: str) -> None:
    routed.unplace()
    answer = routed.house.ask(f"{route}?{routed.where}")
    assert answer.status_code == 404
    assert "Choose first where its issues go" in answer.json["html"]


def test_a_new_rule_goes_to_the_end(routed: Routed) -> None:
    routed.settle(rules=[rule("Trade", TRADE)])
    save(routed, form("Second", ("po_number", "", "starts-with", "IT")))
    assert names(routed) == ["Trade", "Second"]
