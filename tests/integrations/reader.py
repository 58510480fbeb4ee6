"""People who read issues in the mock Jira, and what their panel shows."""

from __future__ import annotations

from typing import Any

import requests

from scripts.rehearsal.administrator import ADDON, Screen
from tests.integrations.office import Office

PANEL = "invoice-panel"
Json = dict[str, Any]


class Reader:
    """A person at the mock Jira, by first name, who opens an issue with its panel."""

    def __init__(self, office: Office, name: str) -> None:
        self._office = office
        self._http = requests.Session()
        users = office.jira.mock.state("users")["users"]
        account = next((user["account_id"] for user in users if user["name"].split()[0] == name), "anonymous")
        chosen = self._http.post(
            f"{office.jira.url}/session/user", data={"account": account}, timeout=30, allow_redirects=False
        )
        assert chosen.status_code == 303, chosen.text

    def open_panel(self, key: str) -> requests.Response:
        """The iframe's first request."""
        return requests.get(self.frame(key), timeout=30)

    def frame(self, key: str) -> str:
        """The address of the iframe, signed by Jira."""
        place = {"app": ADDON, "module": PANEL, "issue.key": key}
        answer = self._http.get(f"{self._office.jira.url}/connect-host/frame", params=place, timeout=30)
        assert answer.ok, answer.text
        address: str = answer.json()["url"]
        return address

    def ask(self, key: str, route: str, form: Json | None = None, token: str | None = None) -> requests.Response:
        """What the panel's script asks for, with a context token that Jira gives for the issue."""
        answer = requests.post(
            f"{self._office.app.url}/connect/view",
            json={"route": route, "form": form},
            headers={"Authorization": f"JWT {token or self.token(key)}"},
            timeout=30,
        )
        self._office.app.work()
        return answer

    def token(self, key: str) -> str:
        order = {"addonKey": ADDON, "moduleKey": PANEL, "variables": {"issue.key": key}}
        answer = self._http.post(f"{self._office.jira.url}/connect-host/context-token", json=order, timeout=30)
        token: str = answer.json()["token"]
        return token


def words(answer: requests.Response) -> str:
    """What a page, or the answer to a page's script, says."""
    html = answer.json()["html"] if answer.headers["Content-Type"] == "application/json" else answer.text
    return Screen(html, None).words
