"""One REST call: its caller, its query and body read strictly, and the answer made of what a view returns."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from mock_servers.jira.apps import Caller, InstalledApp
from mock_servers.jira.exceptions import forbidden, malformed, problem, unauthorized
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.users import User
from mock_servers.jira.wire import Selection, Wire

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view returns. `body` None gives an empty body; `points` is what the call costs an app's quota."""

    status: int
    body: Any = None
    points: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    raw: Response | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """`scope` is what a Connect app needs (`x-atlassian-connect-scope`); `anonymous` routes need no caller."""

    method: str
    rule: str
    view: "Callable[..., Answer]"
    scope: str
    anonymous: bool = False


class Call:
    """One request as the views see it."""

    def __init__(self, mock: "JiraMock", request: Request, caller: Caller) -> None:
        self.mock = mock
        self.request = request
        self.caller = caller
        self.site: JiraSite = mock.site
        self.wire = Wire(mock.site)

    @property
    def actor(self) -> str:
        """The account id that acts. Raises JiraError 401 for anonymous callers."""
        if self.caller.account_id is None:
            raise unauthorized()
        return self.caller.account_id

    @property
    def user(self) -> User:
        return self.site.user(self.actor)

    @property
    def app(self) -> InstalledApp | None:
        """The app that makes this call, if one does."""
        return self.site.installed_apps.get(self.caller.app_key or "")

    @cached_property
    def json(self) -> Any:
        """The body as JSON; 400 when it is not, 415 when it is said to be something else."""
        if self.request.mimetype not in ("application/json", ""):
            raise problem(415, "Unsupported Media Type", "Content type is not supported.", self.request.path)
        try:
            return json.loads(self.request.get_data())
        except ValueError as wrong:
            raise malformed() from wrong

    @property
    def body(self) -> dict[str, Any]:
        """The body as a JSON object."""
        if not isinstance(self.json, dict):
            raise malformed()
        return self.json

    def closed_body(self, *known: str) -> dict[str, Any]:
        """The body of a call whose schema allows no other members."""
        unknown = self.body.keys() - set(known)
        if unknown:
            raise malformed()
        return self.body

    def flag(self, name: str, default: bool = False) -> bool:
        """A query boolean, in any case."""
        text = self.request.args.get(name)
        if text is None or text == "":
            return default
        if text.lower() not in ("true", "false"):
            raise self._bad_query(name, text)
        return text.lower() == "true"

    def number(self, name: str, default: int) -> int:
        """A query number that is not negative."""
        text = self.request.args.get(name)
        if text is None or text == "":
            return default
        if not text.isdecimal():
            raise self._bad_query(name, text)
        return int(text)

    def words(self, *names: str) -> list[str]:
        """A query list, given with commas or repeated."""
        return [
            word.strip()
            for name in names
            for text in self.request.args.getlist(name)
            for word in text.split(",")
            if word.strip()
        ]

    def text(self, name: str) -> str | None:
        return self.request.args.get(name) or None

    def selection(self, default: str = "*all") -> Selection:
        """The fields, properties and expansions asked for in the query."""
        fields = self.words("fields") or [default]
        return Selection.of(fields, self.words("properties"), self.words("expand"))

    def issue(self, id_or_key: str) -> Issue:
        """An issue the caller can see; 404 otherwise."""
        return self.site.visible_issue(self.caller.account_id, id_or_key)

    def issue_to_write(self, id_or_key: str) -> Issue:
        """The same for a write, counted by the limit of writes per issue."""
        issue = self.issue(id_or_key)
        self.mock.limits.admit_issue_write(issue.id)
        return issue

    def check_administrator(self) -> None:
        if not self.site.may_administer(self.actor):
            raise forbidden("You are not authorized to perform this action. Administrator privileges are required.")

    def page(self, items: list[Any], show: Callable[[Any], Any], cap: int = 100, default: int = 50) -> dict[str, Any]:
        """A page bean over `items`."""
        start, count = self.number("startAt", 0), min(self.number("maxResults", default), cap)
        shown = items[start : start + count]
        end = start + len(shown)
        bean: dict[str, Any] = {
            "self": f"{self.site.base_url}{self.request.path}?maxResults={count}&startAt={start}",
            "maxResults": count,
            "startAt": start,
            "total": len(items),
            "isLast": end >= len(items),
            "values": [show(item) for item in shown],
        }
        if end < len(items):
            bean["nextPage"] = f"{self.site.base_url}{self.request.path}?maxResults={count}&startAt={end}"
        return bean

    def _bad_query(self, name: str, text: str) -> Exception:
        detail = f"Failed to convert '{name}' with value: '{text}'"
        return problem(400, "Bad Request", detail, self.request.path)


def listed(found: Any, message: str) -> list[Any]:
    """A list from a body; 400 with `message` when it is missing, empty or something else."""
    if not isinstance(found, list) or not found:
        raise malformed(message)
    return found


def texts(found: Any) -> Iterable[str]:
    return [str(item) for item in found] if isinstance(found, list) else []
