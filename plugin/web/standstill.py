"""Systems of a site that are left alone for a while, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import AppPause, Circuit, Connection, JsonObject
from plugin.sync.circuits import JIRA, connection_in
from plugin.web.standing import IntegrationStanding

JIRAS_NAME = "Jira"


@dataclass(frozen=True)
class Standstill:
    """`said` goes on with the time since when, as in "Jira has not answered since 10:04"; a pause of the whole app
    has none, and nobody can end it early."""

    subject: str
    name: str
    said: str
    since: datetime | None
    next_try_at: datetime
    trouble: JsonObject

    @property
    def connection_id(self) -> int | None:
        """None for Jira."""
        return connection_in(self.subject)

    @property
    def tone(self) -> str:
        return "bad" if self.trouble["kind"] == "configuration" else "warn"


def of_site(session: Session, now: datetime) -> list[Standstill]:
    """What is left alone now, pauses of the whole app first."""
    pauses = session.scalars(select(AppPause).where(AppPause.until > now)).all()
    opened = session.scalars(select(Circuit).where(Circuit.opened_at.is_not(None)).order_by(Circuit.id)).all()
    ids = [each for row in opened if (each := connection_in(row.subject)) is not None]
    names = {row.id: row.name for row in session.scalars(select(Connection).where(Connection.id.in_(ids)))}
    paused = [Standstill(row.system, JIRAS_NAME, _EVERYWHERE, None, row.until, row.trouble) for row in pauses]
    return [*paused, *filter(None, (_of(row, names, now) for row in opened))]


def _of(row: Circuit, names: dict[int, str], now: datetime) -> Standstill | None:
    name = JIRAS_NAME if row.subject == JIRA else names.get(connection_in(row.subject) or 0)
    if name is None or row.trouble is None:
        return None
    return Standstill(row.subject, name, _SAID[row.trouble["kind"]], row.opened_at, row.next_try_at or now, row.trouble)


_EVERYWHERE = "lets Counterfoil call no site for now"
_SAID = {
    "transient": "has not answered since",
    "throttled": "has asked Counterfoil to wait since",
    "configuration": "has turned Counterfoil away since",
}


def waiting_streams(standstills: Sequence[Standstill], standings: Iterable[IntegrationStanding]) -> set[int]:
    """Ids of the streams that need one of these systems."""
    subjects = {each.subject for each in standstills}
    return {
        standing.stream.id
        for each in standings
        for standing in each.streams
        if any(subject in each.product.stream(standing.stream.name).needs(each.connection.id) for subject in subjects)
    }
