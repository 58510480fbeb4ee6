"""What an administrator decides beyond the mapping, each on its own page: rules, statuses, approving and paying."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from scripts.rehearsal.administrator import Administrator, Screen, SetUpFailed, where

TICKED = "on"


@dataclass(frozen=True)
class Rule:
    """A routing rule with one condition. Project, issue type and assignee as the page shows them, or the beginning."""

    name: str
    on: str
    how: str
    values: str
    project: str
    issue_type: str
    assignee: str = ""


def add_rule(administrator: Administrator, integration: int, stream: str, rule: Rule) -> None:
    """At the end of the stream's rules."""
    opened = administrator.act(f"rule/open?{where(integration, stream)}", {})
    here = (opened.redirect or "").partition("?")[2]
    form = {"name": rule.name, "on-0": rule.on, "how-0": rule.how, "values-0": rule.values}
    project = administrator.look(f"rule?{here}").choice("project", rule.project)
    form["project"] = project
    types = administrator.look(f"rule/more?{here}", form)
    form["issue_type"] = types.choice("issue_type", rule.issue_type)
    if rule.assignee:
        administrator.look(f"rule/look?{here}", {**form, "person": rule.assignee})
        people = administrator.wait_for(f"rule/area?{here}&of={project}")
        form["assignee"] = people.choice("assignee", rule.assignee)
    administrator.act(f"rule/save?{here}", form)


def map_states(administrator: Administrator, integration: int, statuses: Mapping[str, str]) -> None:
    """Where the issues of the main stream go when Sage 300 says so: by state, the name of a Jira status."""
    here = where(integration)
    administrator.act(f"statuses/open?{here}", {})
    page = administrator.wait_for(f"statuses/area?{here}")
    form = page.chosen()
    for state, status in statuses.items():
        name = _labelled(page, state)
        form[name] = page.choice(name, status)
    administrator.act(f"statuses/save?{here}", form)


@dataclass(frozen=True)
class Action:
    """Approving or paying: which groups may, at which status it begins, and where a refused issue goes back to."""

    groups: str
    status: str
    refused_status: str = ""
    ticks: frozenset[str] = field(default=frozenset({"four_eyes", "post"}))
    bank: str = ""


def allow_actions(administrator: Administrator, integration: int, actions: Mapping[str, Action]) -> None:
    """`actions` by name, approve or pay. Confirms what the page then tells will happen."""
    here = where(integration)
    administrator.act(f"actions/open?{here}", {})
    page = administrator.wait_for(f"actions/area?{here}")
    form = page.chosen()
    for name, action in actions.items():
        form[f"{name}-groups"] = action.groups
        form[f"{name}-status"] = page.choice(f"{name}-status", action.status)
        if action.refused_status:
            form[f"{name}-refused_status"] = page.choice(f"{name}-refused_status", action.refused_status)
        if action.bank:
            form[f"{name}-bank"] = page.choice(f"{name}-bank", action.bank)
        form |= {f"{name}-{tick}": TICKED for tick in action.ticks}
    asked = administrator.look(f"actions/save?{here}", form)
    administrator.act(_confirming(asked), form)


def register_webhooks(administrator: Administrator) -> None:
    """*Register now*, until Jira has taken them all. Raises SetUpFailed for one that it has not."""
    asked = administrator.act("webhooks/register", {}).redirect or ""
    page = administrator.wait_for(f"webhooks/live?{asked.partition('?')[2]}")
    rows = page.html.count('<th scope="row">')
    if not rows or len(re.findall(r">\s*Registered\s*<", page.html)) != rows:
        raise SetUpFailed(page.words)


def _labelled(page: Screen, label: str) -> str:
    """The name of the entry with this label."""
    for name, shown in re.findall(r'<label for="([^"]+)">(.*?)</label>', page.html, re.S):
        if unescape(re.sub(r"<[^>]+>", "", shown)).strip() == label:
            return str(name)
    raise SetUpFailed(f"There is no entry for {label}. The page says: {page.words}")


def _confirming(page: Screen) -> str:
    """Where the button leads by which what was told is confirmed."""
    found = re.search(r'id="confirm-save"[^>]*data-route="([^"]+)"', page.html)
    if found is None:
        raise SetUpFailed(page.words)
    return unescape(found[1])
