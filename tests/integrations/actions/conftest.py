"""A bench of actions over SQLite; what concerns transactions is tested on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_servers.sage300 import Sage300Mock, Seed
from plugin.store.database import Database
from plugin.store.upgrade import upgrade
from tests.integrations.actions.bench import Bench, make_bench
from tests.integrations.office import System, sage300


@pytest.fixture
def sage(serve_mock: Callable[..., Any]) -> System:
    """Three open invoices of one batch, and what a test adds."""
    return sage300(serve_mock(Sage300Mock(seeded=Seed(invoices=3))))


@pytest.fixture
def bench(sage: System, tmp_path: Path) -> Iterator[Bench]:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    upgrade(database)
    yield make_bench(database, sage)
    database.dispose()


@pytest.fixture
def bench_on(sage: System, database: Database) -> Bench:
    """On SQLite, and on PostgreSQL."""
    return make_bench(database, sage)
