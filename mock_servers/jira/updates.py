"""The two ways to give field values in one request, `fields` and `update`, made into one."""

from typing import Any

from mock_servers.jira.exceptions import invalid
from mock_servers.jira.fields import Field
from mock_servers.jira.site_state import SiteState

_WITH_OWN_VERBS = ("comment",)
OPERATIONS = {
    "labels": ("add", "set", "remove"),
    "options": ("add", "set", "remove"),
    "components": ("add", "set", "remove"),
    "timetracking": ("set", "edit"),
    "parent": ("set",),
}


def operations_of(field: Field) -> list[str]:
    """What `update` can do to a field."""
    return list(OPERATIONS.get(field.kind, ("set",)))


def resolved_fields(site: SiteState, payload: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    """Field id -> value as in `fields`, the operations of `update` worked out against `current` (stored) values.

    Raises JiraError 400 for a field in both, or an operation a field does not have.
    """
    fields = payload.get("fields") or {}
    update = payload.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict):
        raise invalid("The values of 'fields' and 'update' must be objects.")
    result = dict(fields)
    for field_id, operations in update.items():
        if field_id in _WITH_OWN_VERBS:
            continue
        if field_id in fields:
            raise invalid(**{field_id: f"Field '{field_id}' cannot appear in both 'fields' and 'update'"})
        result[field_id] = _worked_out(site, field_id, operations, current.get(field_id))
    return result


def _worked_out(site: SiteState, field_id: str, operations: Any, stored: Any) -> Any:
    field = site.fields.get(field_id)
    if not isinstance(operations, list):
        raise invalid(**{field_id: "Operations must be given as a list."})
    value: Any = (
        [{"id": item} for item in stored or ()]
        if field and field.kind in ("options", "components")
        else list(stored or ())
        if (field and field.kind == "labels")
        else stored
    )
    for operation in operations:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise invalid(**{field_id: "Each operation is an object with one verb."})
        [(verb, operand)] = operation.items()
        if field is not None and verb not in operations_of(field):
            raise invalid(**{field_id: f"Field '{field_id}' does not support operation '{verb}'"})
        value = _step(verb, operand, value)
    return value


def _step(verb: str, operand: Any, value: Any) -> Any:
    if verb == "add":
        return [*value, operand]
    if verb == "remove":
        return [item for item in value if item != operand]
    return operand
