"""The fields of a project and issue type as the store keeps them, so that neither a page nor a comparison of
documents has to ask Jira. Each field is kept with what the create screen says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from plugin.jira.fields import Field
from plugin.jira.screens import CreateScreen, ScreenField
from plugin.store.models import JsonObject, Stream


def subject(project_id: str, issue_type_id: str) -> str:
    """The snapshot's name."""
    return f"fields:{project_id}:{issue_type_id}"


def to_body(fields: Iterable[Field], screen: CreateScreen) -> JsonObject:
    return {"fields": [_entry(field, screen.fields.get(field.id)) for field in fields]}


def keep_fields(stream: Stream, body: JsonObject) -> None:
    """Notes in the stream how its mapped fields look now: later, Jira may no longer have them."""
    mapped = {*stream.mapping.values(), *(each["field"] for each in stream.settings.get(TEMPLATES) or ())}
    kept = [asdict(field) for field in fields_of(body) if field.id in mapped]
    stream.settings = {**stream.settings, KEPT: kept}


def kept_fields(stream: Stream) -> list[Field]:
    return [Field(**entry) for entry in stream.settings.get(KEPT) or ()]


def fields_of(body: JsonObject) -> list[Field]:
    return [Field(**{name: entry[name] for name in _FIELD}) for entry in body.get("fields") or ()]


def screen_of(body: JsonObject, settings: JsonObject) -> CreateScreen:
    """`settings` are the stream's: they name project and issue type."""
    shown = {
        entry["id"]: ScreenField(entry["id"], entry["name"], entry["required"], entry["settable"])
        for entry in body.get("fields") or ()
        if entry["on_create_screen"]
    }
    issue_type = settings["issue_type_name"]
    return CreateScreen(settings["project_id"], issue_type, f"{issue_type} in {settings['project_key']}", shown)


KEPT = "mapped_fields"
TEMPLATES = "templates"
"""Setting of a stream: fields that hold a text of their own, a list of `field` and `text`."""
_FIELD = ("id", "name", "type", "custom_type", "searchable", "project_id")


def _entry(field: Field, on_screen: ScreenField | None) -> JsonObject:
    return {
        **asdict(field),
        "on_create_screen": on_screen is not None,
        "required": on_screen is not None and on_screen.required,
        "settable": on_screen is None or on_screen.settable,
    }
