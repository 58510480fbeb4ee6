"""A system that is left alone: the pages say which, since when, why, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from plugin.store.models import AppPause, Circuit, Connection, Stream
from plugin.sync.circuit_gauge import OpenCircuits
from plugin.sync.circuits import of_connection

DOWN = {
    "kind": "transient",
    "code": "http.refused",
    "tried": "Sage 300 was asked for AP/APInvoiceBatches.",
    "got": "sage.example refused the connection.",
    "remedy": "Check that the web server there is running.",
}
REFUSED = {**DOWN, "kind": "configuration", "got": "Sage 300 refused the user or the password."}
QUOTA = {**DOWN, "kind": "throttled", "got": "Jira asked us to slow down: the hourly quota is used up."}


def left_alone(house: Any, subject: str, trouble: dict[str, str] = DOWN, **values: Any) -> None:
    begun = {"opened_at": house.now - timedelta(minutes=6), "next_try_at": house.now + timedelta(minutes=2, seconds=5)}
    house.add(Circuit(**{"subject": subject, "failures": 3, "trouble": trouble, **begun, **values}))


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (DOWN, "Sage 300 (SAMLTD) has not answered since"),
        (REFUSED, "Sage 300 (SAMLTD) has turned Counterfoil away since"),
        (QUOTA, "Sage 300 (SAMLTD) has asked Counterfoil to wait since"),
    ],
)
@pytest.mark.parametrize("route", ["overview", "connection"])
def test_why_a_connection_is_left_alone_is_told_with_the_next_try(
    house: Any, route: str, trouble: dict[str, str], said: str
) -> None:
    connection = house.connection()
    house.stream(integration_id=house.integration(connection), trouble=trouble)
    left_alone(house, of_connection(connection), trouble)
    html = house.html(route if route == "overview" else f"connection?id={connection}")
    assert said in html
    assert trouble["got"] in html
    assert trouble["remedy"] in html
    assert "Next try" in html
    assert "in 2 min" in html
    assert f'data-route="system/try?connection={connection}"' in html
    assert html.count('class="banner') == 1 or route == "connection", "its streams do not say the same once more"


def test_the_list_of_connections_says_which_are_left_alone(house: Any) -> None:
    healthy, broken = house.connection(company="ONE"), house.connection(company="TWO")
    left_alone(house, of_connection(broken))
    html = house.html("connections")
    assert html.count("has not answered since") == 1
    assert html.index(f"connection?id={healthy}") < html.index("has not answered since")


def test_a_stream_that_waits_for_a_system_is_marked_so_though_nothing_is_wrong_with_itself(house: Any) -> None:
    stream = house.stream()
    house.run(stream)
    assert "Waiting" not in house.html("overview")
    left_alone(house, "jira")
    html = house.html("overview")
    assert "Jira has not answered since" in html
    assert '<span class="lozenge warn">Waiting</span>' in html


def test_a_setting_to_be_mended_is_told_beside_it(house: Any) -> None:
    mapping = {**DOWN, "kind": "configuration", "code": "jira.mapping-broken", "got": "The field Amount is gone."}
    house.stream(trouble=mapping)
    left_alone(house, "jira")
    html = house.html("overview")
    assert "Jira has not answered since" in html
    assert "The field Amount is gone." in html


def test_try_now_sends_one_stream_at_once(house: Any) -> None:
    connection = house.connection()
    streams = [house.stream(integration_id=house.integration(connection)) for _ in range(2)]
    left_alone(house, of_connection(connection))
    answer = house.ask(f"system/try?connection={connection}", {})
    assert answer.json["redirect"].startswith("overview?asked=")
    assert house.queue.asked == [("run_stream", house.site_id, streams[0])]
    assert house.row(Circuit).next_try_at <= house.now + timedelta(seconds=60)
    begun = [row for row in house.rows(Stream) if row.started_at]
    assert all(row.due_at < house.now + timedelta(seconds=60) for row in begun)


def test_sync_now_tries_what_is_left_alone(house: Any) -> None:
    stream = house.stream()
    left_alone(house, "jira")
    house.ask(f"stream/sync?stream={stream}", {})
    assert house.queue.asked == [("run_stream", house.site_id, stream)]
    assert house.row(Circuit).next_try_at <= house.now + timedelta(seconds=60)


@pytest.mark.parametrize("route", ["stream/sync", "stream/resume"])
def test_nobody_can_hurry_what_all_sites_wait_for(house: Any, route: str) -> None:
    stream = house.stream()
    with house.parts.database.writing_every_site() as session:
        session.add(AppPause(system="jira", until=house.now + timedelta(minutes=30), trouble=QUOTA))
    html = house.html("overview")
    assert "Jira lets Counterfoil call no site for now" in html
    assert "It goes on" in html
    assert "in 30 min" in html
    assert "system/try" not in html
    answer = house.ask(f"{route}?stream={stream}", {})
    assert house.queue.asked == []
    assert "begins by itself" in answer.json["flag"]["body"]


def test_a_pause_that_is_over_is_not_told(house: Any) -> None:
    house.stream()
    with house.parts.database.writing_every_site() as session:
        session.add(AppPause(system="jira", until=house.now - timedelta(seconds=1), trouble=QUOTA))
    assert "call no site" not in house.html("overview")


def test_only_an_administrator_may_hurry(house: Any) -> None:
    house.stream()
    assert house.ask("system/try", {}, account="someone").status_code == 403


def test_a_removed_connection_takes_its_circuit_along(house: Any) -> None:
    connection = house.connection()
    left_alone(house, of_connection(connection))
    house.ask(f"connection/remove?id={connection}", {})
    assert house.rows(Circuit) == []


FORM = {"address": "https://sage.example/Sage300WebApi", "company": "SAMLTD", "user": "COUNTERFOIL", "concurrency": "4"}


def test_requests_a_minute_are_stored_shown_and_taken_away_again(house: Any) -> None:
    connection = house.connection()
    house.ask(f"connection/save?id={connection}", {**FORM, "password": "", "calls_per_minute": "120"})
    with house.parts.database.reading(house.site_id) as session:
        assert session.get(Connection, connection).settings["calls_per_minute"] == 120
    assert 'name="calls_per_minute" type="number" value="120"' in house.html(f"connection?id={connection}")
    house.ask(f"connection/save?id={connection}", {**FORM, "password": "", "calls_per_minute": ""})
    assert 'name="calls_per_minute" type="number" value=""' in house.html(f"connection?id={connection}")


@pytest.mark.parametrize("typed", ["9", "20000", "many"])
def test_a_pace_that_makes_no_sense_is_told_at_its_field(house: Any, typed: str) -> None:
    html = house.html("connection/save", {**FORM, "password": "x", "calls_per_minute": typed})
    assert "Enter a whole number between 10 and 10,000, or nothing." in html
    assert f'value="{typed}"' in html


def test_open_circuits_are_a_metric_by_system(house: Any) -> None:
    connection = house.connection()
    house.connection()
    registry = CollectorRegistry()
    registry.register(OpenCircuits(house.parts.database))
    assert 'counterfoil_open_circuits{system="sage300"} 0.0' in generate_latest(registry).decode()
    left_alone(house, of_connection(connection))
    left_alone(house, "jira", opened_at=None, failures=2)
    with house.parts.database.writing_every_site() as session:
        session.add(AppPause(system="jira", until=house.now + timedelta(minutes=30), trouble=QUOTA))
    told = generate_latest(registry).decode()
    assert 'counterfoil_open_circuits{system="sage300"} 1.0' in told
    assert 'counterfoil_open_circuits{system="jira"} 0.0' in told, "a failure or two have not opened it"
    assert 'counterfoil_app_paused{system="jira"} 1.0' in told
    assert 'counterfoil_app_paused{system="sage300"} 0.0' in told
