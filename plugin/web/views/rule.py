"""One routing rule: made or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from plugin.integrations import choosing
from plugin.store.models import JsonObject
from plugin.web import condition_form, forms, offers, rule_form, snapshots, stored_rules
from plugin.web.condition_form import Row
from plugin.web.frame import framed
from plugin.web.rule_form import Entries, Offers
from plugin.web.setting_up import Setup, placed
from plugin.web.views.rules import CHANGED_MEANWHILE
from plugin.web.visit import Flag, Fragment, NotThere, Visit

BLANK = 1
"""Rows to choose a further condition in."""


@dataclass(frozen=True)
class _Place:
    """The rule that the route names, by its position among the rules as the page has shown them; None for a new one."""

    setup: Setup
    rules: list[JsonObject]
    position: int | None

    @classmethod
    def of(cls, visit: Visit, session: Session) -> _Place:
        setup = placed(visit, session)
        rules = stored_rules.of(setup.stream)
        position = visit.number("rule") if visit.parameters.get("rule") else None
        if position is not None and position >= len(rules):
            raise NotThere()
        return cls(setup, rules, position)

    @property
    def rule(self) -> JsonObject:
        return {} if self.position is None else self.rules[self.position]

    @property
    def where(self) -> str:
        number = "" if self.position is None else f"&rule={self.position}"
        return f"{self.setup.where}{number}&seen={stored_rules.seen(self.rules)}"

    def stored(self) -> Entries:
        return Entries.stored(self.rule, self.setup.into_jira.subjects)

    def project(self, entries: Entries) -> str:
        """Where issues will be, of which people and components are asked for."""
        return entries.project or str(self.setup.stream.settings.get("project_id", ""))

    def offers(self, session: Session, project_id: str) -> Offers:
        subjects = _subjects(project_id)
        components, priorities, people = offers.offers(session, subjects)
        projects = snapshots.projects(snapshots.find(session, snapshots.PROJECTS))
        return Offers(projects, components, priorities, people)


def open_(visit: Visit) -> Fragment:
    """Goes to the page, and asks for what it offers where that is not known or old."""
    with visit.writing() as session:
        place = _Place.of(visit, session)
        due = offers.begin(session, visit, _subjects(place.project(place.stored()))[:2])
        stale = not snapshots.is_fresh(snapshots.find(session, snapshots.PROJECTS), visit.now)
        if stale:
            snapshots.begin(session, snapshots.PROJECTS)
    offers.ask(visit, due)
    if stale:
        visit.parts.queue.read_projects(visit.site_id)
    return Fragment.go(f"rule?{place.where}")


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        place = _Place.of(visit, session)
        return _page(session, place, place.stored(), {})


def more(visit: Visit) -> Fragment:
    """The page with what was typed, without the condition `without`, and room for one more."""
    with visit.reading() as session:
        entries = Entries.typed(_typed(visit))
        if "without" in visit.parameters:
            number = visit.number("without")
            entries = replace(entries, rows=[row for n, row in enumerate(entries.rows) if n != number])
        return _page(session, _Place.of(visit, session), entries, {}, blank=BLANK + ("without" not in visit.parameters))


def check(visit: Visit) -> Fragment:
    """What follows from what is chosen now; nothing is saved."""
    with visit.reading() as session:
        place, typed = _Place.of(visit, session), _typed(visit)
        entries = Entries.typed(typed)
        return Fragment.of(
            "rule_verdicts.html", "", **_values(session, place, entries, {}, condition_form.rows_numbered(typed))
        )


def area(visit: Visit) -> Fragment:
    """What is offered in the project `of`, asked for until it is read."""
    with visit.reading() as session:
        place = _Place.of(visit, session)
        entries = replace(place.stored(), project=str(visit.parameters.get("of", "")))
        return Fragment.of("rule_offers.html", "", **_values(session, place, entries, {}, []))


def look(visit: Visit) -> Fragment:
    """Has people looked for whose name begins with what was typed."""
    with visit.writing() as session:
        place, entries = _Place.of(visit, session), Entries.typed(_typed(visit))
        subject = choosing.people_of(place.project(entries))
        problems = {} if entries.person else {"person": "Enter the beginning of a name."}
        if entries.person:
            offers.look_for(session, subject, entries.person[: rule_form.LONGEST_NAME])
            session.flush()
        page = _page(session, place, entries, problems)
    if entries.person:
        offers.ask(visit, [subject])
    return page


def read_again(visit: Visit) -> Fragment:
    """Reads what the chosen project offers."""
    with visit.writing() as session:
        place, entries = _Place.of(visit, session), Entries.typed(_typed(visit))
        due = offers.begin(session, visit, _subjects(place.project(entries))[:2], anew=True)
        session.flush()
        page = _page(session, place, entries, {})
    offers.ask(visit, due)
    return page


def save(visit: Visit) -> Fragment:
    with visit.writing() as session:
        place = _Place.of(visit, session)
        route = f"rules?{place.setup.where}"
        if visit.parameters.get("seen") != stored_rules.seen(place.rules):
            return Fragment.go(route, CHANGED_MEANWHILE)
        reading = forms.read(rule_form.schema(visit.form), visit.form)
        entries = Entries.typed(reading.typed)
        entries = replace(entries, **{name: getattr(entries, name).strip() for name in rule_form.PLAIN})
        offered = place.offers(session, place.project(entries))
        taken = [str(each.get("name", "")) for number, each in enumerate(place.rules) if number != place.position]
        rule, wrong = rule_form.made(entries, offered, place.setup.into_jira.subjects, place.rule, taken)
        problems = {**wrong, **reading.problems}
        if place.position is None and len(place.rules) >= stored_rules.MOST_RULES:
            problems[forms.WHOLE_FORM] = f"There can be {stored_rules.MOST_RULES} rules. Delete one first."
        if problems:
            return _page(session, place, entries, problems)
        _keep(place, rule)
    return Fragment.go(route, Flag(f"The rule “{rule['name']}” is saved", "It decides about issues made from now on."))


def _keep(place: _Place, rule: JsonObject) -> None:
    if place.position is None:
        rules = [*place.rules, rule]
    else:
        rules = [rule if number == place.position else each for number, each in enumerate(place.rules)]
    stored_rules.keep(place.setup.stream, rules)


def _subjects(project_id: str) -> list[str]:
    return [choosing.components_of(project_id), choosing.PRIORITIES, choosing.people_of(project_id)]


def _typed(visit: Visit) -> dict[str, str]:
    return {name: value for name, value in visit.form.items() if isinstance(value, str)}


def _page(
    session: Session, place: _Place, entries: Entries, problems: Mapping[str, str], *, blank: int = BLANK
) -> Fragment:
    rows = [*entries.rows, *[Row()] * blank]
    title = "New rule" if place.position is None else f"Rule: {place.rule.get('name', '')}"
    return framed(session, "rule.html", title, "overview", **_values(session, place, entries, problems, rows))


def _values(
    session: Session, place: _Place, entries: Entries, problems: Mapping[str, str], rows: list[Row]
) -> dict[str, Any]:
    setup, project_id = place.setup, place.project(entries)
    offered = place.offers(session, project_id)
    subjects = setup.into_jira.subjects
    project = snapshots.chosen(offered.projects, entries.project)
    then = place.rule.get("then") or {}
    kept = then.get("components") or () if project_id == place.project(place.stored()) else ()
    return {
        "setup": setup,
        "shown": "rules",
        "where": place.where,
        "settings": setup.stream.settings,
        "described": setup.described,
        "entries": entries,
        "rows": [condition_form.judged(row, subjects) for row in rows],
        "subjects": subjects,
        "projects": offered.projects,
        "kept_place": then.get("place"),
        "project": project,
        "project_id": project_id,
        "issue_types": snapshots.issue_types(project),
        "offers": offered,
        "people": offered.people.besides(then.get("assignee")),
        "components": offered.components.besides(*kept),
        "priorities": offered.priorities.besides(then.get("priority")),
        "problems": problems,
        "poll": snapshots.POLL,
    }
