"""Which site may frame which answer, and what a page may load."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from plugin.sites.outcomes import CountedOutcomes


def policy(reply: Any) -> dict[str, list[str]]:
    parts = reply.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, *sources in (part.split(" ") for part in parts)}


def test_a_page_may_be_framed_by_the_site_it_was_proven_for_and_by_no_other(
    installed_acme: Any, installed_zenith: Any
) -> None:
    acme = policy(installed_acme.client.get(installed_acme.panel_url()))
    zenith = policy(installed_zenith.client.get(installed_zenith.panel_url()))
    assert acme["frame-ancestors"] == ["https://acme.atlassian.net"]
    assert zenith["frame-ancestors"] == ["https://zenith.atlassian.net", "https://support.zenith.example"]


@pytest.mark.parametrize("url", ["/connect/panel", "/connect/panel?xdm_e=https://evil.example", "/nowhere"])
def test_an_unproven_request_names_atlassians_sites_only(installed_acme: Any, url: str) -> None:
    found = policy(installed_acme.client.get(url))
    assert found["frame-ancestors"] == ["https://*.atlassian.net", "https://*.jira.com"]


def test_the_address_in_xdm_e_never_frames_a_page_even_when_it_is_signed(installed_acme: Any) -> None:
    reply = installed_acme.client.get(installed_acme.panel_url("issueId=1&xdm_e=https://evil.example"))
    assert policy(reply)["frame-ancestors"] == ["https://acme.atlassian.net"]


def test_one_answers_framing_does_not_leak_into_the_next(installed_acme: Any) -> None:
    installed_acme.client.get(installed_acme.panel_url())
    found = policy(installed_acme.client.get("/nowhere"))
    assert "https://acme.atlassian.net" not in found["frame-ancestors"]


def test_scripts_come_from_us_and_from_the_connect_script_only(installed_acme: Any, parts: Any) -> None:
    found = policy(installed_acme.client.get(installed_acme.panel_url()))
    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == ["'self'", "https://connect-cdn.atl-paas.net"]
    assert found["style-src"] == ["'self'", "https://connect-cdn.atl-paas.net"]
    parts.change_settings(connect_script_url="https://jira.example:8443/atlassian-connect/all.js?x=1")
    found = policy(installed_acme.client.get(installed_acme.panel_url()))
    assert found["script-src"] == ["'self'", "https://jira.example:8443"]
    assert found["style-src"] == ["'self'", "https://connect-cdn.atl-paas.net", "https://jira.example:8443"]


def test_every_answer_has_the_other_security_headers(installed_acme: Any) -> None:
    for url in (installed_acme.panel_url(), "/connect/panel", "/nowhere", "/atlassian-connect.json"):
        headers = installed_acme.client.get(url).headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "X-Frame-Options" not in headers


def test_outcomes_are_counted_by_route_and_reason(installed_acme: Any, parts: Any) -> None:
    registry = CollectorRegistry()
    parts.outcomes = CountedOutcomes(registry)
    installed_acme.client.get(installed_acme.panel_url())
    installed_acme.client.get("/connect/panel")
    shown = generate_latest(registry).decode()
    assert 'counterfoil_door_requests_total{outcome="accepted",route="panel"} 1.0' in shown
    assert 'counterfoil_door_requests_total{outcome="no-token",route="panel"} 1.0' in shown
