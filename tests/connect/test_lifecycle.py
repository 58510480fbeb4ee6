"""Installing, switching and leaving, in every order in which Jira does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.sites.doors import open_jira
from plugin.store.models import Connection, Installation, Site
from plugin.store.sealing import Seal
from sage_adapters.errors import ConfigurationTrouble


def add_connection(parts: Any, site_id: int) -> None:
    with parts.database.writing(site_id) as session:
        session.add(Connection(site_id=site_id, system="sage300", name="Books", base_url="https://x", company="SAMLTD"))


def connections(parts: Any, site_id: int) -> int:
    with parts.database.reading(site_id) as session:
        return session.query(Connection).count()


def test_a_first_installation_makes_the_site_and_enabling_it_completes(acme: Any, parts: Any) -> None:
    acme.display_url = "https://Support.Acme.Example/"
    reply = acme.install(oauthClientId="oauth-1", installationId="ari:cloud:ecosystem::installation/1")
    assert reply.status_code == 204
    assert reply.data == b""
    installation, site = parts.stored(acme.client_key)
    assert (site.base_url, site.display_url) == ("https://acme.atlassian.net", "https://support.acme.example")
    assert site.name == "support.acme.example"
    assert (installation.state, installation.oauth_client_id) == ("installed", "oauth-1")
    assert installation.installation_ari == "ari:cloud:ecosystem::installation/1"
    assert acme.enable().status_code == 204
    assert parts.stored(acme.client_key)[0].state == "enabled"


def test_pages_work_between_installed_and_enabled(acme: Any) -> None:
    """An app that comes with Forge is never told `enabled`."""
    acme.install()
    assert acme.client.get(acme.panel_url()).status_code == 200


def test_a_site_without_display_url_is_shown_under_its_base_url(acme: Any, parts: Any) -> None:
    body = acme.body("installed")
    del body["displayUrl"]
    headers = {"Authorization": f"JWT {acme.lifecycle_token('installed')}"}
    assert acme.client.post("/connect/installed", json=body, headers=headers).status_code == 204
    assert parts.stored(acme.client_key)[1].display_url == "https://acme.atlassian.net"


def test_a_renamed_site_stays_enabled_under_its_new_address(installed_acme: Any, parts: Any) -> None:
    """A rename is told by `installed` alone."""
    installed_acme.base_url = installed_acme.display_url = "https://acme-group.atlassian.net"
    assert installed_acme.install().status_code == 204
    installation, site = parts.stored(installed_acme.client_key)
    assert (installation.state, site.base_url) == ("enabled", "https://acme-group.atlassian.net")
    assert open_jira(parts.database, parts.seal, parts.settings, site.id).base_url == site.base_url


def test_an_upgrade_with_a_new_secret_replaces_secret_and_address_together(installed_acme: Any, parts: Any) -> None:
    installed_acme.secret = "second-secret-" + "y" * 40
    installed_acme.base_url = "https://acme-two.atlassian.net"
    assert installed_acme.install().status_code == 204
    assert installed_acme.enable().status_code == 204
    assert installed_acme.client.get(installed_acme.panel_url()).json["base_url"] == "https://acme-two.atlassian.net"


def test_a_refused_upgrade_keeps_the_old_secret_and_address(installed_acme: Any, parts: Any) -> None:
    before = parts.everything_stored()
    assert installed_acme.install(sharedSecret="z" * 40, baseUrl="https://evil.example").status_code == 400
    assert parts.everything_stored() == before


def test_a_disabled_app_shows_no_pages_until_it_is_enabled_again(installed_acme: Any, parts: Any) -> None:
    assert installed_acme.disable().status_code == 204
    assert installed_acme.client.get(installed_acme.panel_url()).status_code == 401
    assert installed_acme.ask(installed_acme.context_token()).status_code == 401
    assert parts.outcomes.last == "site-off"
    assert installed_acme.install().status_code == 204
    assert parts.stored(installed_acme.client_key)[0].state == "disabled"
    assert installed_acme.enable().status_code == 204
    assert installed_acme.client.get(installed_acme.panel_url()).status_code == 200


def test_a_late_disabled_signed_before_the_new_installation_does_not_switch_it_off(
    installed_acme: Any, parts: Any
) -> None:
    late = installed_acme.site_token("disabled")
    installed_acme.secret = "second-secret-" + "y" * 40
    installed_acme.install()
    assert installed_acme.post("disabled", late).status_code == 401
    assert parts.stored(installed_acme.client_key)[0].state == "enabled"


def test_leaving_drops_the_secrets_at_once_and_the_data_in_thirty_days(installed_acme: Any, parts: Any) -> None:
    installed_acme.secret = "second-secret-" + "y" * 40
    installed_acme.install()
    assert installed_acme.uninstall().status_code == 204
    installation, site = parts.stored(installed_acme.client_key)
    assert installation.state == "uninstalled"
    assert installation.secret is installation.previous_secret is installation.previous_secret_until is None
    assert site.delete_after - site.left_at == timedelta(days=30)
    assert datetime.now(UTC) - site.left_at < timedelta(minutes=1)


def test_uninstalling_an_unknown_site_is_acknowledged(acme: Any, parts: Any) -> None:
    assert acme.uninstall().status_code == 204
    assert not any(parts.everything_stored())


def test_a_disabled_that_arrives_after_uninstalled_changes_nothing(installed_acme: Any, parts: Any) -> None:
    late = installed_acme.site_token("disabled")
    installed_acme.uninstall()
    before = parts.everything_stored()
    assert installed_acme.post("disabled", late).status_code == 401
    assert installed_acme.post("disabled", None).status_code == 204
    assert parts.everything_stored() == before


def test_a_site_that_comes_back_within_thirty_days_finds_its_data(installed_acme: Any, parts: Any) -> None:
    _, site = parts.stored(installed_acme.client_key)
    add_connection(parts, site.id)
    old_page = installed_acme.panel_url()
    installed_acme.uninstall()
    installed_acme.secret = "second-secret-" + "y" * 40
    assert installed_acme.install().status_code == 204
    installation, back = parts.stored(installed_acme.client_key)
    assert (back.id, back.left_at, back.delete_after, installation.state) == (site.id, None, None, "installed")
    assert connections(parts, site.id) == 1
    assert installed_acme.client.get(old_page).status_code == 401


def test_a_site_that_comes_back_later_begins_anew(installed_acme: Any, parts: Any) -> None:
    _, site = parts.stored(installed_acme.client_key)
    add_connection(parts, site.id)
    installed_acme.uninstall()
    with parts.database.writing_every_site() as session:
        session.get_one(Site, site.id).delete_after = datetime.now(UTC) - timedelta(seconds=1)
    assert installed_acme.install().status_code == 204
    installation, anew = parts.stored(installed_acme.client_key)
    assert installation.state == "installed"
    assert anew.left_at is None
    assert connections(parts, anew.id) == 0
    assert installed_acme.client.get(installed_acme.panel_url()).status_code == 200


def test_installing_again_heals_a_secret_whose_sealing_key_is_lost(installed_acme: Any, parts: Any) -> None:
    parts.seal = Seal({"k2": bytes(range(32))})
    installed_acme.secret = "second-secret-" + "y" * 40
    assert installed_acme.install().status_code == 204
    assert installed_acme.client.get(installed_acme.panel_url()).status_code == 200


def test_two_sites_are_installed_side_by_side(installed_acme: Any, installed_zenith: Any, parts: Any) -> None:
    seen = {site.client.get(site.panel_url()).json["site_id"] for site in (installed_acme, installed_zenith)}
    assert len(seen) == 2
    installed_acme.uninstall()
    assert installed_zenith.client.get(installed_zenith.panel_url()).status_code == 200
    with parts.database.reading_every_site() as session:
        assert session.query(Installation).count() == 2


@pytest.mark.parametrize(
    "changes",
    [{"sharedSecret": ""}, {"sharedSecret": "x" * 129}, {"clientKey": ["client-acme"]}, {"baseUrl": None}, {"key": 7}],
)
def test_a_body_that_cannot_be_read_names_the_field_and_stores_nothing(
    acme: Any, parts: Any, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert acme.install(**changes).status_code == 400
    assert parts.outcomes.last == "unreadable-body"
    assert not any(parts.everything_stored())


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": "key=com.counterfoil.payables", "content_type": "application/x-www-form-urlencoded"}, 400),
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "[]", "content_type": "application/json"}, 400),
        ({"json": {"filler": "x" * 70_000}}, 413),
    ],
)
def test_a_verified_message_with_a_strange_body_is_refused(
    acme: Any, parts: Any, options: dict[str, Any], status: int
) -> None:
    headers = {"Authorization": f"JWT {acme.lifecycle_token('installed')}"}
    assert acme.client.post("/connect/installed", headers=headers, **options).status_code == status
    assert not any(parts.everything_stored())


def test_an_app_below_a_path_is_installed_behind_a_proxy_that_removes_it(acme: Any, parts: Any) -> None:
    parts.change_settings(base_url="https://counterfoil.example/payables")
    token = acme.lifecycle_token("installed", aud=["https://counterfoil.example/payables"])
    assert acme.post("installed", token).status_code == 204


def test_workers_are_told_why_a_site_cannot_be_called(installed_acme: Any, parts: Any) -> None:
    _, site = parts.stored(installed_acme.client_key)
    installed_acme.disable()
    with pytest.raises(ConfigurationTrouble, match="The app is disabled on https") as disabled:
        open_jira(parts.database, parts.seal, parts.settings, site.id)
    assert disabled.value.code == "jira.app-disabled"
    installed_acme.uninstall()
    with pytest.raises(ConfigurationTrouble, match="Install the app there again") as gone:
        open_jira(parts.database, parts.seal, parts.settings, site.id)
    assert gone.value.code == "jira.app-uninstalled"
    with pytest.raises(ConfigurationTrouble):
        open_jira(parts.database, parts.seal, parts.settings, 4711)
