"""What a call to Jira is for: enough to say, when it fails, what was tried and who can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Scope:
    """What an app must have been granted for a call: by a Connect descriptor, or by OAuth consent.

    `besides` says, at the end of a sentence, what it takes in Jira itself.
    """

    connect: str
    oauth: str
    besides: str = "for its user, the matching permission in the project"

    def __str__(self) -> str:
        return f"{self.connect} (in OAuth: {self.oauth})"


# Contract jira-rest, section 5, and `x-atlassian-connect-scope` of each operation. Bulk fetch is a curiosity:
# it reads, and asks a Connect app for WRITE.
READ = Scope("READ", "read:jira-work")
BULK_READ = Scope("WRITE", "read:jira-work")
WRITE = Scope("WRITE", "write:jira-work")
CONFIGURE = Scope("ADMIN", "manage:jira-configuration")
ARRANGE = Scope("ADMIN", "manage:jira-project")
PEOPLE = Scope("READ", "read:jira-user", "for its user, the global permission Browse users and groups")
HOOKS = Scope(
    "READ",
    "read:jira-work manage:jira-webhook",
    "an installed app as its caller: with an API token Jira registers no webhooks",
)


class Blame(Enum):
    """Whose trouble it is when Jira refuses what we sent."""

    RECORD = "record"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Wording:
    """Names for what Jira calls by id: fields by id, and the place ("Invoice in AP") whose screen is meant."""

    fields: Mapping[str, str] = field(default_factory=dict)
    place: str = "the chosen issue type"

    def of(self, field_id: str) -> str:
        name = self.fields.get(field_id)
        if name is None:
            return field_id
        return f"{name} ({field_id})" if field_id.startswith("customfield_") else name


@dataclass(frozen=True, slots=True)
class Purpose:
    """`tried` is a sentence for people."""

    tried: str
    scope: Scope
    blame: Blame = Blame.RECORD
    wording: Wording = field(default_factory=Wording)
