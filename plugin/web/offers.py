"""What a page offers to choose from: what a worker has last read of it, and asking for what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, Snapshot
from plugin.web import snapshots
from plugin.web.visit import Visit


@dataclass(frozen=True)
class Offer:
    """The choices of a subject of `plugin.integrations.choosing`; without a snapshot nobody has asked for them."""

    subject: str
    snapshot: Snapshot | None

    @property
    def reading(self) -> bool:
        return self.snapshot is not None and self.snapshot.state == "reading"

    @property
    def trouble(self) -> JsonObject | None:
        return self.snapshot.trouble if self.snapshot else None

    @property
    def known(self) -> bool:
        return self.snapshot is not None and "choices" in self.snapshot.body

    @property
    def choices(self) -> Sequence[JsonObject]:
        """Each with `id` and `name`."""
        return (self.snapshot.body.get("choices") or []) if self.snapshot else []

    @property
    def query(self) -> str:
        return str(self.snapshot.body.get("query", "")) if self.snapshot else ""

    def chosen(self, choice_id: str, *known: JsonObject | None) -> JsonObject | None:
        """The choice of this id; `known` are others that count too, because they were chosen before."""
        kept = (each for each in known if each)
        found = next((each for each in (*self.choices, *kept) if str(each["id"]) == choice_id), None)
        return {"id": str(found["id"]), "name": str(found["name"])} if found else None

    def besides(self, *known: JsonObject | None) -> list[JsonObject]:
        """All choices, and those chosen before that are no longer among them."""
        ids = {each["id"] for each in self.choices}
        return [*self.choices, *(each for each in known if each and each["id"] not in ids)]


def offer(session: Session, subject: str) -> Offer:
    return offers(session, [subject])[0]


def offers(session: Session, subjects: Sequence[str]) -> list[Offer]:
    """One for each subject, in order."""
    found = {each.subject: each for each in session.scalars(select(Snapshot).where(Snapshot.subject.in_(subjects)))}
    return [Offer(subject, found.get(subject)) for subject in subjects]


def begin(session: Session, visit: Visit, subjects: Iterable[str], *, anew: bool = False) -> list[str]:
    """Marks as being read what is not known or old, or all of it; returns what `ask` has to be called with."""
    due = [
        subject for subject in subjects if anew or not snapshots.is_fresh(snapshots.find(session, subject), visit.now)
    ]
    for subject in due:
        snapshots.begin(session, subject)
    return due


def ask(visit: Visit, subjects: Iterable[str]) -> None:
    """To be called after the transaction that marked them."""
    for subject in subjects:
        visit.parts.queue.read_choices(visit.site_id, subject)


def look_for(session: Session, subject: str, query: str) -> None:
    """Has people looked for by what a person typed."""
    snapshot = snapshots.begin(session, subject)
    snapshot.body = {**snapshot.body, "query": query}
