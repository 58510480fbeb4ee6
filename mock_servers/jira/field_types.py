"""What kinds of field exist: schemas, searchers, JQL operators (contract jira-rest, sections 2 and 3)."""

from dataclasses import dataclass

PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"
TEXT_OPERATORS = frozenset({"~", "!~", "is", "is not"})
SET_OPERATORS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
RANGE_OPERATORS = SET_OPERATORS | {"<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class FieldType:
    """One custom field type. `kind` says how its values are checked, stored and shown (see values.py)."""

    name: str
    kind: str
    schema_type: str
    searchers: tuple[str, ...]
    operators: frozenset[str]
    display_name: str
    items: str | None = None

    @property
    def key(self) -> str:
        return PREFIX + self.name


CUSTOM_TYPES = {
    kind.key: kind
    for kind in (
        FieldType("textfield", "text", "string", ("textsearcher",), TEXT_OPERATORS, "Short text"),
        FieldType("textarea", "document", "string", ("textsearcher",), TEXT_OPERATORS, "Paragraph"),
        FieldType("float", "number", "number", ("exactnumber", "numberrange"), RANGE_OPERATORS, "Number"),
        FieldType("datepicker", "date", "date", ("daterange",), RANGE_OPERATORS, "Date"),
        FieldType("datetime", "instant", "datetime", ("datetimerange",), RANGE_OPERATORS, "Date and time"),
        FieldType("select", "option", "option", ("multiselectsearcher",), SET_OPERATORS, "Dropdown"),
        FieldType("radiobuttons", "option", "option", ("multiselectsearcher",), SET_OPERATORS, "Radio Buttons"),
        FieldType(
            "multiselect",
            "options",
            "array",
            ("multiselectsearcher",),
            SET_OPERATORS,
            "Select List",
            items="option",
        ),
        FieldType("url", "url", "string", ("exacttextsearcher",), SET_OPERATORS, "URL Field"),
        FieldType("labels", "labels", "array", ("labelsearcher",), SET_OPERATORS, "Labels", items="string"),
        FieldType("userpicker", "user", "user", ("userpickergroupsearcher",), SET_OPERATORS, "People"),
        FieldType("readonlyfield", "readonly", "string", ("textsearcher",), TEXT_OPERATORS, "Read-only text"),
    )
}


@dataclass(frozen=True, slots=True)
class SystemField:
    """One field that every site has. `orderable` ones can be on screens, callers give `settable` ones."""

    id: str
    name: str
    kind: str
    schema_type: str
    operators: frozenset[str] = frozenset()
    clauses: tuple[str, ...] = ()
    items: str | None = None
    orderable: bool = False
    settable: bool = False
    listed: bool = True


SYSTEM_FIELDS = (
    SystemField("summary", "Summary", "text", "string", TEXT_OPERATORS, ("summary",), orderable=True, settable=True),
    SystemField(
        "issuetype",
        "Issue Type",
        "issuetype",
        "issuetype",
        SET_OPERATORS,
        ("issuetype", "type"),
        orderable=True,
        settable=True,
    ),
    SystemField("project", "Project", "project", "project", SET_OPERATORS, ("project",), settable=True),
    SystemField("parent", "Parent", "parent", "issuelink", SET_OPERATORS, ("parent",), orderable=True, settable=True),
    SystemField(
        "description",
        "Description",
        "document",
        "string",
        TEXT_OPERATORS,
        ("description",),
        orderable=True,
        settable=True,
    ),
    SystemField(
        "environment",
        "Environment",
        "document",
        "string",
        TEXT_OPERATORS,
        ("environment",),
        orderable=True,
        settable=True,
    ),
    SystemField("assignee", "Assignee", "user", "user", SET_OPERATORS, ("assignee",), orderable=True, settable=True),
    SystemField("reporter", "Reporter", "user", "user", SET_OPERATORS, ("reporter",), orderable=True, settable=True),
    SystemField(
        "priority", "Priority", "priority", "priority", SET_OPERATORS, ("priority",), orderable=True, settable=True
    ),
    SystemField(
        "labels", "Labels", "labels", "array", SET_OPERATORS, ("labels",), items="string", orderable=True, settable=True
    ),
    SystemField(
        "components",
        "Components",
        "components",
        "array",
        SET_OPERATORS,
        ("component",),
        items="component",
        orderable=True,
        settable=True,
    ),
    SystemField(
        "duedate", "Due date", "date", "date", RANGE_OPERATORS, ("due", "duedate"), orderable=True, settable=True
    ),
    SystemField(
        "resolution",
        "Resolution",
        "resolution",
        "resolution",
        SET_OPERATORS,
        ("resolution",),
        orderable=True,
        settable=True,
    ),
    SystemField(
        "attachment",
        "Attachment",
        "attachments",
        "array",
        clauses=("attachments",),
        items="attachment",
        orderable=True,
    ),
    SystemField(
        "issuelinks",
        "Linked Issues",
        "links",
        "array",
        clauses=("issueLink",),
        items="issuelinks",
        orderable=True,
    ),
    SystemField("timetracking", "Time tracking", "timetracking", "timetracking", orderable=True, settable=True),
    SystemField("status", "Status", "status", "status", SET_OPERATORS, ("status",)),
    SystemField("creator", "Creator", "user", "user", SET_OPERATORS, ("creator",)),
    SystemField("created", "Created", "instant", "datetime", RANGE_OPERATORS, ("created", "createdDate")),
    SystemField("updated", "Updated", "instant", "datetime", RANGE_OPERATORS, ("updated", "updatedDate")),
    SystemField("resolutiondate", "Resolved", "instant", "datetime", RANGE_OPERATORS, ("resolved", "resolutiondate")),
    SystemField(
        "statuscategorychangedate",
        "Status Category Changed",
        "instant",
        "datetime",
        RANGE_OPERATORS,
        ("statusCategoryChangedDate",),
    ),
    SystemField("issuekey", "Key", "key", "string", RANGE_OPERATORS, ("id", "issue", "issuekey", "key"), listed=False),
    SystemField("subtasks", "Sub-tasks", "subtasks", "array", clauses=("subtasks",), items="issuelinks"),
    SystemField("comment", "Comment", "comments", "comments-page", clauses=("comment",)),
    SystemField("worklog", "Log Work", "worklogs", "array", items="worklog", orderable=True),
)
