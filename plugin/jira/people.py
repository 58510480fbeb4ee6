"""People of the site: who they are, and what they belong to. Never their e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient
from plugin.jira.purpose import PEOPLE, Blame, Purpose
from sage_adapters.errors import RecordTrouble

MOST_OFFERED = 100
MOST_NAMED = 50
"""Accounts of one request: keeps its address well below what servers take."""


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is the account id."""

    id: str
    name: str


def own_account(client: JiraClient) -> str:
    """The account id of the user that we act as."""
    purpose = Purpose("Reading our own account in Jira.", PEOPLE, Blame.CONFIGURATION)
    return client.read(purpose, lambda jira: jira.get_current_user(), lambda answer: str(answer["accountId"]))


def groups_of(client: JiraClient, account_id: str) -> set[str]:
    """Names of the groups that an account belongs to, as they are now; none for an account that is gone.

    ConfigurationTrouble when our user lacks the global permission Browse users and groups.
    """
    purpose = Purpose("Reading the groups of a person in Jira.", PEOPLE)
    try:
        return client.read(
            purpose,
            lambda jira: jira.get_user_groups(account_id=account_id),
            lambda answer: {str(group["name"]) for group in answer},
        )
    except RecordTrouble:
        if names(client, [account_id]):
            raise
        return set()


def assignable(client: JiraClient, project_key: str, query: str) -> list[Person]:
    """People who can be assigned issues of a project and whose name or address begins with `query`, by name.

    Jira looks through a hundred and leaves out those who cannot be assigned: a longer `query` finds more.
    """
    purpose = Purpose(f"Looking for people who can be assigned in {project_key}.", PEOPLE, Blame.CONFIGURATION)
    return client.read(
        purpose,
        lambda jira: jira.find_assignable_users(project=project_key, query=query, max_results=MOST_OFFERED),
        lambda answer: sorted(
            (_person(user) for user in answer if user.get("active", True) and user.get("accountType") != "app"),
            key=lambda person: (person.name.casefold(), person.id),
        ),
    )


def names(client: JiraClient, ids: Iterable[str]) -> dict[str, str]:
    """Display names by account id; accounts that Jira does not know (any more) are left out."""
    wanted = list(dict.fromkeys(ids))
    people: list[Person] = []
    for start in range(0, len(wanted), MOST_NAMED):
        people += _named(client, wanted[start : start + MOST_NAMED])
    return {person.id: person.name for person in people}


def _named(client: JiraClient, ids: list[str]) -> Iterable[Person]:
    return client.pages(
        Purpose("Reading the names of people in Jira.", PEOPLE, Blame.CONFIGURATION),
        "values",
        lambda jira, start: jira.bulk_get_users(account_id=ids, start_at=start, max_results=MOST_NAMED),
        _person,
    )


def _person(user: Mapping[str, Any]) -> Person:
    return Person(user["accountId"], user.get("displayName") or user["accountId"])
