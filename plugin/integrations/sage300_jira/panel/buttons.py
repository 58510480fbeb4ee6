"""Approve and Pay in the panel: what is offered to whom, what has become of it, and how a press becomes a wish.

Nobody is stopped by a button that is missing: the guards are asked when Sage 300 is about to be told (`actions`). So
the panel decides cheaply. Whoever is named is offered the action; where groups are named, so is everybody, because
only Jira knows who is in them, and it is asked when the action is carried out. What our own ledgers already know to
speak against it is said before anything is confirmed, in the words of those same guards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.panels import Deed, NotOffered, Offer, Pressed, Sheet
from plugin.integrations.sage300_jira.actions.ledgers import ACTIONS
from plugin.integrations.sage300_jira.actions.outcome import State
from plugin.integrations.sage300_jira.actions.settings import ACTIONS as BOTH
from plugin.integrations.sage300_jira.actions.settings import Action, ActionSettings, action_named
from plugin.integrations.sage300_jira.actions.wish import Wish, action_key
from plugin.integrations.sage300_jira.actions.wishes import PANEL, Asked, wish
from plugin.integrations.sage300_jira.panel import offers
from plugin.store.models import LedgerEntry, Snapshot, Stream
from plugin.sync import ledger
from plugin.sync.causes import IGNORED, PARKED
from plugin.sync.failures import NotPossible
from sage_adapters.errors import ConfigurationTrouble

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
SENTENCES = ("tried", "got", "remedy")
DONE: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "approve": {State.WAITING: ("Approved, waits for others", "info"), State.READY: ("Approved", "ok")},
    "pay": {State.ENTERED: ("Payment entered", "info"), State.READY: ("Payment ready to post", "info")},
}
POSTED = {"approve": ("Approved", "ok"), "pay": ("Paid", "ok")}
REFUSED = {"approve": "Not approved", "pay": "Not paid"}
CALLED = {"approve": "Approval", "pay": "Payment"}
ON_ITS_WAY = {
    "pending": ("asked for", "It begins in a moment."),
    "sending": ("being done", "Sage 300 is being told."),
    "uncertain": ("not confirmed", "Sage 300 was told, and its answer was lost. It is asked where it stands."),
}
GOES_ON = ("being done", "It goes on by itself in a moment.")


class ActionButtons:
    """Those of an invoice."""

    def offers(self, sheet: Sheet, visitor: str | None) -> Sequence[Offer]:
        stream = sheet.siblings.get(ACTIONS)
        if visitor is None or stream is None or not stream.active or ledger.was_unreadable(sheet.entry):
            return []
        try:
            settings = ActionSettings.of(stream.settings)
        except ConfigurationTrouble:
            return []  # the stream stands still for it, and tells an administrator
        return list(offers.offered(sheet, stream, settings, visitor))

    def deeds(self, sheet: Sheet) -> Sequence[Deed]:
        stream = sheet.siblings.get(ACTIONS)
        if stream is None:
            return []
        return [_deed(entry, stream) for entry in offers.entries(sheet, stream)]

    def press(self, sheet: Sheet, pressed: Pressed) -> Stream:
        stream = sheet.siblings.get(ACTIONS)
        if stream is None or not TOKEN.fullmatch(pressed.token) or pressed.action not in BOTH:
            raise NotOffered("This could not be understood. Go back and press the button again.")
        action, wish_id = action_named(pressed.action), f"{PANEL}-{pressed.token}"
        if wish_id not in _wishes(sheet, stream, action):
            self._see_whether_offered(sheet, pressed)
        asked = Asked(
            action=action,
            document_key=sheet.entry.document_key,
            issue_id=sheet.entry.target_id or "",
            issue_key=sheet.entry.target_key or "",
            actor=pressed.by,
            actor_name=_known_name(sheet.session, pressed.by),
            at=pressed.at,
            via=PANEL,
            id=wish_id,
            amount=pressed.amount,
        )
        try:
            wish(sheet.session, stream, asked)
        except NotPossible as impossible:
            raise NotOffered(str(impossible)) from None
        return stream

    def _see_whether_offered(self, sheet: Sheet, pressed: Pressed) -> None:
        """The figures are those that the panel would show now; none are taken from the form."""
        offer = next((each for each in self.offers(sheet, pressed.by) if each.action == pressed.action), None)
        if offer is None:
            raise NotOffered("You may not do this, or it is no longer to be done. The panel shows how it stands.")
        if str(offer.amount) != pressed.amount:
            raise NotOffered("The amount has changed since you were shown it. Look at it again, and confirm anew.")
        if offer.against:
            raise NotOffered(f"{offer.against} {offer.remedy}")


def _wishes(sheet: Sheet, stream: Stream, action: Action) -> Sequence[str]:
    """Ids of all wishes made so far."""
    key = action_key(action, sheet.entry.document_key)
    entry = next((each for each in offers.entries(sheet, stream) if each.document_key == key), None)
    return entry.content["wishes"] if entry else ()


def _known_name(session: Session, account: str) -> str:
    """As it was read for the page on which people are chosen; "" for others. Their browsers are not asked: what they
    say would stand in comments."""
    bodies = session.scalars(select(Snapshot.body).where(Snapshot.subject.startswith("people:")))
    found = (each for body in bodies for each in (body or {}).get("choices") or ())
    return next((str(each["name"]) for each in found if each["id"] == account), "")


def _deed(entry: LedgerEntry, stream: Stream) -> Deed:
    asked = Wish(entry.content)
    words, tone, said = _standing(entry, stream, asked.action)
    return Deed(
        action=asked.action,
        words=words,
        tone=tone,
        said=list(said),
        by=asked.actor,
        by_name=str(entry.content["actor_name"] or ""),
        at=asked.at,
        under_way=entry.state in ON_ITS_WAY,
    )


def _standing(entry: LedgerEntry, stream: Stream, action: Action) -> tuple[str, str, Iterator[str]]:
    """In words, with a tone and in sentences."""
    if entry.state in (PARKED, IGNORED):
        trouble = entry.trouble or {}
        return REFUSED[action], "bad", (trouble[name] for name in SENTENCES if trouble.get(name))
    if entry.state in ON_ITS_WAY:
        words, sentence = ON_ITS_WAY[entry.state]
        if entry.state == "pending" and entry.next_try_at is not None:
            words, sentence = GOES_ON
        return f"{CALLED[action]} {words}", "info", iter([sentence, *_held_up(stream)])
    outcome = entry.content.get("outcome") or {}
    words, tone = DONE[action].get(outcome.get("state", ""), POSTED[action])
    return words, tone, iter([outcome["said"]] if outcome else [])


def _held_up(stream: Stream) -> list[str]:
    if not stream.active:
        return ["An administrator has paused approving and paying: it is done once that is resumed."]
    return [f"Counterfoil is held up: {stream.trouble['got']}"] if stream.trouble else []
