from __future__ import annotations

import pytest
import responses

from plugin.jira.client import JiraClient
from plugin.jira.fields import AttributeType, Field, FieldCatalogue, FieldKind
from plugin.jira.fitting import Fit, judge
from plugin.jira.projects import IssueType, Project
from plugin.jira.screens import CreateScreen, ScreenField, read_create_screen
from sage_adapters.errors import ConfigurationTrouble

CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"


def field(kind: FieldKind, project_id: str | None = None) -> Field:
    return Field("customfield_1", "Payment due", "any", kind.custom_type, project_id=project_id)


def screen(*fields: Field, settable: bool = True) -> CreateScreen:
    shown = {each.id: ScreenField(each.id, each.name, False, settable) for each in fields}
    return CreateScreen("10001", "Invoice", "Invoice in AP", shown)


@pytest.mark.parametrize(
    ("attribute", "kind"),
    [
        (AttributeType.TEXT, FieldKind.SHORT_TEXT),
        (AttributeType.TEXT, FieldKind.PARAGRAPH),
        (AttributeType.TEXT, FieldKind.LABELS),
        (AttributeType.MONEY, FieldKind.NUMBER),
        (AttributeType.NUMBER, FieldKind.NUMBER),
        (AttributeType.DATE, FieldKind.DATE),
        (AttributeType.BOOLEAN, FieldKind.SELECT),
    ],
)
def test_what_fits_is_said_to_fit(attribute: AttributeType, kind: FieldKind) -> None:
    verdict = judge(attribute, field(kind), screen(field(kind)))
    assert verdict.fit == "Fits"
    assert not verdict.blocks


@pytest.mark.parametrize(
    ("attribute", "kind", "sentence", "blocks"),
    [
        (
            AttributeType.DATE,
            FieldKind.SHORT_TEXT,
            "A text field cannot be sorted by date. Choose a date field.",
            False,
        ),
        (
            AttributeType.MONEY,
            FieldKind.PARAGRAPH,
            "A text field cannot be added up or compared as a number. Choose a number field.",
            False,
        ),
        (AttributeType.TEXT, FieldKind.NUMBER, "A number field cannot hold text. Choose a short text field.", True),
        (AttributeType.TEXT, FieldKind.URL, "A URL field cannot hold text. Choose a short text field.", True),
        (
            AttributeType.DATE,
            FieldKind.DATE_AND_TIME,
            "A date and time moves with the reader's time zone. Choose a date field.",
            True,
        ),
    ],
)
def test_a_wrong_type_says_why_and_what_to_choose(
    attribute: AttributeType, kind: FieldKind, sentence: str, blocks: bool
) -> None:
    verdict = judge(attribute, field(kind), screen(field(kind)))
    assert (verdict.fit, verdict.sentence, verdict.blocks) == (Fit.WRONG_TYPE, sentence, blocks)


def test_a_field_off_the_screen_would_have_issues_refused() -> None:
    verdict = judge(AttributeType.TEXT, field(FieldKind.SHORT_TEXT), screen())
    assert (verdict.fit, verdict.sentence) == (
        "Off screen",
        "Not on the create screen of Invoice: new issues would be refused.",
    )
    assert verdict.blocks


def test_a_field_off_the_screen_and_of_the_wrong_type_is_off_the_screen_first() -> None:
    """Only being off the screen would have issues refused."""
    assert judge(AttributeType.DATE, field(FieldKind.SHORT_TEXT), screen()).fit == "Off screen"


def test_a_field_jira_fills_is_read_only() -> None:
    there = field(FieldKind.SHORT_TEXT)
    assert judge(AttributeType.TEXT, there, screen(there, settable=False)).fit == "Read-only"


def test_the_summary_is_ours() -> None:
    summary = Field("summary", "Summary", "string")
    assert judge(AttributeType.TEXT, summary, screen(summary)).fit == "Read-only"


def test_no_choice_is_told_from_a_choice_that_is_gone() -> None:
    nothing = judge(AttributeType.TEXT, None, screen())
    gone = judge(AttributeType.TEXT, None, screen(), "customfield_77")
    assert (nothing.fit, nothing.sentence, nothing.blocks) == ("Missing in Jira", "", False)
    assert gone.blocks
    assert "customfield_77 no longer exists" in gone.sentence


def test_a_field_of_another_team_managed_project_cannot_be_used() -> None:
    foreign = field(FieldKind.SHORT_TEXT, project_id="10900")
    assert judge(AttributeType.TEXT, foreign, screen()).fit == "Missing in Jira"


def test_the_catalogue_offers_what_a_project_can_fill(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    def custom(number: int, name: str, kind: str, **more: object) -> dict[str, object]:
        schema = {"type": "any", "custom": f"{CUSTOM}:{kind}", "customId": number}
        return {"id": f"customfield_{number}", "name": name, "custom": True, "schema": schema, **more}

    jira.get(
        f"{site}/rest/api/3/field",
        json=[
            {"id": "duedate", "name": "Due date", "custom": False, "schema": {"type": "date", "system": "duedate"}},
            {"id": "thumbnail", "name": "Images", "custom": False},
            custom(10012, "amount", "float", searchable=True),
            custom(9999, "Amount", "float"),
            custom(10013, "Approvers", "multiuserpicker"),
            custom(10014, "Team's own", "textfield", scope={"type": "PROJECT", "project": {"id": "10900"}}),
        ],
    )
    catalogue = FieldCatalogue.read(client)
    assert [each.label for each in catalogue.of_project("10001")] == [
        "amount · Number",
        "Amount · Number",
        "Due date · Date",
    ]
    assert len(catalogue.of_project("10900")) == 4
    assert [each.id for each in catalogue.named("Amount", FieldKind.NUMBER)] == ["customfield_9999"]
    assert catalogue.named("Team's own", FieldKind.SHORT_TEXT) == []


def test_the_create_screen_is_read_page_by_page(
    client: JiraClient, jira: responses.RequestsMock, site: str, payables: Project, invoice: IssueType
) -> None:
    def entry(name: str, **more: object) -> dict[str, object]:
        return {"fieldId": name, "key": name, "name": name.title(), "required": False, "operations": ["set"], **more}

    address = f"{site}/rest/api/3/issue/createmeta/AP/issuetypes/10004"
    first = [entry("summary", required=True), entry("reporter", required=True, hasDefaultValue=True)]
    second = [entry("customfield_9", operations=[]), entry("customfield_8", required=True)]
    jira.get(
        address,
        json={"fields": first, "startAt": 0, "maxResults": 2, "total": 4},
        match=[responses.matchers.query_param_matcher({"startAt": "0", "maxResults": "200"})],
    )
    jira.get(
        address,
        json={"fields": second, "startAt": 2, "maxResults": 2, "total": 4},
        match=[responses.matchers.query_param_matcher({"startAt": "2", "maxResults": "200"})],
    )
    screen = read_create_screen(client, payables, invoice)
    assert screen.place == "Invoice in AP"
    assert not screen.fields["customfield_9"].settable
    assert [each.id for each in screen.required_besides(frozenset({"summary"}))] == ["customfield_8"]


def test_an_issue_type_that_left_the_project_is_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, site: str, payables: Project, invoice: IssueType
) -> None:
    jira.get(
        f"{site}/rest/api/3/issue/createmeta/AP/issuetypes/10004",
        status=404,
        json={"errorMessages": ["Issue type not found"], "errors": {}},
    )
    with pytest.raises(ConfigurationTrouble, match="create screen of Invoice in AP"):
        read_create_screen(client, payables, invoice)
