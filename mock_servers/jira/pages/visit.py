"""One person's request to a page: who, from where, in which theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from mock_servers.jira.connect.conditions import Place
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.projects import Project
from mock_servers.jira.users import User

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

ANONYMOUS = "anonymous"
THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is here is told by a cookie; a browser that never chose is Ada Admin, so that a rehearsal starts at once."""

    mock: JiraMock
    request: Request

    @property
    def site(self) -> JiraSite:
        return self.mock.site

    @property
    def origin(self) -> str:
        """The origin that the reader sees: that of the base URL or of the custom domain."""
        return self.request.host_url.rstrip("/")

    @property
    def user(self) -> User | None:
        """The reader; None when anonymous."""
        chosen = self.request.cookies.get(self._cookie("user"))
        if chosen == ANONYMOUS:
            return None
        return self.site.users.get(chosen or "") or next(iter(self.site.users.values()))

    @property
    def account_id(self) -> str | None:
        return self.user.account_id if self.user else None

    @property
    def is_administrator(self) -> bool:
        return self.site.may_administer(self.account_id)

    @property
    def theme(self) -> str:
        chosen = self.request.cookies.get(self._cookie("theme"), "")
        return chosen if chosen in THEMES else THEMES[0]

    def place(
        self, project: Project | None = None, issue: Issue | None = None, custom: dict[str, str] | None = None
    ) -> Place:
        return Place(self.site, self.account_id, project, issue, custom)

    def remember(self, response: Response, name: str, value: str) -> None:
        """Keeps a choice in this browser."""
        response.set_cookie(self._cookie(name), value, max_age=YEAR, httponly=True, samesite="Lax")

    def _cookie(self, name: str) -> str:
        """Cookies know no ports: sites on one host name need names of their own."""
        return f"mockjira-{self.site.cloud_id[:8]}-{name}"
