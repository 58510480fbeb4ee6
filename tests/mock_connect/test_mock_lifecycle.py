"""Installing, changing and removing an app (contract jira-connect, sections 2 and 9)."""

import jwt
import requests

from mock_servers.jira import connect
from mock_servers.jira.connect.qsh import query_string_hash
from mock_servers.jira.mock import JiraMock


def url(tiny) -> str:
    return f"{tiny.url}/atlassian-connect.json"


def test_an_install_gives_the_app_a_secret_and_then_enables_it(jira: JiraMock, tiny, control) -> None:
    app = control("install", descriptor_url=url(tiny))
    assert tiny.events() == ["installed", "enabled"]
    body = tiny.received[0][1]
    assert body["clientKey"] == app["client_key"]
    assert body["baseUrl"] == jira.site.base_url
    assert 32 <= len(body["sharedSecret"]) <= 128
    assert "sharedSecret" not in tiny.received[1][1]
    assert [d["signature"] for d in app["deliveries"]] == ["RS256", "HS256"]
    assert jira.site.users[app["account_id"]].kind == "app"


def test_the_install_token_names_the_app_as_audience_and_its_key_is_published(jira: JiraMock, installed) -> None:
    token = installed.received[0][2].removeprefix("JWT ")
    header = jwt.get_unverified_header(token)
    pem = requests.get(f"{jira.site.base_url}/install-keys/{header['kid']}", timeout=5)
    assert pem.text.startswith("-----BEGIN PUBLIC KEY-----")
    assert jwt.decode(token, pem.text, algorithms=["RS256"], audience=installed.url)["aud"] == [installed.url]
    assert requests.get(f"{jira.site.base_url}/install-keys/unknown", timeout=5).status_code == 404


def test_an_app_that_does_not_answer_200_or_204_is_not_installed(jira: JiraMock, tiny, control) -> None:
    for status in (201, 302, 500):
        tiny.answer = status
        answer = control.ask("install", descriptor_url=url(tiny))
        assert answer.status_code == 400
        assert f"answered {status}" in answer.json()["error"]
    assert jira.site.installed_apps == {}


def test_an_app_may_call_back_while_it_is_being_installed(jira: JiraMock, tiny, control) -> None:
    answers = []
    tiny.during = lambda _: answers.append(requests.get(f"{jira.site.base_url}/rest/api/3/serverInfo", timeout=5))
    control("install", descriptor_url=url(tiny))
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_reinstall_brings_a_new_secret_and_the_same_tenant(installed, control) -> None:
    control("uninstall", key="tiny.app")
    control("install", descriptor_url=url(installed))
    assert installed.events() == ["installed", "enabled", "disabled", "uninstalled", "installed", "enabled"]
    assert len(set(installed.secrets)) == 2
    assert len({body["clientKey"] for _, body, _ in installed.received}) == 1


def test_a_rotation_is_told_by_installed_alone_and_undone_when_refused(jira: JiraMock, installed, control) -> None:
    control("rotate", key="tiny.app")
    assert installed.events()[2:] == ["installed"]
    assert len(set(installed.secrets)) == 2
    installed.answer = 500
    assert control.ask("rotate", key="tiny.app").status_code == 400
    assert jira.site.installed_apps["tiny.app"].shared_secret == installed.secrets[-1]


def test_wider_scopes_wait_for_approval(installed, control) -> None:
    installed.changes = {"scopes": ["READ", "WRITE", "ADMIN"]}
    refused = control.ask("upgrade", key="tiny.app")
    assert refused.status_code == 400
    assert "scopes changed" in refused.json()["error"]
    assert "ADMIN" in control("upgrade", key="tiny.app", approve=True)["scopes"]
    assert installed.secrets[0] == installed.secrets[1]


def test_a_renamed_site_tells_its_apps_its_new_address(installed, control) -> None:
    control("rename", display_url="https://pay.example.com")
    event, body, _ = installed.received[-1]
    assert (event, body["displayUrl"]) == ("installed", "https://pay.example.com")


def test_a_disabled_app_is_told_and_let_in_no_more(jira: JiraMock, installed, control) -> None:
    control("disable", key="tiny.app")
    assert installed.events()[-1] == "disabled"
    assert not jira.site.installed_apps["tiny.app"].enabled
    control("enable", key="tiny.app")
    assert installed.events()[-1] == "enabled"


def test_a_late_disabled_comes_without_a_token_even_after_the_uninstall(installed, control) -> None:
    control("uninstall", key="tiny.app")
    installed.careless = True
    control("late_disabled", key="tiny.app")
    assert (installed.received[-1][0], installed.received[-1][2]) == ("disabled", None)


def test_a_descriptor_that_cannot_be_read_is_refused_in_words(tiny, control) -> None:
    for address, says in (
        (f"{tiny.url}/nowhere", "answered 404"),
        (f"{tiny.url}/panel", "not JSON"),
        ("http://127.0.0.1:9/x", "No answer came"),
        ("http://app.example.com:5000/x", "ports 80, 443 and 8080"),
        ("nonsense", "not the address"),
    ):
        refused = control.ask("install", descriptor_url=address)
        assert refused.status_code == 400
        assert says in refused.json()["error"]


def test_the_plugin_manager_installs_as_build_tools_do(jira: JiraMock, tiny) -> None:
    base = f"{jira.site.base_url}/rest/plugins/1.0/"
    assert requests.get(base, auth=("nora@example.com", "nora-token"), timeout=5).status_code == 401
    session = requests.Session()
    session.auth = ("ada@example.com", "ada-token")
    token = session.get(base, timeout=5).headers["upm-token"]
    kind = {"Content-Type": "application/vnd.atl.plugins.remote.install+json"}
    answer = session.post(base, params={"token": token}, json={"pluginUri": url(tiny)}, headers=kind, timeout=20)
    assert answer.status_code == 202
    task = session.get(jira.site.base_url + answer.json()["links"]["self"], timeout=5).json()
    assert (task["status"]["done"], task["status"]["key"]) == (True, "tiny.app")
    again = session.post(base, params={"token": token}, json={"pluginUri": url(tiny)}, headers=kind, timeout=20)
    assert again.status_code == 403
    assert session.delete(base + "tiny.app-key", timeout=20).status_code == 204
    assert jira.site.installed_apps == {}


def test_no_secret_is_shown_by_the_control_api(installed, control) -> None:
    told = str(control("deliveries", key="tiny.app")) + str(control("disable", key="tiny.app"))
    assert installed.secrets[0] not in told


def test_a_webhook_is_signed_for_its_address(jira: JiraMock, installed) -> None:
    app = jira.site.installed_apps["tiny.app"]
    token = connect.sign_webhook(jira, app, "POST", f"{installed.url}/webhooks/issue?site=1")
    claims = jwt.decode(token, installed.secrets[0], algorithms=["HS256"])
    assert claims["iss"] == app.client_key
    assert claims["qsh"] == query_string_hash("POST", "/webhooks/issue?site=1")
