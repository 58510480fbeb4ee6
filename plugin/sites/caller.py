"""Who is calling: one person on one Jira site, as proven by a token. The same for every door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Licence(StrEnum):
    """What the host says about the site's licence. Only ever read from what its signature covers."""

    ACTIVE = "active"
    NONE = "none"
    UNSAID = ""


@dataclass(frozen=True)
class Caller:
    """A verified request's person and place.

    `account_id` is None for an anonymous reader. The issue and project are where the person says they are, in the
    host's words: proven to come from the host, but not that the person may see them; ask `permissions` for that.
    """

    door: str
    site_id: int
    installation_id: int
    account_id: str | None
    base_url: str
    display_url: str
    issue_id: str | None = None
    issue_key: str | None = None
    project_id: str | None = None
    project_key: str | None = None
    licence: Licence = Licence.UNSAID
