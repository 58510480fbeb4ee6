"""Who sees what: rights are proven before a view is called, and looking never writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.store.models import Connection, Site
from plugin.web.routes import Right, Routes, action, page
from plugin.web.views import routes

ADMINISTRATORS = [route.name for route in routes() if route.right is Right.ADMINISTRATOR]
OF_THE_ISSUE = [route.name for route in routes() if route.right is Right.ISSUE]
WRITING = [route.name for route in routes() if route.writes]


@pytest.mark.parametrize("route", ADMINISTRATORS)
def test_an_ordinary_person_is_told_who_may_see_administrators_pages(house: Any, route: str) -> None:
    connection = house.connection()
    answer = house.ask(f"{route}?id={connection}&connection={connection}", {}, account="somebody")
    assert answer.status_code == 403
    assert "administrator" in answer.json["html"].lower()
    assert house.queue.asked == []


@pytest.mark.parametrize("route", OF_THE_ISSUE)
def test_an_issue_that_jira_hides_from_the_reader_stays_hidden(house: Any, route: str) -> None:
    house.entry(house.stream(), target_id="666")
    answer = house.ask(route, {}, issue="666")
    assert answer.status_code == 403
    assert "AHR" not in answer.json["html"]
    assert house.queue.asked == []


def test_the_panel_is_refused_without_an_issue(house: Any) -> None:
    assert house.ask("panel").status_code == 403


def test_the_issue_comes_from_the_token_and_not_from_the_route(house: Any) -> None:
    house.entry(house.stream(), target_id="666")
    assert "stands for no invoice" in house.html("panel?issueId=666&issue_id=666", issue="10041")


@pytest.mark.parametrize("route", WRITING)
def test_what_writes_cannot_be_opened_by_looking(house: Any, route: str) -> None:
    house.stream()
    answer = house.ask(f"{route}?id=1&stream=1&integration=1&connection=1", None, issue="10041")
    assert answer.status_code == 400
    assert house.queue.asked == []
    assert house.main().active


def test_before_a_change_jira_is_asked_anew_whether_the_person_may(house: Any) -> None:
    house.stream()
    house.ask("overview")
    house.ask("stream/pause?stream=1", {})
    assert house.people.asked_afresh == [False, True]


def test_a_page_without_a_token_is_not_shown(house: Any) -> None:
    house.connection()
    assert house.client.get("/connect/admin").status_code == 401
    answer = house.client.post("/connect/view", json={"route": "overview", "form": None})
    assert answer.status_code == 401
    assert "SAMLTD" not in answer.text


def test_a_page_token_does_not_serve_for_what_the_script_asks(house: Any) -> None:
    token = house.token(qsh="0" * 64, sub="admin", context={})
    answer = house.client.post(
        "/connect/view", json={"route": "overview", "form": None}, headers={"Authorization": f"JWT {token}"}
    )
    assert answer.status_code == 401


def test_rows_of_another_site_are_not_there(house: Any) -> None:
    own = house.site_id
    house.site_id = _another_site(house)
    foreign = house.stream()
    house.site_id = own
    assert house.ask("connection?id=1").status_code == 404
    assert house.ask(f"stream/pause?stream={foreign}", {}).status_code == 404
    assert "SAMLTD" not in house.html("connections")
    assert house.rows(Connection) == []


@pytest.mark.parametrize(
    "route", ["nothing", "connection?id=999", "connection?id=x", "mapping", "mapping?integration=-1"]
)
def test_what_is_not_there_is_said_so(house: Any, route: str) -> None:
    answer = house.ask(route)
    assert answer.status_code == 404
    assert "nothing here" in answer.json["html"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        ["x"],
        "x",
        {},
        {"route": ""},
        {"route": 7},
        {"route": "x" * 5000},
        {"route": "overview", "form": []},
        {"route": "overview", "form": {"a": 1}},
        {"route": "overview", "extra": 1},
    ],
)
def test_a_request_out_of_shape_gets_a_sentence(house: Any, body: Any) -> None:
    headers = {"Authorization": f"JWT {house.token(qsh='context-qsh', sub='admin', context={})}"}
    answer = house.client.post("/connect/view", json=body, headers=headers)
    assert answer.status_code == 400
    assert "Reload the page" in answer.json["html"]


def test_a_defect_gives_a_reference_and_no_trace(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.web.standing.of_site", lambda *_: 1 / 0)
    answer = house.ask("overview")
    assert answer.status_code == 500
    assert "reference" in answer.json["html"]
    assert "division" not in answer.text
    assert "Traceback" not in answer.text


def test_a_view_without_a_declared_right_cannot_be_registered() -> None:
    view = next(iter(routes())).view
    with pytest.raises(TypeError):
        page("open", view, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="same name"):
        Routes(page("a", view, Right.ISSUE), action("a", view, Right.ISSUE))


def test_the_first_page_holds_its_fragment_and_no_script_of_its_own(house: Any) -> None:
    answer = house.open("/connect/admin")
    assert answer.status_code == 200
    assert "Connect Sage 300" in answer.text
    assert 'data-options="resize:true;margin:false"' in answer.text
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert "jwt" not in answer.text.lower()


def test_files_are_served_under_an_address_that_changes_with_them(house: Any) -> None:
    text = house.open("/connect/admin").text
    address = next(part for part in text.split('"') if "counterfoil.js" in part)
    answer = house.client.get(address.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


def _another_site(house: Any) -> int:
    with house.parts.database.writing_every_site() as session:
        address = "https://other.atlassian.net"
        site = Site(name="other", base_url=address, display_url=address, created_at=datetime.now(UTC))
        session.add(site)
        session.flush()
        return int(site.id)
