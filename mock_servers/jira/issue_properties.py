"""Issue properties: JSON values of apps on an issue (contract jira-rest, section 2, Properties)."""

import json
from typing import Any

from mock_servers.jira.exceptions import forbidden, invalid, missing
from mock_servers.jira.issues import Issue
from mock_servers.jira.site_state import SiteState

KEY_LIMIT = 255
VALUE_LIMIT = 32_768
_SHORTEST = json.JSONEncoder(separators=(",", ":"))  # kept, as making one costs more than most values


def check_property(key: str, value: Any) -> None:
    """Raises JiraError 400 for a key or value that Jira does not keep."""
    if not key or len(key) > KEY_LIMIT:
        raise invalid("The property key has to have length between 1 and 255 characters.")
    if value in (None, ""):
        raise invalid("The property value cannot be empty.")
    if len(_SHORTEST.encode(value)) > VALUE_LIMIT:
        raise invalid("The property value is longer than 32768 characters.")


def checked_properties(given: Any) -> dict[str, Any]:
    """The `properties` list of a create or edit request as a dict."""
    if not isinstance(given, list) or not all(isinstance(item, dict) and "key" in item for item in given):
        raise invalid("Properties must be a list of objects with 'key' and 'value'.")
    for item in given:
        check_property(str(item["key"]), item.get("value"))
    return {str(item["key"]): item["value"] for item in given}


class IssueProperties(SiteState):
    """The part of a site that keeps issue properties."""

    def set_property(self, actor: str, issue: Issue, key: str, value: Any) -> bool:
        """Sets a property whole (no merging). True when it is new."""
        check_property(key, value)
        self._check_editor(actor, issue)
        created = key not in issue.properties
        issue.properties = {**issue.properties, key: value}
        self.announce("issue_property_set", actor, issue, property_key=key)
        return created

    def delete_property(self, actor: str, issue: Issue, key: str) -> None:
        self._check_editor(actor, issue)
        if key not in issue.properties:
            raise missing(f"The property with key '{key}' does not exist.")
        issue.properties = {name: value for name, value in issue.properties.items() if name != key}
        self.announce("issue_property_deleted", actor, issue, property_key=key)

    def _check_editor(self, actor: str, issue: Issue) -> None:
        if not self.may(actor, "EDIT_ISSUES", self.project_of(issue)):
            raise forbidden("You do not have permission to edit this issue.")
