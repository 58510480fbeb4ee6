"""The mock Jira: one site per instance, its REST API, its Connect side and its pages behind one address."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from mock_servers.harness import Clock, ControlRefused, Mock, Table
from mock_servers.jira import connect, pages, rest
from mock_servers.jira.acts import act
from mock_servers.jira.exceptions import JiraError
from mock_servers.jira.knobs import Knobs
from mock_servers.jira.limits import BURST, RateLimits, throttled
from mock_servers.jira.models import DEFAULT_ZONE, JiraSite
from mock_servers.jira.rest.search import Scans
from mock_servers.jira.state import TYPES, rows, tables
from mock_servers.jira.webhooks import WebhookCentre

ASSUMED = (
    "The texts of validation messages that the contract does not quote.",
    "GET shows a write at once; search shows found issues with their present fields, however late its index is.",
    "The length of a document is that of its plain text.",
    "A new custom field gets one global context.",
    "An archived project takes no writes and its issues are not found by search.",
    "A webhook of an app dies with its installation, and admin webhooks do not expire.",
    "Page tokens are bound to the JQL and the user, and a scan keeps the issues found when it began.",
    "GET of an issue's comments shows their properties when expanded (knob comment_properties_expanded).",
    "A moved issue keeps its status where the other workflow has it; issue_event_type_name is issue_moved.",
    "A jqlFilter that names a project or value that is not there is refused with the words of a search.",
    "A validator of a transition is told by no metadata, a required field of its screen is.",
    "A field whose type is changed in the control API loses its values.",
)


class JiraMock(Mock):
    """One Jira site.

    `base_url` is the site's own address, used in links and tokens; without it, it is that of the first request.
    `display_url` is what people see where the site has a custom domain. `time_zone` is the site's default zone.
    """

    name: ClassVar[str] = "jira"
    # The pages and the Connect side call apps while they answer, and apps call back: REST takes the lock itself.
    locks_itself: ClassVar[bool] = True

    site: JiraSite
    webhooks: WebhookCentre
    connect_host: connect.ConnectHost
    limits: RateLimits
    scans: Scans

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int = 1,
        latency: float = 0.0,
        site_name: str = "Example",
        base_url: str | None = None,
        display_url: str | None = None,
        time_zone: str = DEFAULT_ZONE,
    ) -> None:
        super().__init__(clock=clock, seed=seed, latency=latency)
        self.site_name = site_name
        self.base_url = base_url
        self.display_url = display_url
        self.time_zone = time_zone
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """A new site without issues and apps; deliveries under way are given up."""
        if hasattr(self, "webhooks"):
            self.webhooks.deliveries.close()
        self.site = JiraSite(
            name=self.site_name,
            base_url=self.base_url or "http://localhost",
            display_url=self.display_url,
            time_zone=self.time_zone,
            clock=self.clock,
            seed=seed,
        )
        self.limits = RateLimits(self.clock)
        self.scans = Scans()
        self.connect_host = connect.ConnectHost()
        self.webhooks = WebhookCentre(self, seed)
        self.strict_search = False
        self.search_page_limit = 0
        self.throttle_reason = BURST
        self.comment_properties_expanded = True
        self.webhook_expiration = "text"
        self.tokens_in_real_time = False

    def token_time(self) -> datetime:
        """The instant by which tokens are made and judged: the mock's, or the real one for apps that live in it."""
        return datetime.now(UTC) if self.tokens_in_real_time else self.clock.now()

    def settle_address(self, base_url: str, display_url: str | None = None) -> None:
        """Says where the site is reached, once that is known; keeps all it holds."""
        self.base_url, self.display_url = base_url.rstrip("/"), display_url or self.display_url
        self.site.base_url = self.base_url
        self.site.display_url = (self.display_url or self.base_url).rstrip("/")

    def answer(self, request: Request) -> Response:
        if self.base_url is None:
            self.settle_address(request.host_url)
        return super().answer(request)

    def respond(self, request: Request) -> Response:
        if connect.is_connect_path(request.path):
            return connect.respond(self, request)
        if request.path.startswith("/rest/"):
            return rest.respond(self, request)
        return pages.respond(self, request)

    def trouble(self, kind: str, status: int | None, retry_after: int | None) -> Response:
        if kind == "throttle":
            return rest.rendered_error(throttled(self.throttle_reason, retry_after))
        code = status or 503
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if kind == "html":
            page = f"<!DOCTYPE html><html><head><title>{code}</title></head><body><h1>Atlassian</h1></body></html>"
            return Response(page, code, headers=headers, mimetype="text/html")
        return rest.rendered_error(JiraError(code, _TROUBLES.get(code, "Internal server error"), headers=headers))

    def state(self, type: str | None) -> dict[str, list[dict[str, Any]]]:
        if type is not None and type not in TYPES:
            raise ControlRefused(f"The mock Jira has no documents of type {type}, only {', '.join(TYPES)}.")
        return {name: list(rows(self, name)) for name in TYPES if type in (None, name)}

    def act(self, type: str, body: dict[str, Any]) -> dict[str, Any]:
        if type == "app":
            return connect.act(self, body)
        with self.lock:
            try:
                return act(self, type, body)
            except JiraError as refused:
                raise ControlRefused(f"Jira refused: {json.dumps(refused.body, ensure_ascii=False)}") from refused

    def knobs(self) -> dict[str, Any]:
        return Knobs(self).values()

    def turn(self, knobs: dict[str, Any]) -> None:
        with self.lock:
            Knobs(self).turn(knobs)

    def documents_page(self) -> list[Table]:
        return tables(self)

    def assumptions(self) -> list[str]:
        return list(ASSUMED)


_TROUBLES = {
    401: "Client must be authenticated to access this resource.",
    403: "You do not have the permission to do this.",
    404: "Issue does not exist or you do not have permission to see it.",
    409: "The issue was updated by someone else at the same time. Try again.",
    413: "The issue has reached the limit of this kind of content.",
    500: "Internal server error",
    503: "Jira is unavailable for the moment.",
}
