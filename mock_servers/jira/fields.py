"""Fields of one site: where they apply, their options, and how JQL names them."""

from dataclasses import dataclass, field

from mock_servers.jira.field_types import CUSTOM_TYPES, SystemField


@dataclass(slots=True)
class Option:
    id: str
    value: str
    disabled: bool = False


@dataclass(slots=True)
class Context:
    """Where a custom field applies; no projects = all, no issue types = all. Options belong to a context."""

    id: str
    name: str
    description: str = ""
    project_ids: set[str] = field(default_factory=set)
    issue_type_ids: set[str] = field(default_factory=set)
    options: list[Option] = field(default_factory=list)

    def covers(self, project_id: str, issue_type_id: str) -> bool:
        return (not self.project_ids or project_id in self.project_ids) and (
            not self.issue_type_ids or issue_type_id in self.issue_type_ids
        )


@dataclass(slots=True)
class Field:
    """One field. A custom one has a full `type_key`; without a `searcher_key` it is not searchable."""

    id: str
    name: str
    kind: str
    schema_type: str
    operators: frozenset[str]
    clauses: tuple[str, ...] = ()
    items: str | None = None
    orderable: bool = True
    settable: bool = True
    listed: bool = True
    description: str = ""
    type_key: str | None = None
    searcher_key: str | None = None
    contexts: list[Context] = field(default_factory=list)
    trashed: bool = False

    @property
    def custom(self) -> bool:
        return self.type_key is not None

    @property
    def number(self) -> int:
        """The N of customfield_N."""
        return int(self.id.removeprefix("customfield_"))

    @property
    def searchable(self) -> bool:
        return bool(self.clause_names) and bool(self.operators)

    @property
    def clause_names(self) -> list[str]:
        """The names JQL knows it by. A custom field without a searcher has none."""
        if not self.custom:
            return list(self.clauses)
        if self.searcher_key is None:
            return []
        assert self.type_key is not None
        return [f"cf[{self.number}]", self.name, f"{self.name}[{CUSTOM_TYPES[self.type_key].display_name}]"]

    def context_for(self, project_id: str, issue_type_id: str) -> Context | None:
        """The context that applies, one naming the project before a global one; None where there is none."""
        everywhere = None
        for context in self.contexts:
            if context.covers(project_id, issue_type_id):
                if context.project_ids:
                    return context
                everywhere = everywhere or context
        return everywhere

    def applies_to(self, project_id: str, issue_type_id: str) -> bool:
        return not self.trashed and (not self.custom or self.context_for(project_id, issue_type_id) is not None)

    def option(self, option_id: str) -> Option | None:
        return next((o for context in self.contexts for o in context.options if o.id == option_id), None)


def system_field(definition: SystemField) -> Field:
    return Field(
        id=definition.id,
        name=definition.name,
        kind=definition.kind,
        schema_type=definition.schema_type,
        operators=definition.operators,
        clauses=definition.clauses,
        items=definition.items,
        orderable=definition.orderable,
        settable=definition.settable,
        listed=definition.listed,
    )


def custom_field(number: int, name: str, type_key: str, searcher_key: str | None, description: str) -> Field:
    """A custom field without contexts; `type_key` is one of CUSTOM_TYPES."""
    kind = CUSTOM_TYPES[type_key]
    return Field(
        id=f"customfield_{number}",
        name=name,
        kind=kind.kind,
        schema_type=kind.schema_type,
        operators=kind.operators if searcher_key else frozenset(),
        items=kind.items,
        settable=kind.kind != "readonly",
        description=description,
        type_key=type_key,
        searcher_key=searcher_key,
    )
