"""The mock Sage 300 Web API: from a request to the company's books and back."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from mock_servers.harness import Clock, ControlRefused, Mock, Table
from mock_servers.sage300 import assumed, metadata, people, processes, queries, responses, seeding, urls, views
from mock_servers.sage300.access import User, Users
from mock_servers.sage300.collections import Collection
from mock_servers.sage300.company import Company
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.knobs import Knobs
from mock_servers.sage300.payload import accepted, parsed
from mock_servers.sage300.posting_runs import POSTING, PostingRuns
from mock_servers.sage300.schema import Schema
from mock_servers.sage300.schemas.purchasing import READ_RECEIPT
from mock_servers.sage300.seeding import Seed
from mock_servers.sage300.urls import Address, Resource

IIS_BODY_LIMIT = 30_000_000  # bytes; above it IIS answers 404.13 by itself
IDLES_OUT_AFTER = timedelta(minutes=20)
SESSION_COOKIE = "ASP.NET_SessionId"


class Sage300Mock(Mock):
    """A Sage 300 server with its companies.

    `seeded` says what the books hold at the start. Every other keyword argument is a knob, see `Knobs`.
    """

    name = "sage300"
    locks_itself = True  # a cold start must not hold up the control API

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int = 1,
        latency: float = 0.0,
        seeded: Seed | None = None,
        **knobs: Any,
    ) -> None:
        super().__init__(clock=clock, seed=seed, latency=latency)
        self._seeded = seeded or Seed()
        self._first_knobs = Knobs().turned(knobs)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Opens the books anew; users and knobs go back to their first values."""
        self.settings = self._first_knobs.turned({})
        self.users = Users()
        self.sessions: set[str] = set()
        self._posting_runs = PostingRuns(self.lock, self.stopping)
        self.seeding_notes: list[str] = []
        self._write = responses.Serialiser()
        self._last_served: datetime | None = None
        self.companies: dict[str, Company] = seeding.companies(
            self._seeded, seed, self.clock, self.settings, self.seeding_notes
        )

    def respond(self, request: Request) -> Response:
        self._wake_up()
        with self.lock:
            try:
                response = self._respond_as_iis(request) or self._served(request)
            except Sage300Error as reason:
                response = responses.error(reason, self.settings.language)
            return response

    def trouble(self, kind: str, status: int | None, retry_after: int | None) -> Response:
        if kind == "throttle":
            response = responses.error(Sage300Error("too-many"), self.settings.language)
        elif kind == "html" or status in (502, 503, 504):
            response = responses.html(status or 503)
        else:
            response = self._ordered_error(status or 500)
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def state(self, type: str | None) -> dict[str, list[dict[str, Any]]]:
        return views.state(self.companies, type)

    def documents_page(self) -> list[Table]:
        return views.tables(self.companies)

    def act(self, type: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return people.act(self.companies, type, body)
        except Sage300Error as reason:
            raise ControlRefused(reason.text("en-US")) from reason

    def knobs(self) -> dict[str, Any]:
        return {**self.settings.shown(), "users": self.users.shown()}

    def turn(self, knobs: dict[str, Any]) -> None:
        changes = dict(knobs)
        users = changes.pop("users", {})
        settings = self.settings.turned(changes)
        self.users.set(users)
        self.settings = settings
        for company in self.companies.values():
            company.knobs = settings

    def assumptions(self) -> list[str]:
        return [*assumed.ASSUMPTIONS, *self.seeding_notes]

    def route_of(self, path: str) -> str:
        return urls.route_of(path)

    def _wake_up(self) -> None:
        """The application pool idles out after 20 minutes; the call that wakes it waits."""
        now = self.clock.now()
        slept = self._last_served is None or now - self._last_served > IDLES_OUT_AFTER
        self._last_served = now
        if slept and self.settings.cold_start_seconds:
            self.stopping.wait(self.settings.cold_start_seconds)

    def _respond_as_iis(self, request: Request) -> Response | None:
        """What the web server in front answers before Sage 300 sees the request."""
        if (request.content_length or 0) > IIS_BODY_LIMIT:
            return responses.html(404)
        if self.settings.windows_auth:
            return responses.html(401)
        if request.path.rstrip("/") == urls.PREFIX and request.method == "GET":
            return Response(
                "<!DOCTYPE html><title>Sage 300 Web API</title><h1>Sage 300 Web API</h1>", mimetype="text/html"
            )
        return None

    def _served(self, request: Request) -> Response:
        limit = self.settings.max_concurrent
        if limit and self.in_flight > limit:
            raise Sage300Error("too-many")
        user = self.users.admit(request.authorization, self.settings)
        self._check_content_type(request)
        response = self._routed(request, user)
        self._keep_session(request, response)
        return response

    def _routed(self, request: Request, user: User) -> Response:
        if request.path.rstrip("/") == f"{urls.VERSION_ROOT}/Companies":
            rows = [{"Id": company.code, "Name": company.name} for company in self.companies.values()]
            return responses.plain({"@odata.context": request.base_url, "value": rows})
        address = urls.parse(request.path)
        company = self.companies.get(address.company)
        if company is None:
            raise Sage300Error("company", code=self.settings.unknown_company_code, what=address.company)
        if address.resource == "$metadata":
            return self._metadata(company, address)
        resource = urls.resource_of(address, self.settings)
        if request.method not in resource.verbs:
            raise Sage300Error("method", what=request.method)
        self.users.check(user, address.module, resource.name, writes=request.method != "GET")
        if resource.books is None:
            return self._process(request, company, resource, address)
        books: Collection = getattr(company, resource.books)
        schema = READ_RECEIPT if resource.name == READ_RECEIPT.name else books.schema
        if request.method == "GET":
            return self._read(request, books, schema, address)
        return self._written(request, books, address, user)

    def _read(self, request: Request, books: Collection, schema: Schema, address: Address) -> Response:
        if address.key is None:
            query = queries.read(request, schema, self.settings)
            return queries.page(request, query, books.records(), schema, self.settings, self._write)
        query = queries.read(request, schema, self.settings, queries.ON_ENTRIES)
        row = books.find(urls.key_values(address.key, schema))
        context = queries.context(request, schema, query.select, entity=True)
        return responses.entry(context, self._write.record(row, query.select))

    def _written(self, request: Request, books: Collection, address: Address, user: User) -> Response:
        if request.method == "POST":
            if address.key is not None:
                raise Sage300Error("method", what="POST")
            row = books.create(accepted(books.schema, parsed(request.get_data())), user.name)
            context = queries.context(request, books.schema, None, entity=True)
            return responses.entry(context, self._write.record(row), status=201)
        if address.key is None:
            raise Sage300Error("method", what=request.method)
        key = urls.key_values(address.key, books.schema)
        if request.method == "DELETE":
            books.remove(key)
            return responses.nothing()
        values = accepted(books.schema, parsed(request.get_data()))
        if request.method == "PUT":
            books.replace(key, values, user.name)
        else:
            books.change(key, values, user.name)
        return responses.nothing()

    def _process(self, request: Request, company: Company, resource: Resource, address: Address) -> Response:
        action = urls.action_of(address.key)
        schema = processes.schema_of(resource.name)
        if action == "$template":
            return responses.plain({name: prop.default for name, prop in schema.properties.items()})
        values = accepted(schema, parsed(request.get_data() or b"{}"))
        if resource.name not in POSTING:
            processes.begin(company, resource.name, values)()
            return responses.nothing()
        with self._posting_runs.run(company.code, self.settings) as take_time:
            finish = processes.begin(company, resource.name, values)
            take_time()
            finish()
        return responses.nothing()

    def _metadata(self, company: Company, address: Address) -> Response:
        offered = urls.resources(address.module, self.settings)
        if not offered:
            raise Sage300Error("resource", what=address.module)
        schemas = [
            READ_RECEIPT if resource.name == READ_RECEIPT.name else getattr(company, resource.books).schema
            for resource in offered
            if resource.books is not None
        ]
        return Response(metadata.document(address.module, schemas), mimetype="application/xml")

    def _check_content_type(self, request: Request) -> None:
        strict = self.settings.strict_content_type
        demanded = strict == "all" or (strict == "writes" and request.method in ("POST", "PUT", "PATCH"))
        if demanded and request.mimetype != "application/json":
            raise Sage300Error("content-type")

    def _keep_session(self, request: Request, response: Response) -> None:
        if request.cookies.get(SESSION_COOKIE) in self.sessions:
            return
        session = secrets.token_hex(12)
        self.sessions.add(session)
        response.set_cookie(SESSION_COOKIE, session, path="/", httponly=True)

    def _ordered_error(self, status: int) -> Response:
        if self.settings.error_shape == "empty":
            return Response(status=status)
        if self.settings.error_shape == "message":
            return responses.bare_message("An error has occurred.", status)
        reason = Sage300Error("internal", code=_CODE_FOR.get(status, "InternalServerError"))
        response = responses.error(reason, self.settings.language)
        response.status_code = status
        return response


_CODE_FOR = {
    400: "InvalidParameters",
    401: "Unauthorized",
    403: "Forbidden",
    404: "RecordNotFound",
    405: "MethodNotAllowed",
    409: "General",
    429: "TooManyRequests",
}
