"""The forgeries that attack an app (contract jira-connect, section 8): genuine where they say so, forged elsewhere."""

import pytest

from mock_servers.jira.connect.forgeries import FORGERIES

HARMLESS_THERE = {
    "installed": {"none", "rs256"},
    "enabled": {"none", "hs256-with-secret", "missing-aud", "missing-kid", "other-aud", "aud-substring"},
}
"""Changes that leave a request as genuine as it was, because the event's token has no such part."""


@pytest.mark.parametrize("event", ["installed", "enabled"])
def test_a_careful_app_refuses_every_forgery_and_takes_the_genuine(installed, control, event: str) -> None:
    control("rotate", key="tiny.app")
    harmless = HARMLESS_THERE[event] | ({n for n in FORGERIES if n.startswith("kid")} if event == "enabled" else set())
    for name in FORGERIES:
        status = control("forge", key="tiny.app", event=event, forgery=name)["status"]
        if name == "none":
            assert status == 204
        elif name not in harmless:
            assert status == (404 if name == "ampersand-in-path" else 401), name
        if event == "installed" and status == 204:
            # A genuine `installed` changed the app's secret: bring host and app together again.
            control("rotate", key="tiny.app")


def test_every_forgery_gets_through_to_a_careless_app(installed, control) -> None:
    control("rotate", key="tiny.app")
    installed.careless = True
    for name in FORGERIES:
        told = control("forge", key="tiny.app", event="uninstalled", forgery=name)
        assert told["accepted"] or name == "ampersand-in-path", name


def test_a_page_can_be_forged_for_a_reader(jira, installed, control) -> None:
    told = control("forge", key="tiny.app", event="page", module_key="invoice", forgery="extra-parameter")
    assert "extra=1" in told["url"]
    assert told["status"] == 200


def test_an_unknown_forgery_is_named(installed, control) -> None:
    answer = control.ask("forge", key="tiny.app", event="installed", forgery="magic")
    assert answer.status_code == 400
    assert "self-signed" in answer.json()["error"]
