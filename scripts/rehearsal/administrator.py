"""Does what a Jira administrator does in a browser: installs the app, and sets it up through its pages."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from html import unescape
from typing import Any

import requests

ADDON = "com.counterfoil.payables"
PATIENCE_SECONDS = 60


class SetUpFailed(Exception):
    """What the page said."""


@dataclass(frozen=True)
class Screen:
    """What a page answered."""

    html: str
    redirect: str | None
    whole: str = ""
    """The answer with all that belongs to it, files to be saved among it."""

    @property
    def words(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def waits(self) -> bool:
        """It will be asked for again, because work is going on."""
        return "data-poll" in self.html

    def options(self, name: str) -> list[tuple[str, str, bool]]:
        """Value, label and whether it is selected, for each choice of a drop-down."""
        found = re.search(rf'<select[^>]*name="{re.escape(name)}".*?</select>', self.html, re.S)
        if found is None:
            return []
        choices = re.findall(r'<option([^>]*)value="([^"]*)"([^>]*)>(.*?)</option>', found[0], re.S)
        return [(unescape(v), unescape(label).strip(), "selected" in a + b) for a, v, b, label in choices]

    def selects(self) -> list[str]:
        return re.findall(r'<select[^>]*name="([^"]+)"', self.html)

    def entries(self) -> dict[str, str]:
        """What stands in each entry of a form, by its name."""
        found = re.findall(r'<input[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', self.html)
        return {name: unescape(value) for name, value in found}


class Administrator:
    """Ada, at the mock Jira `jira`, who uses the app at `app`."""

    def __init__(self, jira: str, app: str) -> None:
        self._jira = jira
        self._app = app
        self._http = requests.Session()

    def install(self) -> None:
        """By descriptor URL; Jira then sends the signed lifecycle messages."""
        self._act_on_apps({"action": "install", "descriptor_url": f"{self._app}/atlassian-connect.json"})

    def connect_sage300(self, address: str, company: str, user: str, password: str) -> int:
        """Returns the connection's id once its test has passed."""
        form = {
            "address": address, "company": company, "user": user, "password": password,
            "certificate": "", "concurrency": "4", "batch_link": "",
        }  # fmt: skip
        saved = self.act("connection/save", form)
        connection = _id_in(saved, "id")
        result = self.wait_for(f"connection/result?id={connection}")
        if "is connected" not in result.words:
            raise SetUpFailed(result.words)
        return connection

    def choose_place(self, connection: int, project: str, issue_type: str) -> int:
        """Returns the integration's id. `project` and `issue_type` are as the drop-downs show them, or begin so."""
        self.act(f"target/open?connection={connection}", {})
        projects = self.wait_for(f"target/area?connection={connection}")
        chosen = _choice(projects, "project", project)
        types = self.look(f"target/types?connection={connection}", {"project": chosen})
        form = {"project": chosen, "issue_type": _choice(types, "issue_type", issue_type)}
        return _id_in(self.act(f"target/save?connection={connection}", form), "integration")

    def map_as_suggested(self, integration: int) -> None:
        """Takes the suggestions of the mapping page, has missing fields created, and saves."""
        page = self.wait_for(f"mapping/area?integration={integration}")
        self.act(f"mapping/create?integration={integration}", _chosen(page))
        page = self.wait_for(f"mapping/area?integration={integration}")
        saved = self.act(f"mapping/save?integration={integration}", _chosen(page))
        if not saved.redirect:
            raise SetUpFailed(saved.words)

    def start(self, integration: int, minutes: int, **changed: str) -> None:
        """Fills the schedule's form as the page shows it, but for the minutes and what else is to be changed."""
        form = self.look(f"schedule?integration={integration}").entries()
        self.act(f"schedule/save?integration={integration}", {**form, "minutes": str(minutes), **changed})

    def sync_now(self, stream: int) -> None:
        self.act(f"stream/sync?stream={stream}", {})

    def act(self, route: str, form: dict[str, str]) -> Screen:
        """Presses a button; raises SetUpFailed when the page has something against it."""
        screen = self._ask(route, form)
        if screen.redirect is None:
            raise SetUpFailed(screen.words)
        return screen

    def look(self, route: str, form: dict[str, str] | None = None) -> Screen:
        return self._ask(route, form)

    def wait_for(self, route: str) -> Screen:
        """Looks until the page no longer waits for work that is going on."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (screen := self.look(route)).waits:
            if time.monotonic() > until:
                raise SetUpFailed(f"{route} still waits: {screen.words}")
            time.sleep(0.2)
        return screen

    def _ask(self, route: str, form: dict[str, str] | None) -> Screen:
        order = {"addonKey": ADDON, "moduleKey": "admin", "variables": {}}
        token = self._http.post(f"{self._jira}/connect-host/context-token", json=order, timeout=30).json()["token"]
        answer = self._http.post(
            f"{self._app}/connect/view",
            json={"route": route, "form": form},
            headers={"Authorization": f"JWT {token}"},
            timeout=30,
        )
        if "attachment" in answer.headers.get("Content-Disposition", ""):
            return Screen("", None, answer.text)
        told: dict[str, Any] = answer.json()
        screen = Screen(told.get("html") or "", told.get("redirect"), answer.text)
        if not answer.ok:
            raise SetUpFailed(f"{route} answered {answer.status_code}: {screen.words}")
        return screen

    def _act_on_apps(self, order: dict[str, str]) -> None:
        answer = self._http.post(f"{self._jira}/__mock__/documents/app", json=order, timeout=60)
        if not answer.ok:
            raise SetUpFailed(f"Jira could not install the app: {answer.text}")


def _id_in(screen: Screen, name: str) -> int:
    found = re.search(rf"\b{name}=(\d+)", screen.redirect or "")
    if found is None:
        raise SetUpFailed(screen.words or f"expected {name} in {screen.redirect}")
    return int(found[1])


def _choice(screen: Screen, name: str, label: str) -> str:
    for value, shown, _ in screen.options(name):
        if value and shown.startswith(label):
            return value
    raise SetUpFailed(f"{label} is not offered. The page says: {screen.words}")


def _chosen(screen: Screen) -> dict[str, str]:
    """What each drop-down of a page has selected."""
    return {
        name: next((value for value, _, selected in screen.options(name) if selected), "") for name in screen.selects()
    }
