"""Screens: which fields can be set when an issue is created or moved. Edits through REST ignore them."""

from dataclasses import dataclass, field

DEFAULT_SCREEN = 1
WORKFLOW_SCREEN = 2
RESOLVE_SCREEN = 3

USUAL_FIELDS = (
    "summary", "issuetype", "priority", "duedate", "assignee", "reporter", "environment", "description",
    "labels", "components", "attachment", "issuelinks", "parent", "timetracking",
)  # fmt: skip


@dataclass(slots=True)
class Tab:
    id: int
    name: str
    field_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Screen:
    id: int
    name: str
    description: str
    tabs: list[Tab] = field(default_factory=list)

    def shows(self, field_id: str) -> bool:
        return any(field_id in tab.field_ids for tab in self.tabs)

    def field_ids(self) -> list[str]:
        return [field_id for tab in self.tabs for field_id in tab.field_ids]

    def tab(self, tab_id: int) -> Tab | None:
        return next((tab for tab in self.tabs if tab.id == tab_id), None)


def start_screens() -> list[Screen]:
    """The three screens of every site, and two of the Finance project's own."""

    def screen(number: int, name: str, description: str, *fields: str) -> Screen:
        return Screen(number, name, description, [Tab(10000 + number, "Field Tab", list(fields))])

    return [
        screen(DEFAULT_SCREEN, "Default Screen", "Allows to update all system fields.", *USUAL_FIELDS),
        screen(WORKFLOW_SCREEN, "Workflow Screen", "This screen is used in the workflow.", "assignee"),
        screen(
            RESOLVE_SCREEN,
            "Resolve Issue Screen",
            "Allows to set resolution and linked issues.",
            "resolution",
        ),
        screen(10000, "FIN: Create Issue Screen", "", *USUAL_FIELDS),
        screen(10001, "FIN: Edit/View Issue Screen", "", *USUAL_FIELDS),
    ]
