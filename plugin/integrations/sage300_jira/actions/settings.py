"""What an administrator has decided about approving and paying, read from the settings of the stream.

Nothing is allowed that is not said there: without a group or a user that may do it, an action is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import InvalidOperation
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.records import Money

Action = Literal["approve", "pay"]
ACTIONS: tuple[Action, ...] = ("approve", "pay")
AT_ONCE = "at-once"
"""Setting `batch` of approvals: a batch goes on with the first approval, whatever else it holds."""


@dataclass(frozen=True)
class Status:
    """A status of Jira."""

    id: str
    name: str


@dataclass(frozen=True)
class Rules:
    """Who may do something, and what comes of it.

    `status`: an issue that enters it wishes for the action. `up_to` None is no limit. `post`: Sage 300 is told to post,
    else that is left to people there. `done_status`, `refused_status`: where the issue goes afterwards.
    """

    status: Status | None = None
    groups: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    up_to: Money | None = None
    four_eyes: bool = True
    post: bool = False
    done_status: Status | None = None
    refused_status: Status | None = None

    @property
    def on(self) -> bool:
        """Whether anybody may do it."""
        return bool(self.groups or self.users)


@dataclass(frozen=True)
class ApproveRules(Rules):
    """`whole_batch`: a batch is set ready to post only when all its documents are approved."""

    whole_batch: bool = True


@dataclass(frozen=True)
class PayRules(Rules):
    """`bank` is the code of the bank to pay from. `ready`: the payment batch is set ready to post."""

    bank: str = ""
    ready: bool = False


@dataclass(frozen=True)
class ActionSettings:
    """`sage_users` says which person of Jira (account id) a user of Sage 300 is. `time_zone` is the company's: its day
    is the date of a payment."""

    approve: ApproveRules = field(default_factory=ApproveRules)
    pay: PayRules = field(default_factory=PayRules)
    sage_users: Mapping[str, str] = field(default_factory=dict)
    time_zone: tzinfo = UTC

    @classmethod
    def of(cls, settings: JsonObject) -> Self:
        """From the stream's settings. Raises ConfigurationTrouble for what makes no sense."""
        approve, pay = settings.get("approve") or {}, settings.get("pay") or {}
        post = bool(pay.get("post"))
        return cls(
            approve=ApproveRules(**_rules(approve), whole_batch=approve.get("batch") != AT_ONCE),
            pay=PayRules(**_rules(pay), bank=str(pay.get("bank") or ""), ready=post or bool(pay.get("ready"))),
            sage_users={str(user).upper(): str(who) for user, who in (settings.get("sage_users") or {}).items()},
            time_zone=_time_zone(settings.get("time_zone")),
        )

    def rules(self, action: Action) -> ApproveRules | PayRules:
        return self.approve if action == "approve" else self.pay

    def today(self) -> date:
        """The company's date."""
        return datetime.now(self.time_zone).date()


def statuses(settings: JsonObject) -> dict[str, Action]:
    """By id of a status of Jira, the action that an issue wishes for by entering it. Never raises: a setting that makes
    no sense stops the stream, not those who listen for wishes."""
    found: dict[str, Action] = {}
    for action in ACTIONS:
        stored = settings.get(action) or {}
        status = _status(stored.get("status"))
        if status is not None and (stored.get("groups") or stored.get("users")):
            found[status.id] = action
    return found


def action_named(name: object) -> Action:
    """Raises ValueError."""
    for action in ACTIONS:
        if action == name:
            return action
    raise ValueError(f"{name!r} is no action.")


def _rules(stored: JsonObject) -> dict[str, Any]:
    four_eyes = stored.get("four_eyes")
    return {
        "status": _status(stored.get("status")),
        "groups": frozenset(map(str, stored.get("groups") or ())),
        "users": frozenset(map(str, stored.get("users") or ())),
        "up_to": _limit(stored.get("up_to")),
        "four_eyes": True if four_eyes is None else bool(four_eyes),
        "post": bool(stored.get("post")),
        "done_status": _status(stored.get("done_status")),
        "refused_status": _status(stored.get("refused_status")),
    }


def _status(stored: JsonObject | None) -> Status | None:
    return Status(str(stored["id"]), str(stored.get("name") or "")) if stored and stored.get("id") else None


def _limit(stored: str | None) -> Money | None:
    if not stored:
        return None
    try:
        limit = Money.from_text(stored)
    except InvalidOperation:
        limit = Money.from_text("NaN")
    if not limit.amount.is_finite() or not limit.currency:
        raise _senseless(f"“{stored}” is no amount with a currency.")
    return limit


def _time_zone(stored: str | None) -> tzinfo:
    try:
        return ZoneInfo(stored) if stored else UTC
    except (ZoneInfoNotFoundError, ValueError):
        raise _senseless(f"“{stored}” is no time zone.") from None


def _senseless(got: str) -> ConfigurationTrouble:
    """Read as no limit or another day, a slip would let through what must not pass."""
    return ConfigurationTrouble(
        "The settings of approving and paying were about to be used.",
        got,
        "Open the page on which approving and paying are set up, correct it, and save.",
        "actions.settings",
    )
