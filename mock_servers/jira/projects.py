"""Projects, issue types, priorities, resolutions, link types."""

from dataclasses import dataclass, field

from mock_servers.jira.workflow import Workflow


@dataclass(frozen=True, slots=True)
class IssueType:
    id: str
    name: str
    description: str
    subtask: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A priority or a resolution."""

    id: str
    name: str
    description: str = ""
    colour: str = "#999999"


@dataclass(slots=True)
class Component:
    """A part of one project that issues can belong to. `lead` is an account id."""

    id: str
    project_id: str
    name: str
    description: str = ""
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class ScreenSet:
    """Screen ids used for the three operations on an issue of one type."""

    create: int
    edit: int
    view: int


@dataclass(slots=True)
class Project:
    """One project. `issues` lists its issue ids (numbers) in order of creation, deleted ones left out.

    `required` are field ids that must have a value (a field configuration, by any issue type).
    """

    id: str
    key: str
    name: str
    lead: str
    issue_types: list[str]
    workflows: dict[str, Workflow]
    screens: dict[str, ScreenSet]
    permissions: dict[str, set[str]]
    style: str = "classic"
    required: set[str] = field(default_factory=set)
    archived: bool = False
    deleted: bool = False
    last_number: int = 0


ISSUE_TYPES = [
    IssueType("10001", "Invoice", "A supplier's invoice, credit note or debit note."),
    IssueType("10002", "Purchase order", "An order placed with a supplier."),
    IssueType("10003", "Goods receipt", "Goods or services received on an order."),
    IssueType("10004", "Task", "A small, distinct piece of work."),
    IssueType("10005", "Subtask", "A small piece of work that is part of a larger task.", subtask=True),
]
PRIORITIES = [
    Choice("1", "Highest", "This problem will block progress.", "#d04437"),
    Choice("2", "High", "Serious problem that could block progress.", "#f15C75"),
    Choice("3", "Medium", "Has the potential to affect progress.", "#f79232"),
    Choice("4", "Low", "Minor problem or easily worked around.", "#707070"),
    Choice("5", "Lowest", "Trivial problem with little or no impact on progress.", "#999999"),
]
RESOLUTIONS = [
    Choice("10000", "Done", "Work has been completed on this issue."),
    Choice("10001", "Won't Do", "This issue won't be actioned."),
    Choice("10002", "Duplicate", "The problem is a duplicate of an existing issue."),
]
LINK_TYPES = [
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
]
