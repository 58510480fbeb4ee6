"""The descriptor as it is served."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft4Validator

SCHEMA = (
    Path(__file__).parents[2].parent / "shared" / "contracts" / "data" / "jira" / "connect-descriptor-schema-2022.json"
)


@pytest.fixture
def descriptor(client: FlaskClient) -> dict[str, Any]:
    reply = client.get("/atlassian-connect.json")
    assert reply.status_code == 200
    assert reply.mimetype == "application/json"
    served: dict[str, Any] = reply.json
    return served


@pytest.mark.skipif(not SCHEMA.exists(), reason="the vendor's descriptor schema is not beside this repository")
def test_the_descriptor_satisfies_the_vendors_schema(descriptor: dict[str, Any]) -> None:
    """The saved schema is older than two of the migration flags."""
    for newer in ("signed-install", "context-qsh"):
        assert descriptor["apiMigrations"].pop(newer) is True
    schema = json.loads(SCHEMA.read_text())
    assert sorted(map(str, Draft4Validator(schema).iter_errors(descriptor))) == []
    assert set(descriptor) <= set(schema["properties"])
    assert set(descriptor["modules"]) <= set(schema["properties"]["modules"]["properties"])


def test_it_names_the_address_and_key_of_this_installation(client: FlaskClient, parts: Any) -> None:
    parts.change_settings(base_url="https://pay.example/app", app_key="com.example.rehearsal")
    served = client.get("/atlassian-connect.json").json
    assert (served["baseUrl"], served["key"]) == ("https://pay.example/app", "com.example.rehearsal")


def test_it_asks_for_signed_requests_and_for_no_more_than_it_needs(descriptor: dict[str, Any]) -> None:
    assert descriptor["authentication"] == {"type": "jwt"}
    assert descriptor["apiMigrations"] == {"gdpr": True, "signed-install": True, "context-qsh": True}
    assert descriptor["scopes"] == ["READ", "WRITE", "ADMIN"]
    assert len(descriptor["key"]) <= 64


def test_every_webhook_address_is_below_the_path_that_takes_them(descriptor: dict[str, Any]) -> None:
    hooks = descriptor["modules"]["webhooks"]
    assert {hook["url"] for hook in hooks} == {"/connect/webhooks/descriptor"}
    assert [hook["event"] for hook in hooks] == ["worklog_created", "worklog_updated", "worklog_deleted"]


def test_every_lifecycle_address_is_served_and_demands_a_token(client: FlaskClient, descriptor: dict[str, Any]) -> None:
    answers = {event: client.post(path, json={}).status_code for event, path in descriptor["lifecycle"].items()}
    assert answers == {"installed": 401, "enabled": 401, "disabled": 204, "uninstalled": 401}


def test_variables_fill_whole_query_values(descriptor: dict[str, Any]) -> None:
    panel = descriptor["modules"]["webPanels"][0]
    assert re.findall(r"[?&](\w+)=\{([\w.]+)\}(?=&|$)", panel["url"]) == [
        ("issueId", "issue.id"),
        ("issueKey", "issue.key"),
        ("projectId", "project.id"),
    ]


def test_module_keys_are_unique(descriptor: dict[str, Any]) -> None:
    modules = [
        module
        for kind, found in descriptor["modules"].items()
        for module in (found if isinstance(found, list) else [found])
        if kind != "webhooks"  # they are known by their event
    ]
    assert len({module["key"] for module in modules}) == len(modules)
