"""The office of office.py as fixtures. All Jira traffic of a test is judged by Atlassian's OpenAPI at its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from mock_servers import jira
from mock_servers.sage300 import Sage300Mock, Seed
from plugin.jobs import tasks
from plugin.jobs.embedded import redis_url
from plugin.settings import Settings
from tests.contract.checked_jira import checked_jira
from tests.contract.jira_openapi import SPEC
from tests.integrations.office import Office, System, jira_site, sage300
from tests.integrations.running_app import App

PATIENCE_SECONDS = 20
Operate = Callable[..., None]


@pytest.fixture(scope="session")
def queue_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded queue server, as `counterfoil serve` starts it."""
    environment = {**os.environ, "COUNTERFOIL_DATA": str(tmp_path_factory.mktemp("queue"))}
    environment.pop("REDIS_URL", None)
    address = redis_url(Settings.from_environment(environment))
    server = subprocess.Popen([sys.executable, "-m", "plugin.cli", "queue"], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


@pytest.fixture
def start_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, queue_address: str) -> Iterator[Callable[..., App]]:
    """Starts the application for these Jira sites."""

    def set_environment(values: Any) -> None:
        for name in [name for name in os.environ if name.startswith("COUNTERFOIL_") or name == "DATABASE_URL"]:
            monkeypatch.delenv(name)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    with ExitStack() as running:

        def start(*sites: System) -> App:
            environment = {
                "COUNTERFOIL_DATA": str(tmp_path / "data"),
                "REDIS_URL": queue_address,
                "COUNTERFOIL_CONNECT_KEY_HOSTS": ",".join(f"{site.url}/install-keys" for site in sites),
                "COUNTERFOIL_JIRA_HOSTS": ",".join(site.url.removeprefix("http://") for site in sites),
                "COUNTERFOIL_ALLOW_PRIVATE_ADDRESSES": "yes",
                "COUNTERFOIL_ALLOW_PLAIN_HTTP": "yes",
                "COUNTERFOIL_UNCERTAIN_WAIT_SECONDS": "0",
                "COUNTERFOIL_JIRA_CALLS_PER_SECOND": "0",  # sites of many tests would share one pace
            }
            return running.enter_context(App.running(set_environment, environment))

        yield start


@pytest.fixture
def operate(monkeypatch: pytest.MonkeyPatch) -> Operate:
    """Changes a setting of the workers, as their operator does, who restarts them for it."""

    def change(**environment: str) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(f"COUNTERFOIL_{name}", value)
        tasks.parts().database.dispose()
        tasks.parts.cache_clear()

    return change


@pytest.fixture
def books() -> Seed:
    """What Sage 300 holds at the start: by default three open invoices of one batch. Tests parametrize it."""
    return Seed(invoices=3)


@pytest.fixture
def sage(serve_mock: Callable[..., Any], books: Seed) -> System:
    return sage300(serve_mock(Sage300Mock(seeded=books)))


@pytest.fixture
def open_site(serve_mock: Callable[..., Any]) -> Iterator[Callable[..., System]]:
    """Opens a Jira site under observation."""
    with ExitStack() as observed:

        def open_(**options: Any) -> System:
            served = serve_mock(jira.create(**options))
            observed.enter_context(_observed(served))
            return jira_site(served)

        yield open_


@pytest.fixture
def office(open_site: Callable[..., System], sage: System, start_app: Callable[..., App]) -> Office:
    """Nothing is installed yet."""
    site = open_site()
    return Office(start_app(site), site, sage)


@pytest.fixture
def neighbours() -> bool:
    """Whether the streams run that start with the one of invoices. Tests about them say so."""
    return False


@pytest.fixture
def running(office: Office, neighbours: bool) -> Office:
    """Set up by the administrator, with its first run done."""
    office.neighbours = neighbours
    office.set_up()
    return office


@pytest.fixture
def vendor(running: Office) -> Office:
    """A running office whose Sage 300 has the vendor 1200, Chloride Systems."""
    running.clerk("vendor", "enter", number="1200", name="Chloride Systems")
    return running


@pytest.fixture
def supplied(vendor: Office) -> Office:
    """The same, with an invoice OLD-1 that has arrived in Jira."""
    vendor.invoice("OLD-1")
    vendor.sync()
    return vendor


@contextmanager
def _observed(served: Any) -> Iterator[None]:
    if not SPEC.exists():  # beside the repository, not in it; tests/contract tells of it by skipping
        yield
        return
    with checked_jira(served):
        yield


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    redis = Redis.from_url(address)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            redis.ping()
            return
        except RedisError:
            assert server.poll() is None, "The queue server ended by itself."
            assert time.monotonic() < until, "The queue server does not answer."
            time.sleep(0.02)
