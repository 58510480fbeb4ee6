"""Does what a Jira administrator does in a browser: installs the app, and sets it up through its pages."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import unescape
from types import MappingProxyType
from typing import Any

import requests

ADDON = "com.counterfoil.payables"
PANEL = "invoice-panel"
PATIENCE_SECONDS = 60
CREATE = "create"
"""The choice of the mapping page that has a field made."""
ON_THE_ADMIN_PAGE: Mapping[str, Any] = MappingProxyType({"moduleKey": "admin", "variables": {}})


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

    def choice(self, name: str, label: str) -> str:
        """The value of the choice that is shown as `label`, or begins so. Raises SetUpFailed."""
        for value, shown, _ in self.options(name):
            if value and shown.startswith(label):
                return value
        raise SetUpFailed(f"{label} is not offered. The page says: {self.words}")

    def chosen(self) -> dict[str, str]:
        """What each drop-down has selected."""
        return {
            name: next((value for value, _, selected in self.options(name) if selected), "") for name in self.selects()
        }

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
        return _id_in(self._aim(f"connection={connection}", project, issue_type), "integration")

    def move_to(self, integration: int, project: str, issue_type: str, stream: str = "") -> None:
        """Chooses a place, or another one, for a stream of an integration."""
        self._aim(where(integration, stream), project, issue_type)

    def map_as_suggested(self, integration: int, stream: str = "", also: Collection[str] = ()) -> None:
        """Takes the suggestions of the mapping page, has missing fields created, and saves. `also` names attributes
        that get a field of their own though the page does not suggest one."""
        here = where(integration, stream)
        page = self.wait_for(f"mapping/area?{here}")
        self.act(f"mapping/create?{here}", {**page.chosen(), **_fields_for(also, page)})
        page = self.wait_for(f"mapping/area?{here}")
        saved = self.act(f"mapping/save?{here}", page.chosen())
        if not saved.redirect:
            raise SetUpFailed(saved.words)

    def start(self, integration: int, minutes: int, stream: str = "", **changed: str) -> None:
        """Fills the schedule's form as the page shows it, but for the minutes and what else is to be changed."""
        here = where(integration, stream)
        form = self.look(f"schedule?{here}").entries()
        self.act(f"schedule/save?{here}", {**form, "minutes": str(minutes), **changed})

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

    def panel(self, issue_key: str) -> Screen:
        """What stands beside an issue."""
        return self._ask("panel", None, {"moduleKey": PANEL, "variables": {"issue.key": issue_key}})

    def _aim(self, here: str, project: str, issue_type: str) -> Screen:
        self.act(f"target/open?{here}", {})
        projects = self.wait_for(f"target/area?{here}")
        chosen = projects.choice("project", project)
        types = self.look(f"target/types?{here}", {"project": chosen})
        return self.act(
            f"target/save?{here}", {"project": chosen, "issue_type": types.choice("issue_type", issue_type)}
        )

    def _ask(self, route: str, form: dict[str, str] | None, module: Mapping[str, Any] = ON_THE_ADMIN_PAGE) -> Screen:
        order = {"addonKey": ADDON, **module}
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


def where(integration: int, stream: str = "") -> str:
    """How routes name a stream of an integration; without `stream` its main one."""
    return f"integration={integration}" + (f"&stream={stream}" if stream else "")


def _id_in(screen: Screen, name: str) -> int:
    found = re.search(rf"\b{name}=(\d+)", screen.redirect or "")
    if found is None:
        raise SetUpFailed(screen.words or f"expected {name} in {screen.redirect}")
    return int(found[1])


def _fields_for(attributes: Collection[str], page: Screen) -> dict[str, str]:
    """A new field for each attribute that has none yet."""
    return {name: CREATE for name in attributes if not page.chosen()[name]}
