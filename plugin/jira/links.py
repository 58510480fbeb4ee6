"""Links between issues (contract jira-rest, section 2, "Issue links")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient, ignored
from plugin.jira.purpose import READ, WRITE, Blame, Purpose
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble


@dataclass(frozen=True, slots=True)
class LinkType:
    """Of a link "A *outward* B", B is shown as "*inward* A": "blocks", "is blocked by"."""

    id: str
    name: str
    inward: str
    outward: str


class LinkTypes(list[LinkType]):
    """The link types of a site, in Jira's order."""

    @classmethod
    def read(cls, client: JiraClient) -> LinkTypes:
        """ConfigurationTrouble when issue linking is switched off."""
        purpose = Purpose("Reading the link types of the Jira site.", READ, Blame.CONFIGURATION)
        return client.read(
            purpose,
            lambda jira: jira.get_issue_link_types(),
            lambda answer: cls(map(_link_type, answer["issueLinkTypes"])),
        )


def link(client: JiraClient, type_id: str, from_key: str, to_key: str) -> None:
    """Makes it so that "from *outward phrase* to". Keys may be ids. Doing it again changes nothing.

    RecordTrouble when one of the issues is gone or has all the links it can have; ConfigurationTrouble when the type
    is gone.
    """
    # Contrary to its name the inward issue is the one the sentence starts with (contract: "Direction trap").
    body = {"type": {"id": type_id}, "inwardIssue": _named(from_key), "outwardIssue": _named(to_key)}
    purpose = Purpose(f"Linking issue {from_key} to {to_key}.", WRITE)
    try:
        client.write(purpose, lambda jira: jira.link_issues(data=body), ignored)
    except RecordTrouble as trouble:
        if trouble.code == "jira.not-found":
            _check_type(client, type_id, trouble)
        raise


def linked(issue_links: Iterable[Mapping[str, Any]], type_id: str) -> set[str]:
    """Keys of the issues at the other end of links of a type, in whichever direction.

    `issue_links` is the value of an issue's field `issuelinks`.
    """
    of_type = [each for each in issue_links if str(each["type"]["id"]) == type_id]
    ends = [each.get("outwardIssue") or each.get("inwardIssue") for each in of_type]
    return {end["key"] for end in ends if end}


def _named(key: str) -> dict[str, str]:
    return {"id": key} if key.isdecimal() else {"key": key}


def _check_type(client: JiraClient, type_id: str, trouble: RecordTrouble) -> None:
    """Jira answers alike for an issue and a link type that are gone, but a type concerns every document."""
    if any(each.id == type_id for each in LinkTypes.read(client)):
        return
    raise ConfigurationTrouble(
        trouble.tried,
        trouble.got,
        "The link type was deleted in Jira: choose another one, or add it again and choose that.",
        trouble.code,
    ) from trouble


def _link_type(entry: Mapping[str, Any]) -> LinkType:
    return LinkType(str(entry["id"]), entry["name"], entry["inward"], entry["outward"])
