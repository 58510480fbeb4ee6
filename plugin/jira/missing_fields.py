"""Creating the Jira fields that a mapping lacks, and putting them on the screens of an issue type.

Every step looks first and does only what is not there yet, so pressing the button again after any failure completes
the work and never makes a second field. Contract jira-rest, section 3; only classic projects can be arranged so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.jira.client import JiraClient, ignored, segment
from plugin.jira.field_placing import Screens
from plugin.jira.fields import KIND_OF_A_NEW_FIELD, AttributeType, Field, FieldCatalogue
from plugin.jira.projects import IssueType, Project
from plugin.jira.purpose import CONFIGURE, Blame, Purpose
from plugin.jira.screens import CreateScreen, read_create_screen
from sage_adapters.errors import ConfigurationTrouble, UncertainOutcome


@dataclass(frozen=True, slots=True)
class WantedField:
    """An attribute that needs a field: the name people shall read in Jira, and what it holds."""

    name: str
    type: AttributeType
    description: str = ""


@dataclass(frozen=True, slots=True)
class MadeField:
    """The field an attribute can now be mapped to. `created` is false for one that was there already."""

    wanted: WantedField
    field: Field
    created: bool


def create_missing_fields(
    client: JiraClient, project: Project, issue_type: IssueType, wanted: Sequence[WantedField]
) -> list[MadeField]:
    """Makes sure that each wanted field exists and is on the create, edit and view screens of the issue type.

    A site-wide field of exactly the same name and kind is taken instead of a new one. Raises ConfigurationTrouble
    for a team-managed project, without administrator rights, or when a field stays invisible in the end. Run it
    once at a time for a site: two at once could each create the same field.
    """
    if project.team_managed:
        raise _team_managed(project, issue_type, wanted)
    screen = read_create_screen(client, project, issue_type)
    catalogue = FieldCatalogue.read(client)
    made = [_make(client, each, catalogue, screen) for each in wanted]
    absent = [each.field for each in made if each.field.id not in screen.fields]
    if absent:
        Screens.of_issue_type(client, project, issue_type).place(absent)
        _make_visible(client, project, issue_type, absent)
    return made


def _make(client: JiraClient, wanted: WantedField, catalogue: FieldCatalogue, screen: CreateScreen) -> MadeField:
    """Of several fields that would do, one that is on the screen already, else the oldest."""
    there = catalogue.named(wanted.name, KIND_OF_A_NEW_FIELD[wanted.type])
    if there:
        return MadeField(wanted, min(there, key=lambda field: field.id not in screen.fields), created=False)
    return MadeField(wanted, _create(client, wanted), created=True)


def _create(client: JiraClient, wanted: WantedField) -> Field:
    kind = KIND_OF_A_NEW_FIELD[wanted.type]
    purpose = Purpose(f"Creating the field {wanted.name} in Jira.", CONFIGURE, Blame.CONFIGURATION)
    body = {
        "name": wanted.name,
        "description": wanted.description,
        "type": kind.custom_type,
        "searcherKey": kind.searcher,
    }
    try:
        return client.write(purpose, lambda jira: jira.create_custom_field(data=body), Field.from_jira)
    except UncertainOutcome:
        # The fields of a site are read consistently, so asking settles whether it was created.
        there = FieldCatalogue.read(client).named(wanted.name, kind)
        if not there:
            raise
        return there[-1]


def _make_visible(client: JiraClient, project: Project, issue_type: IssueType, fields: Sequence[Field]) -> None:
    """A field on the screen stays invisible where no context of it covers the project; then it gets one."""
    seen = read_create_screen(client, project, issue_type).fields
    hidden = [field for field in fields if field.id not in seen]
    if not hidden:
        return
    for field in hidden:
        _add_context(client, field, project)
    seen = read_create_screen(client, project, issue_type).fields
    hidden = [field for field in hidden if field.id not in seen]
    if hidden:
        raise ConfigurationTrouble(
            tried=f"Putting fields on the create screen of {project.place(issue_type)}.",
            got=f"Jira still does not show there: {', '.join(field.in_words for field in hidden)}.",
            remedy="Look whether the project's field configuration hides them, and unhide them there.",
            code="jira.field-hidden",
        )


def _add_context(client: JiraClient, field: Field, project: Project) -> None:
    if _is_covered(client, field, project):
        return
    purpose = Purpose(f"Opening the field {field.in_words} to {project.key}.", CONFIGURE, Blame.CONFIGURATION)
    body = {"name": f"Counterfoil in {project.key}", "projectIds": [project.id], "issueTypeIds": []}
    client.write(purpose, lambda jira: jira.create_custom_field_context(segment(field.id), data=body), ignored)


def _is_covered(client: JiraClient, field: Field, project: Project) -> bool:
    purpose = Purpose(f"Reading where {field.in_words} is used.", CONFIGURE, Blame.CONFIGURATION)
    covers = client.pages(
        purpose,
        "values",
        lambda jira, start: jira.get_project_context_mapping(segment(field.id), start_at=start),
        lambda entry: bool(entry.get("isGlobalContext")) or entry.get("projectId") == project.id,
    )
    return any(covers)


def _team_managed(project: Project, issue_type: IssueType, wanted: Sequence[WantedField]) -> ConfigurationTrouble:
    names = ", ".join(f"{each.name} ({KIND_OF_A_NEW_FIELD[each.type].label.lower()})" for each in wanted)
    return ConfigurationTrouble(
        tried=f"Creating fields in {project.name}.",
        got="This is a team-managed project, whose fields Jira lets no app arrange.",
        remedy=f"Add in its settings, under Issue types > {issue_type.name}: {names}. Then choose them here.",
        code="jira.team-managed",
    )
