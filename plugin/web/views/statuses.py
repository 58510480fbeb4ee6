"""Status and links: where an issue goes in Jira's workflow when its document moves on in its own system, and how it is
linked to the issue of what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from plugin.integrations import choosing
from plugin.integrations.into_jira import STATUSES
from plugin.store.models import JsonObject, Stream
from plugin.web import forms, offers, snapshots
from plugin.web.frame import framed
from plugin.web.offers import Offer
from plugin.web.setting_up import Setup, placed
from plugin.web.visit import Flag, Fragment, NotThere, Visit

LINK_TYPE = "link_type"
"""Setting of a stream: `id` of a link type, and `order_first`, whether the sentence begins with what it belongs to."""


@dataclass(frozen=True)
class _Place:
    """The stream that the route names, and what can be chosen for it."""

    setup: Setup
    statuses: Offer
    links: Offer

    @classmethod
    def of(cls, visit: Visit, session: Session) -> _Place:
        """Raises NotThere for a stream that has neither states nor links, or no place yet."""
        setup = placed(visit, session)
        place, into_jira = setup.stream.settings, setup.into_jira
        if not (into_jira.states or into_jira.linked_to):
            raise NotThere()
        subject = choosing.statuses_of(place["project_id"], place["issue_type_id"])
        return cls(setup, *offers.offers(session, [subject, choosing.LINK_TYPES]))

    @property
    def stream(self) -> Stream:
        return self.setup.stream

    @property
    def states(self) -> Mapping[str, str]:
        """By name of the entry."""
        return {f"status-{number}": state for number, state in enumerate(self.setup.into_jira.states)}

    @property
    def subjects(self) -> list[str]:
        """Of what is offered here."""
        into_jira = self.setup.into_jira
        wanted = (self.statuses, into_jira.states), (self.links, into_jira.linked_to)
        return [offer.subject for offer, needed in wanted if needed]

    @property
    def reading(self) -> bool:
        return any(each.reading for each in (self.statuses, self.links) if each.subject in self.subjects)

    def sentences(self) -> dict[str, str]:
        """How the two can be linked, in words, by link type and direction; a type that reads alike both ways once."""
        document = self.setup.described.document
        parent = self.setup.product.stream(self.setup.into_jira.linked_to).document
        told = {}
        for each in self.links.choices:
            told[f"{each['id']}:first"] = f"{each['name']}: the {parent} {each['outward']} the {document}"
            if each["outward"] != each["inward"]:
                told[f"{each['id']}:last"] = f"{each['name']}: the {document} {each['outward']} the {parent}"
        return told


def open_(visit: Visit) -> Fragment:
    """Goes to the page, and asks for what it offers where that is not known or old."""
    return _open(visit, anew=False)


def read_again(visit: Visit) -> Fragment:
    return _open(visit, anew=True)


def _open(visit: Visit, *, anew: bool) -> Fragment:
    with visit.writing() as session:
        place = _Place.of(visit, session)
        due = offers.begin(session, visit, place.subjects, anew=anew)
    offers.ask(visit, due)
    return Fragment.go(f"statuses?{place.setup.where}&{visit.asked_now}")


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, _Place.of(visit, session), {}, {})


def area(visit: Visit) -> Fragment:
    """The form alone, asked for until everything is read."""
    with visit.reading() as session:
        return Fragment.of("statuses_area.html", "", **_values(visit, _Place.of(visit, session), {}, {}))


def save(visit: Visit) -> Fragment:
    with visit.writing() as session:
        place = _Place.of(visit, session)
        reading = forms.read(_form(place), visit.form)
        statuses, problems = _chosen(place, reading.typed)
        link = _link(place, reading.typed.get("link", ""), problems)
        if problems := {**problems, **reading.problems}:
            return _page(visit, session, place, reading.typed, problems)
        stream = place.stream
        if (statuses, link) != (_stored(stream), stream.settings.get(LINK_TYPE)):
            stream.settings = {**stream.settings, STATUSES: statuses, LINK_TYPE: link}
            stream.mapping_version += 1
    return Fragment.go(f"statuses?{place.setup.where}", Flag("Saved"))


def _form(place: _Place) -> Schema:
    names = [*place.states, *(["link"] if place.setup.into_jira.linked_to else [])]
    return forms.Form.from_dict({name: fields.String(load_default="") for name in names})()


def _stored(stream: Stream) -> dict[str, JsonObject]:
    return {str(state): status for state, status in (stream.settings.get(STATUSES) or {}).items() if status}


def _chosen(place: _Place, typed: Mapping[str, str]) -> tuple[dict[str, JsonObject], dict[str, str]]:
    chosen, problems, stored = {}, {}, _stored(place.stream)
    for name, state in place.states.items():
        if typed.get(name):
            status = place.statuses.chosen(typed[name], stored.get(state))
            if status is None:
                problems[name] = "This is not a status of this workflow. Choose again."
            else:
                chosen[state] = status
    return chosen, problems


def _link(place: _Place, typed: str, problems: dict[str, str]) -> JsonObject | None:
    """None for the link type that every site has."""
    if not typed:
        return None
    stored: JsonObject | None = place.stream.settings.get(LINK_TYPE)
    if typed == _link_text(stored):
        return stored
    type_id, _, direction = typed.partition(":")
    if typed not in place.sentences():
        problems["link"] = "This link type is gone. Choose again."
    return {"id": type_id, "order_first": direction == "first"}


def _link_text(stored: JsonObject | None) -> str:
    if not stored:
        return ""
    return f"{stored['id']}:{'first' if stored.get('order_first', True) else 'last'}"


def _page(
    visit: Visit, session: Session, place: _Place, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Fragment:
    title = f"Status and links: {place.setup.described.documents}"
    return framed(session, "statuses.html", title, "overview", **_values(visit, place, typed, problems))


def _values(visit: Visit, place: _Place, typed: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, Any]:
    setup, stored = place.setup, _stored(place.stream)
    present = {name: str(stored.get(state, {}).get("id", "")) for name, state in place.states.items()}
    return {
        "setup": setup,
        "shown": "statuses",
        "where": setup.where,
        "settings": setup.stream.settings,
        "source": setup.product.system.label,
        "described": setup.described,
        "states": place.states,
        "offers": [each for each in (place.statuses, place.links) if each.subject in place.subjects],
        "reading": place.reading,
        "choices": {state: place.statuses.besides(stored.get(state)) for state in setup.into_jira.states},
        "links": place.sentences() if setup.into_jira.linked_to else {},
        "value": {**present, "link": _link_text(place.stream.settings.get(LINK_TYPE)), **typed},
        "problems": problems,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "slow": visit.waited_long(),
        "poll": snapshots.POLL,
    }
