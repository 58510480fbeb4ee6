"""Connecting Sage 300: the form, the test, and the password that is never shown."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from plugin.integrations.connections import credentials_place
from plugin.store.models import Connection

FORM = {
    "address": "https://sage.example/Sage300WebApi/",
    "company": "samltd",
    "user": "COUNTERFOIL",
    "password": " canary-password-7Q ",
    "certificate": "",
    "concurrency": "4",
    "batch_link": "",
}


def opened(house: Any) -> dict[str, str]:
    connection = house.row(Connection)
    place = credentials_place(house.site_id, connection.id)
    credentials: dict[str, str] = json.loads(house.parts.seal.open(connection.credentials, place))
    return credentials


def test_a_new_connection_is_saved_sealed_and_tested(house: Any) -> None:
    answer = house.ask("connection/save", FORM).json
    connection = house.row(Connection)
    assert connection.base_url == "https://sage.example/Sage300WebApi"
    assert (connection.company, connection.name, connection.state) == ("SAMLTD", "Sage 300 (SAMLTD)", "checking")
    assert opened(house) == {"user": "COUNTERFOIL", "password": " canary-password-7Q "}
    assert "canary" not in connection.credentials
    assert house.queue.asked == [("check_connection", house.site_id, connection.id)]
    assert answer["redirect"].startswith(f"connection?id={connection.id}&asked=")


def test_the_address_of_a_resource_is_cut_to_that_of_the_web_api(house: Any) -> None:
    house.ask("connection/save", {**FORM, "address": "https://sage.example/Sage300WebApi/v1.0/-/SAMLTD/AP/APVendors"})
    assert house.row(Connection).base_url == "https://sage.example/Sage300WebApi"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("address", "", "Fill this in."),
        ("address", "sage.example/Sage300WebApi", "with https:// in front"),
        ("address", "ftp://sage.example", "with https:// in front"),
        ("address", "https://u:p@sage.example/x", "fields of their own"),
        ("address", "https://sage.example/x?y=1", "from the ? or #"),
        ("address", "https://sage.example:port/", "not a web address"),
        ("address", "https://[", "not a web address"),
        ("company", "", "Fill this in."),
        ("company", "SAM LTD; DROP", "letters and digits only"),
        ("user", " ", "Fill this in."),
        ("user", "A:B", "no colon"),
        ("password", "x" * 201, "At most 200"),
        ("concurrency", "many", "whole number"),
        ("concurrency", "99", "Between 1 and 8"),
        ("certificate", "not one", "PEM"),
        ("batch_link", "javascript:alert(1)//{batch}", "with https:// in front"),
        ("batch_link", "https://sage.example/", "{batch}"),
    ],
)
def test_a_wrong_entry_is_told_at_its_field_and_nothing_typed_is_lost(
    house: Any, field: str, value: str, sentence: str
) -> None:
    html = house.html("connection/save", {**FORM, field: value})
    assert sentence in html.replace("&#39;", "'")
    assert f'id="{field}-wrong"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="COUNTERFOIL"' in html or field == "user"
    assert "canary" not in html
    assert house.rows(Connection) == []
    assert house.queue.asked == []


def test_a_field_that_the_form_does_not_have_is_refused(house: Any) -> None:
    html = house.html("connection/save", {**FORM, "site_id": "2"})
    assert "does not belong to this form" in html
    assert house.rows(Connection) == []


def test_a_stored_password_is_kept_when_left_blank_and_never_shown(house: Any) -> None:
    connection = house.connection()
    html = house.html(f"connection?id={connection}")
    assert 'value="COUNTERFOIL"' in html
    assert "canary" not in html
    house.ask(f"connection/save?id={connection}", {**FORM, "password": "", "company": "samltd2"})
    assert house.row(Connection).company == "SAMLTD2"
    assert opened(house)["password"] == "canary-password-7Q"


def test_a_stored_password_is_not_sent_to_another_server(house: Any) -> None:
    connection = house.connection()
    form = {**FORM, "password": "", "address": "https://evil.example/Sage300WebApi"}
    assert "address has changed" in house.html(f"connection/save?id={connection}", form)
    assert house.row(Connection).base_url == "https://sage.example/Sage300WebApi"
    assert house.queue.asked == []


def test_another_user_needs_a_password_of_their_own(house: Any) -> None:
    connection = house.connection()
    html = house.html(f"connection/save?id={connection}", {**FORM, "password": "", "user": "OTHER"})
    assert "password of this user" in html


def test_a_connection_being_tested_is_asked_about_again(house: Any) -> None:
    connection = house.connection(state="checking")
    asked = int(house.now.timestamp())
    html = house.html(f"connection/result?id={connection}&asked={asked}")
    assert "Testing the connection" in html
    assert f'data-route="connection/result?id={connection}&amp;asked={asked}"' in html


def test_a_test_without_an_answer_names_the_worker(house: Any) -> None:
    connection = house.connection(state="checking")
    asked = int((house.now - timedelta(minutes=5)).timestamp())
    html = house.html(f"connection/result?id={connection}&asked={asked}")
    assert "whether a worker is running" in html


def test_a_failed_test_tells_cause_and_remedy_and_stops_asking(house: Any) -> None:
    cause = {
        "kind": "configuration",
        "code": "sage300.windows-auth",
        "tried": "Signing in to Sage 300.",
        "got": "Sage 300 refused the user ACME_API: 401 as an HTML page with a Negotiate challenge.",
        "remedy": "Turn Windows Authentication off and Anonymous on.",
    }
    connection = house.connection(state="trouble", trouble=cause)
    for route in (f"connection/result?id={connection}", "overview", "connections"):
        html = house.html(route)
        assert "Negotiate challenge" in html
        assert "Turn Windows Authentication off" in html
        assert "data-poll" not in html


def test_a_passed_test_tells_facts_and_warnings_and_leads_on(house: Any) -> None:
    findings = {"facts": ["Company SAMLTD has 672 vendors."], "warnings": ["The user is ADMIN. Make another."]}
    connection = house.connection(findings=findings)
    html = house.html(f"connection?id={connection}")
    assert "672 vendors" in html
    assert "The user is ADMIN" in html
    assert f'data-route="target/open?connection={connection}"' in html


def test_a_test_can_be_asked_for_again(house: Any) -> None:
    connection = house.connection()
    assert house.ask(f"connection/test?id={connection}", {}).json["redirect"].startswith("connection?id=")
    assert house.row(Connection).state == "checking"
    assert house.queue.asked == [("check_connection", house.site_id, connection)]


def test_without_connections_the_page_says_how_to_begin(house: Any) -> None:
    assert "Connect Sage 300" in house.html("connections")


def test_a_connection_is_removed_only_while_nothing_uses_it(house: Any) -> None:
    connection = house.connection()
    integration = house.integration(connection)
    assert house.ask(f"connection/remove?id={connection}", {}).status_code == 404
    assert integration
    other = house.connection(company="OTHER", name="Sage 300 (OTHER)")
    house.ask(f"connection/remove?id={other}", {})
    assert [row.id for row in house.rows(Connection)] == [connection]
