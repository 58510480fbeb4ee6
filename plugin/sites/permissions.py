"""What a caller may do, as Jira sees it now. A valid token is not a permission (contract jira-connect, section 4)."""

from __future__ import annotations

import json
from typing import Any

from plugin.sites.caller import Caller
from plugin.sites.doors import open_jira
from plugin.sites.parts import Parts
from plugin.sites.refusals import Reason, Refused
from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble, Trouble
from sage_adapters.http import AddressPolicy, Transport

REMEMBER_SECONDS = 60.0
TIMEOUT = (3.0, 8.0)
LARGEST_ANSWER = 64 * 1024
TRIED = "Jira was asked what you may do."


class JiraPermissions:
    """Asks the caller's own site.

    Answers are remembered for a minute, unless `afresh`, which every change must ask for. All methods raise Refused:
    NOT_SIGNED_IN for an anonymous caller, JIRA_SILENT when Jira does not tell.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def is_administrator(self, caller: Caller, *, afresh: bool = False) -> bool:
        return self._ask(caller, "administer", {"globalPermissions": ["ADMINISTER"]}, afresh)

    def may_see_issue(self, caller: Caller, issue_id: str, *, afresh: bool = False) -> bool:
        """`issue_id` is the numeric id; any other text is an issue that nobody sees."""
        if not (issue_id.isascii() and issue_id.isdigit()):
            return False
        wanted = {"permissions": ["BROWSE_PROJECTS"], "projects": [], "issues": [int(issue_id)]}
        return self._ask(caller, f"browse-{int(issue_id)}", {"projectPermissions": [wanted]}, afresh)

    def _ask(self, caller: Caller, name: str, question: JsonObject, afresh: bool) -> bool:
        """Without an account id Jira would answer for the app's own user, who may do nearly everything."""
        if caller.account_id is None:
            raise Refused(Reason.NOT_SIGNED_IN)
        cache_key = f"permission:{caller.installation_id}:{caller.account_id}:{name}"
        remembered = None if afresh else self._parts.cache.get(cache_key)
        if remembered is not None:
            return remembered == "yes"
        try:
            answer = self._check(caller, {"accountId": caller.account_id, **question})
        except Trouble as trouble:
            raise Refused(Reason.JIRA_SILENT, str(trouble)) from None
        granted = _is_granted(answer, question)
        self._parts.cache.set(cache_key, "yes" if granted else "no", REMEMBER_SECONDS)
        return granted

    def _check(self, caller: Caller, question: JsonObject) -> Any:
        parts = self._parts
        base_url, auth = open_jira(parts.database, parts.seal, parts.settings, caller.site_id)
        policy = AddressPolicy(parts.settings.allow_private_addresses, parts.settings.allow_plain_http)
        with Transport("jira", policy, auth=auth, timeout=TIMEOUT, largest_reply=LARGEST_ANSWER) as transport:
            reply = transport.send(
                "POST",
                f"{base_url}/rest/api/3/permissions/check",
                tried=TRIED,
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                body=json.dumps(question).encode(),
                reading=True,
            )
        if reply.status != 200:
            raise _unanswered(f"It answered with status {reply.status}.")
        try:
            return json.loads(reply.body)
        except ValueError:
            raise _unanswered("Its answer is not JSON.") from None


def _is_granted(answer: Any, question: JsonObject) -> bool:
    """Only what the answer names is granted; an answer of another shape grants nothing."""
    try:
        permissions = set(answer["globalPermissions"])
        permissions |= {
            (entry["permission"], issue) for entry in answer["projectPermissions"] for issue in entry["issues"]
        }
    except (TypeError, KeyError):
        return False
    wanted = set(question.get("globalPermissions", ()))
    wanted |= {
        (permission, issue)
        for each in question.get("projectPermissions", ())
        for permission in each["permissions"]
        for issue in each["issues"]
    }
    return wanted <= permissions


def _unanswered(got: str) -> ConfigurationTrouble:
    return ConfigurationTrouble(
        TRIED, got, "Check that the app is enabled on the site and has its scopes.", "jira.permissions"
    )
