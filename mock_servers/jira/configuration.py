"""What an administrator sets up: custom fields, contexts, options, screens, projects."""

from typing import Any

from mock_servers.jira.exceptions import JiraError, invalid, missing
from mock_servers.jira.field_types import CUSTOM_TYPES, PREFIX
from mock_servers.jira.fields import Context, Field, Option, custom_field
from mock_servers.jira.projects import Component, Project
from mock_servers.jira.screens import DEFAULT_SCREEN, Screen, Tab
from mock_servers.jira.site_state import SiteState

NAME_LIMIT = 255


class Configuration(SiteState):
    """The part of a site that is configured. Who may do it is asked by the callers."""

    def create_field(self, name: str, type_key: str, searcher_key: str | None, description: str = "") -> Field:
        """A custom field with one global context (assumed); its name need not be unique."""
        kind = CUSTOM_TYPES.get(type_key)
        if not name or not name.strip():
            raise invalid(name="The name of the custom field must not be empty.")
        if len(name) > NAME_LIMIT:
            raise invalid(name="The name of the custom field must not exceed 255 characters.")
        if kind is None:
            raise invalid(type=f"The custom field type '{type_key}' was not found.")
        if searcher_key is not None and searcher_key.removeprefix(PREFIX) not in kind.searchers:
            raise invalid(searcherKey=f"The searcher '{searcher_key}' is not valid for the type '{type_key}'.")
        field = custom_field(self.next_number("field", 10100), name.strip(), type_key, searcher_key, description)
        self.fields[field.id] = field
        self.add_context(field, f"Default Configuration Scheme for {field.name}", "")
        return field

    def add_context(self, field: Field, name: str, description: str, projects: list[str] | None = None,
                    issue_types: list[str] | None = None) -> Context:  # fmt: skip
        """A context; no projects = all. 404 for unknown ids, 409 for a second one of a project."""
        wanted, kinds = set(projects or ()), set(issue_types or ())
        if not name:
            raise invalid(name="The context name must not be empty.")
        if not wanted <= self.projects.keys() or not kinds <= self.issue_types.keys():
            raise missing("These projects or issue types were not found.")
        if any(wanted & other.project_ids or (not wanted and not other.project_ids) for other in field.contexts):
            raise JiraError(409, "These projects are already associated with a context of this field.")
        context = Context(str(self.next_number("context", 10100)), name, description, wanted, kinds)
        field.contexts.append(context)
        return context

    def add_options(self, context: Context, values: list[str]) -> list[Option]:
        """Adds options in order; 400 when one is empty or there already."""
        held = {option.value for option in context.options}
        for value in values:
            if not isinstance(value, str) or not value or len(value) > NAME_LIMIT:
                raise invalid("The option value must have between 1 and 255 characters.")
            if value in held:
                raise invalid(f"The option '{value}' already exists in this context.")
            held.add(value)
        added = [Option(str(self.next_number("option", 10020)), value) for value in values]
        context.options.extend(added)
        return added

    def show_on_screen(self, screen: Screen, tab: Tab, field: Field) -> None:
        """Puts a field on a tab; 400 when it is on the screen already."""
        if not field.orderable:
            raise invalid(fieldId=f"The field with id '{field.id}' can't be added to a screen.")
        if screen.shows(field.id):
            raise invalid(fieldId=f"The field with id '{field.id}' already exists on the screen.")
        tab.field_ids.append(field.id)

    def hide_from_screens(self, field: Field, screen_id: int | None = None) -> None:
        """Takes a field off one screen, or all."""
        for screen in self.screens.values():
            for tab in screen.tabs:
                if screen_id in (None, screen.id) and field.id in tab.field_ids:
                    tab.field_ids.remove(field.id)

    def remove_field(self, field: Field) -> None:
        """Deletes a custom field for good; its values on issues are no longer shown."""
        self.hide_from_screens(field)
        del self.fields[field.id]
        for project in self.projects.values():
            project.required.discard(field.id)

    def change_field_type(self, field: Field, type_name: str) -> None:
        """Makes it a field of another type, as removing and remaking it would: its values go."""
        kind = CUSTOM_TYPES.get(type_name if type_name.startswith(PREFIX) else PREFIX + type_name)
        if kind is None or not field.custom:
            raise invalid(type=f"The custom field type '{type_name}' was not found.")
        field.kind, field.schema_type, field.items = kind.kind, kind.schema_type, kind.items
        field.type_key, field.operators = kind.key, kind.operators
        field.searcher_key = PREFIX + kind.searchers[0]
        for issue in self.issues.values():
            if field.id in issue.fields:
                issue.fields = {name: value for name, value in issue.fields.items() if name != field.id}
                self.index.note(issue)
        self.index.drop_postings()

    def create_component(self, project: Project, name: str, description: str = "") -> Component:
        """A component of a project; 400 without a name, or with one that the project has already."""
        if not name.strip() or len(name) > NAME_LIMIT:
            raise invalid(name="The component name must have between 1 and 255 characters.")
        if any(component.name.casefold() == name.casefold() for component in self.components_of(project)):
            raise invalid(name=f"A component with the name {name} already exists in this project.")
        component = Component(str(self.next_number("component")), project.id, name.strip(), description)
        self.components[component.id] = component
        return component

    def delete_component(self, component: Component) -> None:
        """Takes a component away, from its issues too."""
        del self.components[component.id]
        for issue in self.issues.values():
            kept = tuple(item for item in issue.fields.get("components", ()) if item != component.id)
            if len(kept) < len(issue.fields.get("components", ())):
                others = {name: value for name, value in issue.fields.items() if name != "components"}
                issue.fields = others | ({"components": kept} if kept else {})
                self.index.note(issue)

    def default_tab(self) -> tuple[Screen, Tab]:
        """Where addToDefault puts a field."""
        screen = self.screens[DEFAULT_SCREEN]
        return screen, screen.tabs[0]

    def field_or_missing(self, field_id: Any) -> Field:
        """404 when the field is not there or in the bin."""
        field = self.fields.get(str(field_id))
        if field is None or field.trashed:
            raise missing("The custom field was not found.")
        return field
