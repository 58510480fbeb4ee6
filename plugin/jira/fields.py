"""The fields of a Jira site, and the kinds of them that we can fill (contract jira-rest, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from plugin.jira.client import JiraClient
from plugin.jira.purpose import READ, Blame, Purpose

_CUSTOM_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"


class AttributeType(StrEnum):
    """What an attribute of a document holds, before it meets a Jira field."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


class FieldKind(Enum):
    """A kind of field we can fill: Jira's custom type, the searcher a new one gets, and the name people know.

    Without a searcher a field can be seen but not searched.
    """

    SHORT_TEXT = ("textfield", "textsearcher", "Short text")
    PARAGRAPH = ("textarea", "textsearcher", "Paragraph")
    NUMBER = ("float", "numberrange", "Number")
    DATE = ("datepicker", "daterange", "Date")
    DATE_AND_TIME = ("datetime", "datetimerange", "Date and time")
    SELECT = ("select", "multiselectsearcher", "Drop-down")
    LABELS = ("labels", "labelsearcher", "Labels")
    URL = ("url", "exacttextsearcher", "URL")

    @property
    def custom_type(self) -> str:
        return _CUSTOM_TYPES + self.value[0]

    @property
    def searcher(self) -> str:
        return _CUSTOM_TYPES + self.value[1]

    @property
    def label(self) -> str:
        return self.value[2]


KIND_OF_A_NEW_FIELD: Mapping[AttributeType, FieldKind] = {
    AttributeType.TEXT: FieldKind.SHORT_TEXT,
    AttributeType.MONEY: FieldKind.NUMBER,
    AttributeType.NUMBER: FieldKind.NUMBER,
    AttributeType.DATE: FieldKind.DATE,
    AttributeType.BOOLEAN: FieldKind.SHORT_TEXT,
}
"""The field that suits an attribute best, and is created for it. Jira has no yes-or-no field."""

_KINDS_OF_CUSTOM_TYPES = {kind.custom_type: kind for kind in FieldKind}
_KINDS_OF_SYSTEM_FIELDS = {
    "summary": FieldKind.SHORT_TEXT,
    "description": FieldKind.PARAGRAPH,
    "environment": FieldKind.PARAGRAPH,
    "duedate": FieldKind.DATE,
    "labels": FieldKind.LABELS,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the site. `kind` is None when we cannot fill fields of its type.

    `project_id` is set for a field of a team-managed project, which no other project can use.
    """

    id: str
    name: str
    type: str
    custom_type: str | None = None
    searchable: bool = True
    project_id: str | None = None

    @property
    def custom(self) -> bool:
        return self.custom_type is not None

    @property
    def kind(self) -> FieldKind | None:
        if self.custom_type is not None:
            return _KINDS_OF_CUSTOM_TYPES.get(self.custom_type)
        return _KINDS_OF_SYSTEM_FIELDS.get(self.id)

    @property
    def label(self) -> str:
        """Name and type, as offered in a drop-down: "Amount · Number"."""
        return f"{self.name} · {self.kind.label if self.kind else self.type}"

    @property
    def in_words(self) -> str:
        """As named in a sentence: "Amount (customfield_10012)". Names are not unique, ids are."""
        return f"{self.name} ({self.id})" if self.custom else self.name

    @classmethod
    def from_jira(cls, answer: Mapping[str, Any]) -> Field:
        schema = answer.get("schema") or {}
        return cls(
            id=answer["id"],
            name=answer["name"],
            type=schema.get("type", ""),
            custom_type=schema.get("custom", "") if answer.get("custom") else None,
            searchable=bool(answer.get("searchable")),
            project_id=((answer.get("scope") or {}).get("project") or {}).get("id"),
        )


class FieldCatalogue:
    """The fields of a site by id. Names may repeat."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields

    @classmethod
    def read(cls, client: JiraClient) -> FieldCatalogue:
        """One request for the whole site. Raises what JiraClient.read raises."""
        purpose = Purpose("Reading the fields of the Jira site.", READ, Blame.CONFIGURATION)
        fields = client.read(
            purpose, lambda jira: jira.get_fields(), lambda answer: [Field.from_jira(entry) for entry in answer]
        )
        return cls({field.id: field for field in fields})

    def get(self, field_id: str) -> Field | None:
        return self._fields.get(field_id)

    def of_project(self, project_id: str) -> list[Field]:
        """The fields that can be filled in a project, by name: what a person may choose from."""
        usable = (field for field in self._fields.values() if field.kind is not None)
        return sorted(
            (field for field in usable if field.project_id in (None, project_id)),
            key=lambda field: (field.name.casefold(), field.id),
        )

    def named(self, name: str, kind: FieldKind) -> list[Field]:
        """Site-wide custom fields of exactly this name and kind, the oldest first."""
        same = (
            field
            for field in self._fields.values()
            if field.custom and field.name == name and field.kind is kind and field.project_id is None
        )
        return sorted(same, key=lambda field: (len(field.id), field.id))

    def names(self) -> dict[str, str]:
        """Each field's id and name, for sentences."""
        return {field.id: field.name for field in self._fields.values()}
