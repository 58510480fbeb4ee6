"""An application with its doors, a mock Jira that delivers to it for real, and a product whose bills are acted upon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from mock_servers import jira
from mock_servers.harness.httpserver import MockHTTPServer
from plugin.integrations import registry
from plugin.integrations.products import Product, StreamDescription, System
from plugin.settings import Settings
from plugin.sites.connect import tokens
from plugin.sites.connect.routes import connect_door
from plugin.sites.parts import EXTENSION
from plugin.store.database import Database
from plugin.store.sealing import Seal
from plugin.store.upgrade import upgrade
from plugin.web.delivery import Desk
from plugin.web.headers import protect_answers
from plugin.web.hooks import webhook_door
from plugin.web.parts import WebParts
from plugin.web.shells.connect import connect_shell
from plugin.web.views import routes
from tests.contract.checked_jira import Watch
from tests.contract.jira_openapi import SPEC, JiraOpenApi
from tests.hooks.office import APPROVED, REVIEW, MemoryCache, Office, Outcomes, People, Queue, Wishbook


def product(wishes: Wishbook) -> Product:
    def nowhere(*_: Any) -> Any:
        raise AssertionError("no stream is run here")

    def stream(name: str, **more: Any) -> StreamDescription:
        return StreamDescription(
            name=name, document=name, documents=name, open_source=nowhere, target=nowhere, **more  # type: ignore[arg-type]
        )  # fmt: skip

    streams = (stream("bills"), stream("actions", wishes=wishes))
    return Product("acme_jira", "Acme and Jira", System("acme", "Acme", nowhere), streams)


@pytest.fixture
def wishes(monkeypatch: pytest.MonkeyPatch) -> Wishbook:
    book = Wishbook()
    monkeypatch.setitem(registry.PRODUCTS, "acme_jira", product(book))  # type: ignore[arg-type]
    return book


@pytest.fixture
def open_jira(serve_mock: Callable[..., MockHTTPServer]) -> Iterator[Callable[..., MockHTTPServer]]:
    """Opens a site under observation: its traffic is judged by Atlassian's OpenAPI."""
    watches: list[Watch] = []

    def open_(**options: Any) -> MockHTTPServer:
        served = serve_mock(jira.create(**options))
        served.mock.settle_address(served.url)
        served.mock.turn({"webhook_time_scale": 100_000})
        if SPEC.exists():  # beside the repository, not in it; tests/contract tells of it by skipping
            watches.append(Watch(JiraOpenApi.read()))
            served.mock.watch(watches[-1])
        return served

    yield open_
    assert [watch.violations for watch in watches if watch.violations] == []


@contextmanager
def serving(settings: Settings, *sites: MockHTTPServer) -> Iterator[tuple[Flask, WebParts, Queue, str]]:
    database, queue = Database.from_settings(settings), Queue()
    upgrade(database)
    parts = WebParts(settings, database, Seal({"k1": bytes(32)}), MemoryCache(), Outcomes(), queue)  # type: ignore[arg-type]
    app = Flask("hooks-tests", static_folder=None)
    app.extensions[EXTENSION] = parts
    app.register_blueprint(connect_door())
    app.register_blueprint(webhook_door(parts))
    app.register_blueprint(connect_shell(Desk(parts, routes(), People())))
    protect_answers(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    object.__setattr__(parts, "settings", replace(settings, base_url=url))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield app, parts, queue, url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        database.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    def made(*sites: MockHTTPServer) -> Settings:
        return Settings.from_environment(
            {
                "COUNTERFOIL_DATA": str(tmp_path),
                "COUNTERFOIL_CONNECT_KEY_HOSTS": ",".join(f"{site.url}/install-keys" for site in sites),
                "COUNTERFOIL_JIRA_HOSTS": ",".join(site.url.removeprefix("http://") for site in sites),
                "COUNTERFOIL_ALLOW_PRIVATE_ADDRESSES": "yes",
                "COUNTERFOIL_ALLOW_PLAIN_HTTP": "yes",
            }
        )

    return made


@pytest.fixture
def open_offices(
    open_jira: Callable[..., MockHTTPServer],
    settings: Callable[..., Settings],
    wishes: Wishbook,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[int], list[Office]]]:
    """Several sites on one installation of the app, each with the app installed and its streams started."""
    with ExitStack() as running:

        def open_(count: int) -> list[Office]:
            sites = [open_jira(site_name=f"Site {number}") for number in range(count)]
            app, parts, queue, url = running.enter_context(serving(settings(*sites), *sites))
            offices = [Office(site, app, parts, queue, wishes, url) for site in sites]
            clock = SimpleNamespace(time=lambda: (datetime.now(UTC) + offices[0].shift).timestamp())
            monkeypatch.setattr(tokens, "time", clock)  # what signs our requests
            for office in offices:
                office.act("app", "install", descriptor_url=f"{url}/atlassian-connect.json")
                office.set_up()
            return offices

        yield open_


@pytest.fixture
def office(open_offices: Callable[[int], list[Office]]) -> Office:
    """A site whose bills go to AP; nothing is registered yet."""
    return open_offices(1)[0]


@pytest.fixture
def listening(office: Office) -> Office:
    """The same, after the first registration."""
    office.register()
    return office


@pytest.fixture
def watching(listening: Office) -> Office:
    """Entering *In review* wishes for an approval, entering *Approved* for a payment."""
    listening.watch(approve=REVIEW, pay=APPROVED)
    listening.work()
    return listening
