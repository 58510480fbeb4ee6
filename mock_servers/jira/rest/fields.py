"""Fields, their contexts and options."""

from typing import Any

from mock_servers.jira.exceptions import JiraError, invalid, malformed, missing
from mock_servers.jira.fields import Context, Field, Option
from mock_servers.jira.rest.routing import Answer, Call, Route, listed, texts


def get_fields(call: Call) -> Answer:
    fields = [field for field in call.site.fields.values() if not field.trashed and field.listed]
    return Answer(200, [call.wire.field(field) for field in fields])


def search_fields(call: Call) -> Answer:
    """`type` custom or system, `query` in name or description, `id` several."""
    kinds, ids = call.words("type"), call.words("id")
    query = (call.text("query") or "").casefold()
    found = [
        field
        for field in call.site.fields.values()
        if not field.trashed
        and field.listed
        and (not kinds or ("custom" if field.custom else "system") in kinds)
        and (not ids or field.id in ids)
        and (query in field.name.casefold() or query in field.description.casefold())
    ]
    found.sort(key=lambda field: field.name.casefold())
    return Answer(200, call.page(found, lambda field: _searched(call, field)))


def _searched(call: Call, field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "schema": call.wire.schema(field),
        "description": field.description,
        "isLocked": False,
        "isUnscreenable": not field.orderable,
        "screensCount": sum(screen.shows(field.id) for screen in call.site.screens.values()),
        "contextsCount": len(field.contexts),
    }
    return shown | ({"searcherKey": field.searcher_key} if field.searcher_key else {})


def create_field(call: Call) -> Answer:
    """Without the permission this is 400, not 403."""
    if not call.site.may_administer(call.actor):
        raise JiraError(400, "You are not authorized to create custom fields.")
    body = call.closed_body("name", "type", "searcherKey", "description")
    field = call.site.create_field(
        str(body.get("name") or ""),
        str(body.get("type") or ""),
        body.get("searcherKey"),
        str(body.get("description") or ""),
    )
    return Answer(201, call.wire.field(field))


def update_field(call: Call, field_id: str) -> Answer:
    call.check_administrator()
    field = _custom(call, field_id)
    body = call.closed_body("name", "description", "searcherKey")
    field.name = str(body.get("name") or field.name)
    field.description = str(body.get("description", field.description))
    if "searcherKey" in body:
        field.searcher_key = body["searcherKey"]
    return Answer(204)


def trash_field(call: Call, field_id: str) -> Answer:
    call.check_administrator()
    _custom(call, field_id).trashed = True
    return Answer(200)


def restore_field(call: Call, field_id: str) -> Answer:
    call.check_administrator()
    field = call.site.fields.get(field_id)
    if field is None or not field.custom:
        raise missing("The custom field was not found.")
    field.trashed = False
    return Answer(200)


def get_contexts(call: Call, field_id: str) -> Answer:
    contexts = _custom(call, field_id).contexts
    wanted = call.words("contextId")
    return Answer(200, call.page([c for c in contexts if not wanted or c.id in wanted], _shown_context))


def _shown_context(context: Context) -> dict[str, Any]:
    return {
        "id": context.id,
        "name": context.name,
        "description": context.description,
        "isGlobalContext": not context.project_ids,
        "isAnyIssueType": not context.issue_type_ids,
    }


def create_context(call: Call, field_id: str) -> Answer:
    call.check_administrator()
    body = call.closed_body("name", "description", "projectIds", "issueTypeIds")
    projects, kinds = list(texts(body.get("projectIds"))), list(texts(body.get("issueTypeIds")))
    field = _custom(call, field_id)
    name, description = str(body.get("name") or ""), str(body.get("description") or "")
    context = call.site.add_context(field, name, description, projects, kinds)
    shown = {"id": context.id, "name": name, "description": description, "projectIds": projects, "issueTypeIds": kinds}
    return Answer(201, shown)


def delete_context(call: Call, field_id: str, context_id: str) -> Answer:
    call.check_administrator()
    field = _custom(call, field_id)
    field.contexts.remove(_context(field, context_id))
    return Answer(204)


def get_project_mappings(call: Call, field_id: str) -> Answer:
    mappings: list[dict[str, Any]] = []
    for context in _custom(call, field_id).contexts:
        if not context.project_ids:
            mappings.append({"contextId": context.id, "isGlobalContext": True})
        mappings.extend({"contextId": context.id, "projectId": number} for number in sorted(context.project_ids))
    return Answer(200, call.page(mappings, dict))


def add_projects(call: Call, field_id: str, context_id: str) -> Answer:
    call.check_administrator()
    context = _context(_custom(call, field_id), context_id)
    projects = set(texts(listed(call.body.get("projectIds"), "'projectIds' must name at least one project.")))
    if not projects <= call.site.projects.keys():
        raise missing("One or more of the projects was not found.")
    if not context.project_ids:
        raise invalid("The context is global: projects cannot be assigned to it.")
    context.project_ids |= projects
    return Answer(204)


def get_options(call: Call, field_id: str, context_id: str) -> Answer:
    context = _context(_custom(call, field_id), context_id)
    return Answer(200, call.page(context.options, _shown_option, default=100))


def _shown_option(option: Option) -> dict[str, Any]:
    return {"id": option.id, "value": option.value, "disabled": option.disabled}


def create_options(call: Call, field_id: str, context_id: str) -> Answer:
    call.check_administrator()
    field = _custom(call, field_id)
    if field.kind not in ("option", "options"):
        raise malformed("The custom field doesn't support options.")
    given = listed(call.body.get("options"), "'options' must hold at least one option.")
    values = [item.get("value") if isinstance(item, dict) else None for item in given]
    added = call.site.add_options(_context(field, context_id), [str(value or "") for value in values])
    return Answer(200, {"options": [_shown_option(option) for option in added]})


def get_screens_of_field(call: Call, field_id: str) -> Answer:
    call.check_administrator()
    shown = [
        {
            "id": screen.id,
            "name": screen.name,
            "description": screen.description,
            "tab": {"id": tab.id, "name": tab.name},
        }
        for screen in call.site.screens.values()
        for tab in screen.tabs
        if field_id in tab.field_ids
    ]
    return Answer(200, call.page(shown, dict))


def _custom(call: Call, field_id: str) -> Field:
    field = call.site.field_or_missing(field_id)
    if not field.custom:
        raise missing("The custom field was not found.")
    return field


def _context(field: Field, context_id: str) -> Context:
    context = next((context for context in field.contexts if context.id == context_id), None)
    if context is None:
        raise missing("The custom field or the context was not found.")
    return context


ROUTES = (
    Route("GET", "/field", get_fields, "READ"),
    Route("POST", "/field", create_field, "ADMIN"),
    Route("GET", "/field/search", search_fields, "NONE"),
    Route("PUT", "/field/<field_id>", update_field, "ADMIN"),
    Route("POST", "/field/<field_id>/trash", trash_field, "ADMIN"),
    Route("POST", "/field/<field_id>/restore", restore_field, "ADMIN"),
    Route("GET", "/field/<field_id>/screens", get_screens_of_field, "NONE"),
    Route("GET", "/field/<field_id>/context", get_contexts, "READ"),
    Route("POST", "/field/<field_id>/context", create_context, "ADMIN"),
    Route("GET", "/field/<field_id>/context/projectmapping", get_project_mappings, "READ"),
    Route("DELETE", "/field/<field_id>/context/<context_id>", delete_context, "ADMIN"),
    Route("PUT", "/field/<field_id>/context/<context_id>/project", add_projects, "ADMIN"),
    Route("GET", "/field/<field_id>/context/<context_id>/option", get_options, "READ"),
    Route("POST", "/field/<field_id>/context/<context_id>/option", create_options, "ADMIN"),
)
