"""Rules: where new issues of a stream go and what they are born with, tried in order."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from plugin.store.models import JsonObject
from plugin.web import stored_rules
from plugin.web.frame import framed
from plugin.web.setting_up import Setup, placed
from plugin.web.visit import Flag, Fragment, NotThere, Visit

CHANGED_MEANWHILE = Flag("Nothing was changed", "The rules have changed since this page was shown.", "warning")


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        setup = placed(visit, session)
        return _page(session, setup)


def move(visit: Visit) -> Fragment:
    """One rule `to` up or down."""
    by = {"up": -1, "down": 1}.get(visit.parameters.get("to", ""))
    if by is None:
        raise NotThere()

    def moved(rules: list[JsonObject], position: int) -> Flag | None:
        rules.insert(max(0, position + by), rules.pop(position))
        return None

    return _changed(visit, moved)


def delete(visit: Visit) -> Fragment:
    def deleted(rules: list[JsonObject], position: int) -> Flag:
        return Flag(f"The rule “{rules.pop(position).get('name', '')}” was deleted", "Issues that are there stay.")

    return _changed(visit, deleted)


def _changed(visit: Visit, change: Callable[[list[JsonObject], int], Flag | None]) -> Fragment:
    with visit.writing() as session:
        setup = placed(visit, session)
        rules, route = stored_rules.of(setup.stream), f"rules?{setup.where}"
        if visit.parameters.get("seen") != stored_rules.seen(rules):
            return Fragment.go(route, CHANGED_MEANWHILE)
        position = visit.number("rule")
        if position >= len(rules):
            raise NotThere()
        flag = change(rules, position)
        stored_rules.keep(setup.stream, rules)
    return Fragment.go(route, flag)


def _page(session: Session, setup: Setup) -> Fragment:
    rules, into_jira = stored_rules.of(setup.stream), setup.into_jira
    listed = stored_rules.listed(rules, into_jira.subjects)
    behind = next((number for number, each in enumerate(listed, 1) if each.catches_all), len(listed))
    return framed(
        session,
        "rules.html",
        f"Rules: where {setup.described.documents} go",
        "overview",
        setup=setup,
        shown="rules",
        where=setup.where,
        settings=setup.stream.settings,
        described=setup.described,
        rules=listed,
        never=listed[behind:],
        seen=stored_rules.seen(rules),
        most=stored_rules.MOST_RULES,
    )
