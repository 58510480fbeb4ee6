"""What must hold before Sage 300 is told to do anything. Each guard raises RecordTrouble, in plain words, when it does
not; none of them calls anything.

They are asked before every step that changes something, also when an action goes on after a pause or a death: what was
right a minute ago may not be any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from plugin.integrations.amounts import in_words
from plugin.integrations.sage300_jira.actions.facts import Facts, changes
from plugin.integrations.sage300_jira.actions.refusals import ASK_AGAIN, refused
from plugin.integrations.sage300_jira.actions.settings import Rules
from plugin.integrations.sage300_jira.actions.wish import Wish
from sage_adapters.records import Money, Vendor
from sage_adapters.sage300.banks import Bank
from sage_adapters.sage300.calendar import FiscalCalendar

Groups = Callable[[], Collection[str]]
"""The groups of whoever wishes, asked for only where it matters."""


def may_do_it(wish: Wish, rules: Rules, groups: Groups) -> None:
    """Nobody may who is not named, or in a group that is."""
    if not rules.on:
        raise refused(
            wish,
            "actions.off",
            f"Counterfoil is not set up to {wish.action} documents.",
            f"Have an administrator say who may {wish.action}. {ASK_AGAIN}",
        )
    named = wish.actor in rules.users
    if wish.actor and (named or (rules.groups and rules.groups & set(groups()))):
        return
    raise refused(
        wish,
        "actions.not-allowed",
        f"{wish.actor_name} is not among those who may {wish.action}.",
        f"Have it done by somebody who may, or have {wish.actor_name} added by an administrator.",
    )


def within_limit(wish: Wish, rules: Rules) -> None:
    """Compared in the limit's own currency: nothing is converted."""
    limit = rules.up_to
    if limit is None:
        return
    if limit.currency != wish.amount.currency:
        raise refused(
            wish,
            "actions.other-currency",
            f"The limit is {in_words(limit)}, and the document is in {wish.amount.currency}.",
            f"Amounts are not converted: {wish.action} it in Sage 300, or have an administrator lift the limit.",
        )
    if wish.amount.amount > limit.amount:
        raise refused(
            wish,
            "actions.above-limit",
            f"{in_words(wish.amount)} is more than the limit of {in_words(limit)}.",
            f"{wish.action.capitalize()} it in Sage 300, or have an administrator raise the limit.",
        )


def not_by_who_entered(wish: Wish, rules: Rules, entered_by: str, people: Mapping[str, str]) -> None:
    """Whoever entered the document is known by its user of Sage 300; only where an administrator has said which person
    that is, the two can be compared."""
    if rules.four_eyes and people.get(entered_by.upper()) == wish.actor:
        raise refused(
            wish,
            "actions.entered-by",
            f"{wish.actor_name} entered the document, as {entered_by} in Sage 300.",
            f"Somebody else has to {wish.action} it.",
        )


def not_by_who_approved(wish: Wish, rules: Rules, approved: Facts | None) -> None:
    if not rules.four_eyes:
        return
    if approved is None:
        raise refused(
            wish,
            "actions.not-approved",
            "Nobody has approved it in Jira, so that a second pair of eyes has not seen it.",
            f"Have somebody else approve it first. {ASK_AGAIN}",
        )
    if approved["by"] == wish.actor:
        raise refused(
            wish,
            "actions.approved-by",
            f"{wish.actor_name} approved it, on {_day(approved)}.",
            "Somebody else has to pay it.",
        )


def vendor_free(wish: Wish, vendor: Vendor) -> None:
    if vendor.on_hold:
        raise refused(
            wish,
            "actions.vendor-on-hold",
            f"The vendor {wish.vendor} is on hold.",
            f"Take the vendor off hold in Sage 300 if that is right. {ASK_AGAIN}",
        )
    if not vendor.active:
        raise refused(
            wish,
            "actions.vendor-inactive",
            f"The vendor {wish.vendor} is inactive.",
            f"Set the vendor active in Sage 300 if that is right. {ASK_AGAIN}",
        )


def not_on_hold(wish: Wish, on_hold: bool) -> None:
    if on_hold:
        raise refused(
            wish,
            "actions.on-hold",
            "The document is on hold.",
            f"Take it off hold in Sage 300 if that is right. {ASK_AGAIN}",
        )


def as_shown(wish: Wish, now: Money) -> None:
    """Whoever asked saw a figure; it is that which is approved or paid, or nothing."""
    if now != wish.amount:
        raise refused(
            wish,
            "actions.amount-changed",
            f"{wish.actor_name} was shown {in_words(wish.amount)}, and Sage 300 now says {in_words(now)}.",
            f"Look at the document again. {ASK_AGAIN}",
        )


def still_open(wish: Wish, outstanding: Money) -> None:
    if outstanding.amount <= 0:
        raise refused(
            wish,
            "actions.paid-already",
            "Nothing of it is open any more in Sage 300.",
            "Nothing to do, unless that payment was a mistake.",
        )


def period_open(wish: Wish, calendar: FiscalCalendar, day: date | None) -> None:
    """The day is that of posting; without one Sage 300 chooses, and refuses by itself."""
    if day is None:
        return
    period = calendar.period_of(day)
    if period is None or not period.open:
        which = f"fiscal period {period.year}-{period.number}" if period else "no fiscal period"
        raise refused(
            wish,
            "actions.period-closed",
            f"It would be posted on {day:%-d %B %Y}, which is in {which}{', and that is closed' if period else ''}.",
            f"Open the period in Common Services, Fiscal Calendar, or change the date. {ASK_AGAIN}",
        )


def bank_usable(wish: Wish, code: str, banks: Sequence[Bank]) -> None:
    """In another currency than the document's, an amount would have to be converted."""
    bank = next((each for each in banks if each.code == code), None)
    got = ""
    if bank is None:
        got = f"Sage 300 has no bank {code}." if code else "No bank is chosen to pay from."
    elif not bank.active:
        got = f"The bank {code} is inactive."
    elif bank.currency and bank.currency != wish.amount.currency:
        got = f"The bank {code} is kept in {bank.currency}, and the document is in {wish.amount.currency}."
    if got:
        raise refused(
            wish,
            "actions.bank",
            got,
            "Have an administrator choose another bank to pay from, or pay it in Sage 300.",
        )


def unchanged(wish: Wish, approved: Facts | None, now: Facts) -> None:
    """The pay freeze. What nobody has approved through us, or not yet, is compared with what our ledgers showed when it
    was asked for."""
    changed = changes(approved or wish.content["seen"], now, wish)
    if not changed:
        return
    since = (
        f"since {approved['by_name']} approved it on {_day(approved)}"
        if approved
        else f"since {wish.actor_name} asked for its {'approval' if wish.action == 'approve' else 'payment'}"
    )
    remedy = "Find out why. If it is right, have the document approved anew, or pay it in Sage 300."
    if not approved:
        remedy = f"Find out why. If it is right, wait until the issue shows it. {ASK_AGAIN}"
    raise refused(wish, "actions.changed-since", _sentence(f"{' and '.join(changed)} {since}."), remedy)


def _day(approved: Facts) -> str:
    return f"{datetime.fromisoformat(approved['at']):%-d %B %Y}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
