"""With what an action is carried out: Sage 300, our ledgers, what an administrator has decided, and who is who."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from plugin.integrations.sage300_jira.actions.ledgers import Intent, Ledgers
from plugin.integrations.sage300_jira.actions.refusals import ASK_AGAIN, later, refused
from plugin.integrations.sage300_jira.actions.settings import ActionSettings
from plugin.integrations.sage300_jira.actions.wish import Wish
from plugin.sync.documents import Delivery
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Throttled, TransientTrouble, Trouble
from sage_adapters.sage300.banks import Bank, list_banks
from sage_adapters.sage300.calendar import FiscalCalendar, fiscal_periods
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.posting import PAUSE_SECONDS

CONFLICT_SECONDS = 60.0
"""After a processing conflict, or while somebody has a batch open (contract sage300, section 2)."""
JIRA_SECONDS = 60.0
PATIENCE = timedelta(hours=1)
"""So long after it was asked for, an action that Sage 300 keeps putting off waits for a person."""
BUSY = frozenset({"sage300.batch-in-use", "sage300.posting-conflict"})
NO_CHANGE_OF_BATCHES = "sage300.release"


class Means:
    """What is shared by the actions of one pass. Calendar and banks are read once, vendors and documents each time."""

    def __init__(
        self,
        client: Sage300Client,
        settings: ActionSettings,
        ledgers: Ledgers,
        read_groups: Callable[[str], Collection[str]],
    ) -> None:
        """`read_groups`: the groups of an account in Jira."""
        self.client = client
        self.settings = settings
        self.ledgers = ledgers
        self._read_groups = read_groups
        self._calendar: FiscalCalendar | None = None
        self._banks: list[Bank] = []

    # No cached_property: before Python 3.12 all its instances wait for one that is being read.
    @property
    def calendar(self) -> FiscalCalendar:
        self._calendar = self._calendar or fiscal_periods(self.client)
        return self._calendar

    @property
    def banks(self) -> list[Bank]:
        self._banks = self._banks or list_banks(self.client)
        return self._banks

    def groups_of(self, wish: Wish) -> Collection[str]:
        """Those of whoever wishes. When Jira cannot tell them now, the action waits; when it will not, it is refused:
        Jira's troubles must not be taken for Sage 300's."""
        try:
            return self._read_groups(wish.actor)
        except (TransientTrouble, Throttled) as trouble:
            raise later(wish, "actions.groups-later", trouble.got, JIRA_SECONDS) from None
        except Trouble as trouble:
            got = f"Jira does not tell the groups of {wish.actor_name}. {trouble.got}"
            raise refused(wish, "actions.groups-unknown", got, f"{trouble.remedy} {ASK_AGAIN}") from None


@dataclass(frozen=True)
class Task:
    """One wish on its way. `intent` proves, before each step, that nobody else carries it out by now."""

    wish: Wish
    delivery: Delivery
    intent: Intent


@contextmanager
def writing(task: Task, ledgers: Ledgers) -> Iterator[None]:
    """Around a step that changes something in Sage 300: where it is only put off, the action goes on later.

    Raises LeaseLost before the step when another worker has taken over.
    """
    wish = task.wish
    ledgers.hold(task.intent)
    try:
        yield
    except TransientTrouble as trouble:
        if trouble.code not in BUSY:
            raise
        if datetime.now(UTC) - wish.at > PATIENCE:
            raise RecordTrouble(wish.tried, trouble.got, trouble.remedy, "actions.busy") from None
        raise later(wish, "actions.busy", trouble.got, CONFLICT_SECONDS) from None
    except ConfigurationTrouble as trouble:
        if trouble.code != NO_CHANGE_OF_BATCHES:
            raise
        remedy = f"{trouble.remedy} Then ask for it again: what was done there counts."
        raise RecordTrouble(wish.tried, trouble.got, remedy, "actions.release") from None


def pause(wish: Wish) -> Throttled:
    """Between setting a batch ready and posting it. No worker waits for it: the entry goes on in a later pass."""
    return later(wish, "actions.pause", "Its batch was set ready to post a moment ago.", PAUSE_SECONDS)


def still_posting(wish: Wish, batch: str) -> Throttled | RecordTrouble:
    """Sage 300 is posting the batch, or has passed it over."""
    got = f"{batch} is not posted yet."
    if datetime.now(UTC) - wish.at > PATIENCE:
        remedy = f"See in Sage 300 why it is not posted, or post it there. {ASK_AGAIN}"
        return refused(wish, "actions.busy", got, remedy)
    return later(wish, "actions.busy", got, CONFLICT_SECONDS)
