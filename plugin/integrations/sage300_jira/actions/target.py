"""Sage 300 as the target of actions: the engine hands over a wish, and is told what became of it.

The payload of an action is the wish itself, so that neither a changed setting nor a note makes Sage 300 be asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from plugin.integrations.connections import open_jira_client
from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.actions.approving import Approving
from plugin.integrations.sage300_jira.actions.ledgers import ACTIONS, Ledgers
from plugin.integrations.sage300_jira.actions.means import Means, Task
from plugin.integrations.sage300_jira.actions.outcome import Outcome as CameTo
from plugin.integrations.sage300_jira.actions.paying import Paying
from plugin.integrations.sage300_jira.actions.refusals import is_later
from plugin.integrations.sage300_jira.actions.settings import ActionSettings
from plugin.integrations.sage300_jira.actions.wish import Wish
from plugin.jira import people
from plugin.jira.client import JiraClient
from plugin.store.models import Connection, Integration, Stream
from plugin.sync.documents import (
    Change,
    Delayed,
    Delivery,
    Found,
    JsonObject,
    Marked,
    Outcome,
    Payload,
    Refused,
    Settled,
    Sight,
)
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Throttled
from sage_adapters.http import RequestLog
from sage_adapters.sage300.client import SYSTEM


class ActionTarget:
    """Approves and pays, one document at a time."""

    system = SYSTEM
    creations_per_call = 1
    updates_per_call = 1
    series: Sequence[str] = ()

    def __init__(self, means: Means) -> None:
        self._ledgers = means.ledgers
        self._approving = Approving(means)
        self._paying = Paying(means)

    def check(self) -> None:
        """Posting is serial in a company (contract sage300, section 8): of several integrations that lead to one, only
        the oldest may act."""
        with self._ledgers.database.reading(self._ledgers.site_id) as session:
            mine = (
                select(Connection.company, Connection.base_url)
                .join(Integration, Integration.connection_id == Connection.id)
                .where(Integration.id == self._ledgers.integration_id)
                .subquery()
            )
            same_company = func.upper(Connection.company) == func.upper(mine.c.company)
            other = session.scalars(
                select(Connection.name)
                .join(Integration, Integration.connection_id == Connection.id)
                .join(Stream, Stream.integration_id == Integration.id)
                .where(Stream.name == ACTIONS, Stream.active, Stream.id < self._ledgers.stream_id)
                .where(same_company, Connection.base_url == mine.c.base_url)
            ).first()
        if other is not None:
            raise ConfigurationTrouble(
                "Documents were about to be approved or paid in Sage 300.",
                f"Another integration acts in the same company already, by the connection {other}.",
                "Pause approving and paying in one of the two integrations.",
                "actions.two-writers",
            )

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        names = ("action", "document_key", "amount", "actor", "wish")
        return Payload.of({name: content[name] for name in names})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [self._carry_out(delivery) for delivery in deliveries]

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Where Sage 300 stands decides what is done, not whether we have been there before."""
        return self.create(deliveries)

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        """Those that have begun to take effect; they are gone on with. What is left out begins again, which is the
        same: it looks first."""
        found: dict[str, Found] = {}
        for delivery in deliveries:
            place = self._place_of(delivery)
            if place is not None:
                found[delivery.document_key] = Found(*place, payload_hash=None)
        return found

    def look(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sight]:
        seen: dict[str, Sight] = {}
        for delivery in deliveries:
            place = self._place_of(delivery)
            if place is not None:
                seen[delivery.document_key] = Sight(*place, delivery.document_key, amount=None, changes=())
        return seen

    def preview(self, payload: Payload) -> Sequence[Change]:
        return [Change(str(payload.fields["action"]).capitalize(), "", str(payload.fields["amount"]))]

    def release(self, target_id: str) -> None:
        """A batch cannot lose its description, nor be opened again by us."""
        raise RecordTrouble(
            f"Counterfoil's mark was to be taken off {target_id} in Sage 300.",
            "What was approved or paid there stays so.",
            "Correct it in Sage 300.",
            "actions.not-released",
        )

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        """Nothing: the key on a payment batch cannot be read back into its document."""
        return iter(())

    def _carry_out(self, delivery: Delivery) -> Outcome:
        task = Task(Wish(delivery.content), delivery, self._ledgers.intent(delivery.entry_id))
        try:
            came_to = (self._approving if task.wish.action == "approve" else self._paying).carry_out(task)
        except RecordTrouble as trouble:
            return Refused(trouble)
        except Throttled as trouble:
            if is_later(trouble):
                return Delayed(trouble)
            raise
        self._ledgers.note(delivery, outcome=came_to.to_json())
        return Settled(*_named(task.wish, came_to))

    def _place_of(self, delivery: Delivery) -> tuple[str, str] | None:
        """What stands for an action in Sage 300, as id and visible key; None where it has not begun."""
        wish = Wish(delivery.content)
        if wish.action == "approve":
            place = self._approving.has_begun(wish)
            return _key(wish, place.batch.header.number, int(place.invoice.entry)) if place else None
        try:
            batch = self._paying.own_batch(wish)
        except RecordTrouble:  # several: it is refused when it goes on
            return None
        return _key(wish, batch.number, 1) if batch else None


def _named(wish: Wish, came_to: CameTo) -> tuple[str, str]:
    return _key(wish, came_to.batch, came_to.entry)


def _key(wish: Wish, batch: int, entry: int) -> tuple[str, str]:
    """As in IN58-1 or PY83-1: an entry of an invoice batch, or of a payment batch."""
    key = f"{'IN' if wish.action == 'approve' else 'PY'}{batch}-{entry}"
    return key, key


@dataclass(frozen=True)
class IntoSage300:
    """Where a stream of actions goes."""

    def open(
        self,
        parts: Parts,
        stream: Stream,
        integration: Integration,
        connection: Connection,
        request_log: RequestLog,
        *,
        look_first: bool = False,
    ) -> ActionTarget:
        """Every action looks first. Makes no call. Raises ConfigurationTrouble for credentials or settings that make no
        sense, and where the app is disabled: who switches it off wants nothing more to be paid."""
        ledgers = Ledgers(parts.database, stream.site_id, integration.id, stream.id)
        groups = JiraGroups(open_jira_client(parts, stream.site_id, request_log))
        settings = ActionSettings.of(stream.settings)
        return ActionTarget(Means(open_sage300(parts, connection, request_log), settings, ledgers, groups))

    def calls_at_once(self, integration: Integration) -> int:
        """Posting is serial in a company (contract sage300, section 8)."""
        return 1


class JiraGroups:
    """The groups of people, asked for once in a pass."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._known: dict[str, set[str]] = {}

    def __call__(self, account_id: str) -> set[str]:
        if account_id not in self._known:
            self._known[account_id] = people.groups_of(self._client, account_id)
        return self._known[account_id]
