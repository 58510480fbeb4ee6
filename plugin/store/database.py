"""Opens the database, and hands out sessions that can see one site only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from plugin.settings import Settings
from plugin.store.models import SiteOwned
from sage_adapters.errors import ConfigurationTrouble

SITE = "site_id"
EVERY_SITE = "every site"
WRITING = "counterfoil_writing"


class NoSite(RuntimeError):
    """A query was about to run without saying whose rows it may see: a defect of ours, stopped here."""


class Database:
    """One engine. Made once per process, after any fork."""

    def __init__(self, url: str) -> None:
        self.url = _understood(url)
        # An error would otherwise carry the row it was about, an invoice or a sealed secret, into the log.
        self.engine = create_engine(
            self.url, pool_pre_ping=self.url.get_backend_name() != "sqlite", hide_parameters=True
        )
        self._writing_engine = self.engine.execution_options(**{WRITING: True})
        if self.url.get_backend_name() == "sqlite":
            _prepare_sqlite(self.engine)

    @classmethod
    def from_settings(cls, settings: Settings) -> Database:
        settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(settings.database_url)

    @contextmanager
    def reading(self, site_id: int) -> Iterator[Session]:
        """A session in which every query is narrowed to this site; what it changes is not kept."""
        with Session(self.engine, info={SITE: site_id}) as session:
            yield session

    @contextmanager
    def writing(self, site_id: int) -> Iterator[Session]:
        """A transaction in which every query is narrowed to this site and every new row belongs to it."""
        with (
            Session(self._writing_engine, info={SITE: site_id}, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading_every_site(self) -> Iterator[Session]:
        """Sees all sites: for finding out whose a token, a job or a due stream is."""
        with Session(self.engine, info={SITE: EVERY_SITE}) as session:
            yield session

    @contextmanager
    def writing_every_site(self) -> Iterator[Session]:
        """A transaction over all sites: for installing, scheduling and other work before a site is known."""
        with (
            Session(self._writing_engine, info={SITE: EVERY_SITE}, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


def site_of(session: Session) -> int:
    """The one site that a session may touch. Raises NoSite for a session over all sites."""
    site = session.info.get(SITE)
    if not isinstance(site, int):
        raise NoSite("this statement needs a session of one site")
    return site


def _understood(text: str) -> URL:
    """`postgres://` and `postgresql://`, as hosters write it, get the driver that we install.

    Raises ConfigurationTrouble for an address that is none, or of another kind of database.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("nothing")
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite":
        return url
    raise ConfigurationTrouble(
        "Opening the database.",
        "DATABASE_URL names no database that Counterfoil can use.",
        "Set it to postgresql://user:password@host/name, or leave it out to use SQLite in the data folder.",
        "database.unusable-address",
    )


@event.listens_for(Session, "do_orm_execute")
def _narrow_to_site(state: ORMExecuteState) -> None:
    site = state.session.info.get(SITE)
    if site is None:
        raise NoSite("open sessions through Database")
    if site == EVERY_SITE or state.is_column_load or state.is_relationship_load or state.is_insert:
        return
    if state.is_update and isinstance(state.parameters, list):
        return  # by primary key, which takes no criteria; the ids came from a narrowed query
    state.statement = state.statement.options(_of_site(site))


@lru_cache(maxsize=1024)
def _of_site(site: int) -> LoaderCriteriaOption:
    """Made once for each site: it costs as much as a small query."""
    return with_loader_criteria(SiteOwned, lambda table: table.site_id == site, include_aliases=True)


@event.listens_for(Session, "before_flush")
def _own_new_rows(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    site = session.info.get(SITE)
    for row in session.new | session.dirty:
        if not isinstance(row, SiteOwned) or site == EVERY_SITE:
            continue
        if row.site_id is None:
            row.site_id = site
        elif row.site_id != site:
            raise NoSite(f"a {type(row).__name__} of another site was about to be written")


def _prepare_sqlite(engine: Engine) -> None:
    """WAL lets pages read while a worker writes; a writing transaction takes the write lock when it begins.

    Begun as a reader, it would fail with "database is locked" when two of them turn to writing.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
