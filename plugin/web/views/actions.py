"""Approve and pay: who may do it from Jira, and what then happens in the source. Switching on is confirmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from plugin.integrations import choosing
from plugin.integrations.registry import product_of
from plugin.store.models import JsonObject, Stream
from plugin.web import action_form, forms, offers, snapshots, starting
from plugin.web.action_form import ACTIONS, Entries, is_on
from plugin.web.action_words import consequences
from plugin.web.frame import framed
from plugin.web.offers import Offer
from plugin.web.setting_up import Setup, integration_of, named
from plugin.web.visit import Flag, Fragment, NotThere, Visit

LONGEST_NAME = 80


@dataclass(frozen=True)
class _Place:
    """The stream of actions, and that of the documents they are about."""

    setup: Setup
    documents: Setup
    statuses: Offer
    people: Offer
    banks: Offer

    @classmethod
    def of(cls, visit: Visit, session: Session) -> _Place:
        """Raises NotThere for a product without actions, or one whose documents have no place in Jira yet."""
        integration = integration_of(visit, session)
        described = next((each for each in product_of(integration).streams if each.wishes), None)
        if described is None or described.wishes is None:
            raise NotThere()
        setup = named(session, integration, described.name)
        documents = named(session, integration, described.wishes.documents)
        place = documents.stream.settings
        if not place.get("project_id"):
            raise NotThere(f"Choose where {documents.described.documents} go first.")
        subjects = (
            choosing.statuses_of(place["project_id"], place["issue_type_id"]),
            choosing.people_of(place["project_id"]),
            choosing.banks_of(integration.connection_id),
        )
        return cls(setup, documents, *offers.offers(session, subjects))

    @property
    def where(self) -> str:
        return f"integration={self.setup.integration.id}"

    @property
    def stream(self) -> Stream:
        return self.setup.stream

    @property
    def read(self) -> list[str]:
        """What is read without being asked by a name."""
        return [self.statuses.subject, self.banks.subject]


def open_(visit: Visit) -> Fragment:
    """Goes to the page, and asks for what it offers where that is not known or old."""
    with visit.writing() as session:
        place = _Place.of(visit, session)
        due = offers.begin(session, visit, place.read)
    offers.ask(visit, due)
    return Fragment.go(f"actions?{place.where}&{visit.asked_now}")


def read_again(visit: Visit) -> Fragment:
    with visit.writing() as session:
        place = _Place.of(visit, session)
        due = offers.begin(session, visit, place.read, anew=True)
    offers.ask(visit, due)
    return Fragment.go(f"actions?{place.where}&{visit.asked_now}")


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        place = _Place.of(visit, session)
        return _page(visit, session, place, Entries.stored(place.stream.settings), {})


def area(visit: Visit) -> Fragment:
    """The form alone, asked for until what it offers is read."""
    with visit.reading() as session:
        place = _Place.of(visit, session)
        values = _values(visit, place, Entries.stored(place.stream.settings), {})
        return Fragment.of("actions_area.html", "", **values)


def looking(visit: Visit) -> Fragment:
    """How far the search for people is, asked for until it is over."""
    with visit.reading() as session:
        place = _Place.of(visit, session)
        values = _values(visit, place, Entries.stored(place.stream.settings), {})
        return Fragment.of("actions_looking.html", "", **{**values, "offered": False})


def more(visit: Visit) -> Fragment:
    """The page with what was typed; people found meanwhile can be chosen on it."""
    with visit.reading() as session:
        return _page(visit, session, _Place.of(visit, session), Entries.typed(_typed(visit)), {})


def look(visit: Visit) -> Fragment:
    """Has people looked for whose name begins with what was typed."""
    with visit.writing() as session:
        place, entries = _Place.of(visit, session), Entries.typed(_typed(visit))
        if not entries.person:
            return _page(visit, session, place, entries, {"person": "Enter the beginning of a name."})
        offers.look_for(session, place.people.subject, entries.person[:LONGEST_NAME])
        session.flush()
        page = _page(visit, session, _Place.of(visit, session), entries, {})
    offers.ask(visit, [place.people.subject])
    return page


def save(visit: Visit) -> Fragment:
    """What is switched on, or changed while it is on, is told first, and saved when it is confirmed just so."""
    with visit.writing() as session:
        place = _Place.of(visit, session)
        reading = forms.read(action_form.schema(visit.form), visit.form)
        entries = Entries.typed(reading.typed)
        result = action_form.made(entries, place.statuses, place.banks, place.stream.settings)
        if problems := {**result.problems, **reading.problems}:
            return _page(visit, session, place, entries, problems)
        stream, settings = place.stream, {**place.stream.settings, **result.settings}
        told = consequences(stream.settings, settings, place.documents.described, place.setup.product.system.label)
        if told and visit.parameters.get("confirmed") != _digest(settings):
            return _page(visit, session, place, entries, {}, confirm=told, digest=_digest(settings))
        stream.settings = settings
        on = any(is_on(settings[action]) for action in ACTIONS)
        if on and stream.started_at is None:
            starting.begin(stream, visit.now)
    flag = Flag("Saved", "" if on else "Nobody may approve or pay from Jira.")
    return Fragment.go(f"actions?{place.where}", flag)


def _digest(settings: JsonObject) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def _typed(visit: Visit) -> dict[str, str]:
    return {name: value for name, value in visit.form.items() if isinstance(value, str)}


def _page(
    visit: Visit,
    session: Session,
    place: _Place,
    entries: Entries,
    problems: Mapping[str, str],
    *,
    confirm: Sequence[str] = (),
    digest: str = "",
) -> Fragment:
    values = {**_values(visit, place, entries, problems), "confirm": confirm, "digest": digest}
    return framed(session, "actions.html", "Approve and pay from Jira", "overview", **values)


def _values(visit: Visit, place: _Place, entries: Entries, problems: Mapping[str, str]) -> dict[str, Any]:
    stored = place.stream.settings
    bank = (stored.get("pay") or {}).get("bank")
    names = {each["id"]: each["name"] for each in place.people.choices}
    return {
        "where": place.where,
        "documents": place.documents,
        "described": place.documents.described,
        "place": place.documents.stream.settings,
        "source": place.setup.product.system.label,
        "stored": stored,
        "entries": entries,
        "actions": ACTIONS,
        "on": {action: is_on(stored.get(action) or {}) for action in ACTIONS},
        "statuses": place.statuses,
        "status_choices": place.statuses.besides(
            *((stored.get(action) or {}).get(name) for action in ACTIONS for name in action_form.STATUSES)
        ),
        "banks": place.banks,
        "bank_choices": place.banks.besides({"id": bank, "name": "as chosen before"} if bank else None),
        "people": place.people,
        "accounts": list(dict.fromkeys([*entries.accounts, *names])),
        "names": names,
        "sage_users": [*entries.sage_users, ("", "")],
        "problems": problems,
        "offered": True,
        "confirm": (),
        "digest": "",
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "slow": visit.waited_long(),
        "poll": snapshots.POLL,
    }
