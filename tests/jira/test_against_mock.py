"""Our client and the mock Jira, written apart from one contract, meet here under the eyes of Atlassian's OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from requests.auth import HTTPBasicAuth

from plugin.jira import adf, values
from plugin.jira.bulk_create import Created, NewIssue, Refused
from plugin.jira.client import JiraClient
from plugin.jira.field_errors import FieldsRefused, FieldsUnusable
from plugin.jira.fields import AttributeType, Field, FieldCatalogue
from plugin.jira.fitting import judge
from plugin.jira.issues import Issues, property_query
from plugin.jira.missing_fields import WantedField, create_missing_fields
from plugin.jira.projects import IssueType, Project, choosable_projects, read_project
from plugin.jira.purpose import Wording
from plugin.jira.screens import read_create_screen
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import (
    ConfigurationTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)
from sage_adapters.records import Money
from tests.contract.checked_jira import checked_jira

if TYPE_CHECKING:
    from mock_servers.harness.httpserver import MockHTTPServer

ADA = HTTPBasicAuth("ada@example.com", "ada-token")
NORA = HTTPBasicAuth("nora@example.com", "nora-token")
PROPERTY = "counterfoil"
WANTED = [
    WantedField("Amount", AttributeType.MONEY, "What is to be paid."),
    WantedField("Payment due", AttributeType.DATE),
    WantedField("Vendor", AttributeType.TEXT),
]


@pytest.fixture
def address(jira_mock: MockHTTPServer) -> Iterator[str]:
    with checked_jira(jira_mock) as url:
        yield url


def connect(address: str, auth: HTTPBasicAuth = ADA, timeout: tuple[float, float] = (5.0, 20.0)) -> JiraClient:
    return JiraClient(address, auth, policy=AddressPolicy(allow_private=True), timeout=timeout)


@pytest.fixture
def jira(address: str) -> Iterator[JiraClient]:
    with connect(address) as client:
        yield client


@pytest.fixture
def project(jira: JiraClient) -> Project:
    return read_project(jira, "AP")


@pytest.fixture
def invoice(project: Project) -> IssueType:
    return next(each for each in project.issue_types if each.name == "Invoice")


@pytest.fixture
def fields(jira: JiraClient, project: Project, invoice: IssueType) -> dict[str, Field]:
    return {made.wanted.name: made.field for made in create_missing_fields(jira, project, invoice, WANTED)}


@pytest.fixture
def issues(jira: JiraClient, project: Project, invoice: IssueType, fields: dict[str, Field]) -> Issues:
    return Issues(jira, Wording(FieldCatalogue.read(jira).names(), project.place(invoice)))


@pytest.fixture
def indexed(address: str, httpserver: HTTPServer) -> None:
    """An installed app whose descriptor has our property indexed."""
    extraction = {"objectName": "document", "type": "string", "alias": "counterfoilDocument"}
    index = {"propertyKey": PROPERTY, "extractions": [extraction]}
    module = {
        "key": "doc",
        "name": {"value": "Doc"},
        "entityType": "issue",
        "keyConfigurations": [index],
    }
    descriptor = {
        "key": "com.example.index",
        "name": "Index",
        "baseUrl": httpserver.url_for("").rstrip("/"),
        "authentication": {"type": "jwt"},
        "lifecycle": {"installed": "/installed"},
        "apiMigrations": {"signed-install": True},
        "scopes": ["READ"],
        "modules": {"jiraEntityProperties": [module]},
    }
    httpserver.expect_request("/descriptor.json").respond_with_json(descriptor)
    httpserver.expect_request("/installed").respond_with_data(status=204)
    act(address, "app", action="install", descriptor_url=httpserver.url_for("/descriptor.json"))


def act(address: str, type: str, **body: Any) -> None:
    """What a person does in that Jira."""
    answer = requests.post(f"{address}/__mock__/documents/{type}", json=body, timeout=10)
    assert answer.ok, answer.text


def fault(address: str, method: str, path: str, kind: str, times: int = 1, **more: Any) -> None:
    wanted = {"match": {"method": method, "path": path}, "times": times, "kind": kind, **more}
    answer = requests.post(f"{address}/__mock__/faults", json=[wanted], timeout=10)
    assert answer.ok, answer.text


def state(address: str, type: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{address}/__mock__/state", params={"type": type}, timeout=10).json()[
        type
    ]
    return found


def invoice_of(project: Project, invoice: IssueType, fields: dict[str, Field], key: str, **more: Any) -> NewIssue:
    amount = values.encode(fields["Amount"], Money(Decimal("12109.10"), "GBP"))
    return NewIssue(
        {
            "project": {"id": project.id},
            "issuetype": {"id": invoice.id},
            "summary": values.summary(f"AHR Building Consultancy {key}"),
            "description": adf.doc(adf.table(["GL account", "Amount"], [["6000", "12,109.10"]], numbers=[1])),
            fields["Amount"].id: amount,
            fields["Payment due"].id: "2021-02-07",
            **more,
        },
        {PROPERTY: {"document": key}},
    )


def test_projects_issue_types_and_fields_are_offered(jira: JiraClient) -> None:
    found = {each.key: each for each in choosable_projects(jira)}
    assert "Invoice" in [each.name for each in found["AP"].issue_types]
    assert "Subtask" not in [each.name for each in found["AP"].issue_types]
    assert "Due date · Date" in [each.label for each in FieldCatalogue.read(jira).of_project(found["AP"].id)]


@pytest.mark.parametrize("key", ["AP", "FIN"])
def test_missing_fields_are_made_once_and_then_fit(jira: JiraClient, address: str, key: str) -> None:
    project = read_project(jira, key)
    invoice = next(each for each in project.issue_types if each.name == "Invoice")
    made = create_missing_fields(jira, project, invoice, WANTED)
    assert all(each.created for each in made)
    screen = read_create_screen(jira, project, invoice)
    assert {judge(each.wanted.type, each.field, screen).fit for each in made} == {"Fits"}
    before = state(address, "fields"), state(address, "screens")
    again = create_missing_fields(jira, project, invoice, WANTED)
    assert not any(each.created for each in again)
    assert before == (state(address, "fields"), state(address, "screens"))


def test_a_field_narrowed_to_another_project_is_opened_to_ours(
    jira: JiraClient, address: str, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    act(address, "field", action="narrow", field=fields["Amount"].id, projects=["FIN"])
    assert fields["Amount"].id not in read_create_screen(jira, project, invoice).fields
    create_missing_fields(jira, project, invoice, WANTED)
    assert fields["Amount"].id in read_create_screen(jira, project, invoice).fields


def test_making_fields_needs_an_administrator(address: str, project: Project, invoice: IssueType) -> None:
    with connect(address, NORA) as nora, pytest.raises(ConfigurationTrouble):
        create_missing_fields(nora, project, invoice, WANTED)


def test_issues_live_through_creation_and_edit(
    address: str, issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    too_long = invoice_of(project, invoice, fields, "K2", summary="x" * 256)
    new = [invoice_of(project, invoice, fields, "K1"), too_long, invoice_of(project, invoice, fields, "K3")]
    first, second, third = issues.create(new)
    assert isinstance(first, Created)
    assert isinstance(third, Created)
    assert isinstance(second, Refused)
    assert isinstance(second.trouble, FieldsRefused)
    assert list(second.trouble.field_errors) == ["summary"]
    amount = fields["Amount"]
    issues.edit(third.key, {amount.id: 5.5, fields["Payment due"].id: None}, {PROPERTY: {"document": "K3", "v": 2}})
    wanted = [amount.id, fields["Payment due"].id, "description", "summary"]
    fetched = issues.fetch([first.id, third.id, "99999"], fields=wanted, properties=[PROPERTY])
    assert fetched.missing == ["99999"]
    one, three = fetched.issues
    assert values.same(amount, new[0].fields[amount.id], one.fields[amount.id])
    assert adf.to_text(one.fields["description"]) == "GL account\tAmount\n6000\t12,109.10"
    assert values.decode(amount, three.fields[amount.id]) == Decimal("5.5")
    assert values.same(fields["Payment due"], None, three.fields[fields["Payment due"].id])
    assert three.properties == {PROPERTY: {"document": "K3", "v": 2}}
    assert len(state(address, "issues")) == 2


def test_all_refused_is_told_one_by_one(
    issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    amount = fields["Amount"].id
    wrong = [invoice_of(project, invoice, fields, f"K{n}", **{amount: "twelve"}) for n in range(3)]
    outcomes = issues.create(wrong)
    assert [list(each.trouble.field_errors) for each in outcomes if isinstance(each, Refused)] == [[amount]] * 3  # type: ignore[attr-defined]


def test_a_field_taken_off_the_screen_stops_with_its_remedy(
    address: str, issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    amount = fields["Amount"]
    act(address, "field", action="hide", field=amount.id)
    (outcome,) = issues.create([invoice_of(project, invoice, fields, "K1")])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.trouble, FieldsUnusable)
    assert f"Amount ({amount.id}): not on the create screen of Invoice in AP." in str(outcome.trouble)
    assert state(address, "issues") == []


def test_an_issue_type_or_project_that_vanished_stops_with_its_remedy(
    address: str, issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    act(address, "project", action="delete", project="AP")
    (outcome,) = issues.create([invoice_of(project, invoice, fields, "K1")])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.trouble, ConfigurationTrouble)


def test_a_deleted_issue_is_a_record_trouble(
    address: str, issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    (made,) = issues.create([invoice_of(project, invoice, fields, "K1")])
    assert isinstance(made, Created)
    act(address, "issue", action="delete", key=made.key)
    with pytest.raises(RecordTrouble) as caught:
        issues.edit(made.key, {"summary": "x"})
    assert caught.value.code == "jira.not-found"
    assert issues.fetch([made.id]).missing == [made.id]


@pytest.mark.parametrize("kind", ["lost_reply", "truncate"])
@pytest.mark.usefixtures("indexed")
def test_a_lost_reply_is_settled_by_our_property(
    address: str, issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field], kind: str
) -> None:
    keys = ["K1", 'quo"te\\', "K1-B", "k1"]
    issues.check_query(property_query(["AP"], PROPERTY, "document", keys))
    fault(address, "POST", ".*/issue/bulk", kind)
    with pytest.raises(UncertainOutcome):
        issues.create([invoice_of(project, invoice, fields, key) for key in keys])
    found = issues.find_by_property(["AP"], PROPERTY, "document", [*keys, "K9"])
    assert {key: len(hits) for key, hits in found.items()} == dict.fromkeys(keys, 1)


def test_a_lookup_by_a_property_without_index_is_refused_before_it_misleads(issues: Issues) -> None:
    with pytest.raises(ConfigurationTrouble, match="does not understand"):
        issues.check_query(property_query(["AP"], PROPERTY, "document", ["K1"]))


def test_many_issues_are_searched_page_by_page(
    issues: Issues, project: Project, invoice: IssueType, fields: dict[str, Field]
) -> None:
    for start in range(0, 120, 40):
        issues.create([invoice_of(project, invoice, fields, f"K{start + n}") for n in range(40)])
    found = list(issues.search('project = "AP"', fields=["summary"], properties=[PROPERTY], page_size=50))
    assert len({issue.properties[PROPERTY]["document"] for issue in found}) == 120


@pytest.mark.parametrize(
    ("reason", "scope"),
    [
        ("jira-quota-global-based", "quota-global"),
        ("jira-quota-tenant-based", "quota-tenant"),
        ("jira-burst-based", "burst"),
        ("jira-per-issue-on-write", "issue-writes"),
    ],
)
def test_throttling_is_told_by_its_reason_and_nothing_is_written(
    jira_mock: MockHTTPServer,
    address: str,
    issues: Issues,
    project: Project,
    invoice: IssueType,
    fields: dict[str, Field],
    reason: str,
    scope: str,
) -> None:
    jira_mock.mock.turn({"throttle_reason": reason})
    fault(address, "POST", ".*/issue/bulk", "throttle", retry_after=7)
    with pytest.raises(Throttled) as caught:
        issues.create([invoice_of(project, invoice, fields, "K1")])
    assert (caught.value.scope, caught.value.retry_after) == (scope, 7)
    assert state(address, "issues") == []


@pytest.mark.parametrize(("kind", "more"), [("status", {"status": 503}), ("reset", {}), ("truncate", {})])
@pytest.mark.parametrize("search", [True, False])
def test_reads_ride_over_a_stumble(
    address: str, jira: JiraClient, kind: str, more: dict[str, Any], search: bool
) -> None:
    fault(address, "POST" if search else "GET", ".*/search/jql" if search else ".*/field", kind, **more)
    if search:
        assert list(Issues(jira).search('project = "AP"')) == []
    else:
        assert FieldCatalogue.read(jira).get("summary")


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("status", {"status": 409}, TransientTrouble),
        ("status", {"status": 410}, ConfigurationTrouble),
        ("status", {"status": 413}, RecordTrouble),
        ("status", {"status": 500}, UncertainOutcome),
        ("status", {"status": 502}, UncertainOutcome),
        ("status", {"status": 503}, TransientTrouble),
        ("status", {"status": 401}, ConfigurationTrouble),
        ("status", {"status": 403}, ConfigurationTrouble),
        ("html", {}, Trouble),
        ("reset", {}, UncertainOutcome),
        ("timeout", {"seconds": 5}, UncertainOutcome),
    ],
)
def test_each_fault_of_a_write_becomes_its_trouble(
    address: str,
    project: Project,
    invoice: IssueType,
    fields: dict[str, Field],
    kind: str,
    more: dict[str, Any],
    expected: type[Trouble],
) -> None:
    fault(address, "POST", ".*/issue/bulk", kind, **more)
    with connect(address, timeout=(2.0, 0.5)) as hasty, pytest.raises(expected) as caught:
        Issues(hasty).create([invoice_of(project, invoice, fields, "K1")])
    assert caught.value.tried
    assert caught.value.got
    assert caught.value.remedy


def test_wrong_credentials_are_for_the_administrator(address: str, jira: JiraClient) -> None:
    FieldCatalogue.read(jira)
    wrong = HTTPBasicAuth("ada@example.com", "canary-wrong")
    with connect(address, wrong) as stranger, pytest.raises(ConfigurationTrouble) as caught:
        FieldCatalogue.read(stranger)
    assert caught.value.code == "jira.unauthorised"
    assert "canary" not in str(caught.value)
