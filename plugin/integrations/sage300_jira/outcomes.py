"""What came of an approval or a payment that somebody asked for in Jira, for a comment on the issue.

Read from our own ledger of actions. An action has come to something when it is settled, with an outcome noted, or was
refused; what goes on by itself is not told. A further wish for the same, or the same wish tried again with another end,
is told in a further comment; so is a wish for what is done already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from plugin.integrations.own_ledger import LedgerSource, OwnLedger, begins
from plugin.integrations.parts import Parts
from plugin.integrations.sage300_jira.actions.outcome import State
from plugin.integrations.sage300_jira.actions.settings import ActionSettings
from plugin.store.models import Connection, JsonObject, Stream
from plugin.sync.causes import IGNORED, PARKED
from plugin.sync.documents import Document, Page
from plugin.sync.ports import Memory
from sage_adapters.http import RequestLog
from sage_adapters.records import DocumentKey
from sage_adapters.sage300.client import SYSTEM

ACTIONS = "actions"
KIND = "outcome"
REFUSED = "refused"
SENTENCES = ("tried", "got", "remedy")
TAKEN_OVER = (
    "document_key", "issue_id", "issue_key", "action", "actor", "actor_name", "wish", "amount", "vendor_name",
)  # fmt: skip


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> LedgerSource:
    return LedgerSource(
        SYSTEM, OwnLedger.beside(parts, stream, ACTIONS), Outcomes(_settings(parts, stream)), begins(stream)
    )


class Outcomes:
    """Outcomes of the actions of one stream."""

    def __init__(self, settings: ActionSettings) -> None:
        """`settings` say where issues go afterwards."""
        self._settings = settings

    def retold(self, entries: Sequence[Any], begins: date, lenient: bool) -> Page:
        came = ((entry, _outcome(entry)) for entry in entries)
        return Page([self._document(entry, outcome) for entry, outcome in came if outcome], ())

    def again(self, memory: Memory, lenient: bool) -> Iterator[Page]:
        return iter(())

    def _document(self, entry: Any, outcome: JsonObject) -> Document:
        wish = entry.content
        action = DocumentKey.from_text(entry.document_key)
        key = DocumentKey(action.system, action.company, action.vendor, KIND, f"{action.kind}/{action.number}")
        return Document(
            key=str(key),
            unit=str(entry.id),
            content={
                "key": str(key),
                **{name: wish[name] for name in TAKEN_OVER},
                **outcome,
                "move_to": self._status(wish["action"], outcome["state"]),
            },
            kind=KIND,
            number=entry.number,
            vendor=entry.vendor,
            vendor_name=entry.vendor_name,
            amount=entry.amount,
            currency=entry.currency,
            document_date=entry.document_date,
            belongs_to=wish["document_key"],
        )

    def _status(self, action: Any, state: str) -> str | None:
        """Id of the status that the issue is moved to; an approval that waits for others is not over yet."""
        rules = self._settings.rules(action)
        status = rules.refused_status if state == REFUSED else rules.done_status
        return status.id if status and state != State.WAITING else None


def _outcome(entry: Any) -> JsonObject | None:
    """`state`, what is to be `said` in sentences, and in `again` the id of a later wish that came too late, if
    there was one; None as long as there is nothing to tell."""
    if entry.state in (PARKED, IGNORED):
        said = [entry.trouble[name] for name in SENTENCES if entry.trouble[name]]
        return {"state": REFUSED, "said": said, "again": None}
    noted: Mapping[str, Any] | None = entry.content.get("outcome")
    if entry.state != "settled" or noted is None:
        return None
    last = entry.content["wishes"][-1]
    return {"state": noted["state"], "said": [noted["said"]], "again": None if last == entry.content["wish"] else last}


def _settings(parts: Parts, stream: Stream) -> ActionSettings:
    with parts.database.reading(stream.site_id) as session:
        beside = Stream.integration_id == stream.integration_id
        return ActionSettings.of(session.scalars(select(Stream.settings).where(beside, Stream.name == ACTIONS)).one())
