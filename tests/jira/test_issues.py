from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from plugin.jira.bulk_create import Created, NewIssue, Refused
from plugin.jira.client import JiraClient
from plugin.jira.field_errors import FieldsRefused, FieldsUnusable
from plugin.jira.issues import Issues
from plugin.jira.purpose import Wording
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, UncertainOutcome

NAMES = {"customfield_10012": "Amount", "customfield_10013": "Due date", "summary": "Summary"}
OFF_SCREEN = "Field 'customfield_10012' cannot be set. It is not on the appropriate screen, or unknown."


@pytest.fixture
def issues(client: JiraClient) -> Issues:
    return Issues(client, Wording(NAMES, "Invoice in AP"))


def new(number: int) -> list[NewIssue]:
    return [NewIssue({"summary": f"Invoice {i}"}, {"counterfoil.document": {"key": f"K{i}"}}) for i in range(number)]


def failed(position: int, **errors: str) -> dict[str, Any]:
    return {
        "status": 400,
        "elementErrors": {"errorMessages": [], "errors": errors},
        "failedElementNumber": position,
    }


def created(*keys: str) -> list[dict[str, str]]:
    return [{"id": key.partition("-")[2], "key": key, "self": "http://x"} for key in keys]


def sent(jira: responses.RequestsMock, call: int = 0) -> Any:
    return json.loads(jira.calls[call].request.body or "null")


def test_issues_are_created_in_one_request_with_their_properties(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    jira.post(f"{site}/rest/api/3/issue/bulk", status=201, json={"issues": created("AP-1", "AP-2"), "errors": []})
    assert issues.create(new(2)) == [Created("1", "AP-1"), Created("2", "AP-2")]
    assert sent(jira)["issueUpdates"][1] == {
        "fields": {"summary": "Invoice 1"},
        "properties": [{"key": "counterfoil.document", "value": {"key": "K1"}}],
    }


def test_outcomes_keep_the_order_of_the_issues_when_some_are_refused(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    jira.post(
        f"{site}/rest/api/3/issue/bulk",
        status=201,
        json={
            "issues": created("AP-1", "AP-2"),
            "errors": [
                failed(3, customfield_10013="Error parsing date string: x"),
                failed(0, summary="Summary can't exceed 255 characters."),
            ],
        },
    )
    first, second, third, fourth = issues.create(new(4))
    assert (second, third) == (Created("1", "AP-1"), Created("2", "AP-2"))
    assert isinstance(first, Refused)
    assert isinstance(fourth, Refused)
    assert isinstance(first.trouble, FieldsRefused)
    assert first.trouble.field_errors == {"summary": "Summary can't exceed 255 characters."}
    assert "Summary: Summary can't exceed 255 characters." in str(first.trouble)
    assert "Due date (customfield_10013): Error parsing date string: x." in str(fourth.trouble)


def test_when_all_are_refused_each_has_its_own_reason(issues: Issues, jira: responses.RequestsMock, site: str) -> None:
    jira.post(
        f"{site}/rest/api/3/issue/bulk",
        status=400,
        json={"issues": [], "errors": [failed(1, summary="B is required"), failed(0, summary="A is wrong")]},
    )
    outcomes = issues.create(new(2))
    assert [outcome.trouble.code for outcome in outcomes if isinstance(outcome, Refused)] == [
        "jira.field-refused",
        "jira.field-required",
    ]


def test_a_field_off_the_screen_tells_the_administrator_what_to_do(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    jira.post(
        f"{site}/rest/api/3/issue/bulk",
        status=400,
        json={"issues": [], "errors": [failed(0, customfield_10012=OFF_SCREEN)]},
    )
    (outcome,) = issues.create(new(1))
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.trouble, FieldsUnusable)
    assert str(outcome.trouble) == (
        "Creating one issue as Invoice in AP. Amount (customfield_10012): not on the create screen of Invoice "
        "in AP. Add it to the screen, or press Create missing fields."
    )


def test_a_field_that_was_deleted_is_told_from_one_off_the_screen(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    said = OFF_SCREEN.replace("10012", "10099")
    jira.put(f"{site}/rest/api/3/issue/AP-1", status=400, json={"errors": {"customfield_10099": said}})
    with pytest.raises(FieldsUnusable, match="it may have been deleted") as caught:
        issues.edit("AP-1", {"customfield_10099": 1})
    assert caught.value.code == "jira.field-gone"


def test_a_refusal_of_the_whole_request_is_raised(issues: Issues, jira: responses.RequestsMock, site: str) -> None:
    jira.post(f"{site}/rest/api/3/issue/bulk", status=400, json={"errorMessages": ["There was an error parsing JSON"]})
    with pytest.raises(RecordTrouble, match="parsing JSON"):
        issues.create(new(2))


def test_issues_that_jira_does_not_account_for_are_uncertain(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    jira.post(f"{site}/rest/api/3/issue/bulk", status=201, json={"issues": created("AP-1"), "errors": []})
    with pytest.raises(UncertainOutcome):
        issues.create(new(2))


def test_more_than_fifty_at_once_are_not_sent(issues: Issues) -> None:
    with pytest.raises(ValueError, match="50"):
        issues.create(new(51))


def test_an_edit_sends_fields_and_properties_together(issues: Issues, jira: responses.RequestsMock, site: str) -> None:
    jira.put(f"{site}/rest/api/3/issue/10042", status=204)
    issues.edit("10042", {"customfield_10012": 5.5, "customfield_10013": None}, {"counterfoil.document": {"v": 2}})
    assert sent(jira) == {
        "fields": {"customfield_10012": 5.5, "customfield_10013": None},
        "properties": [{"key": "counterfoil.document", "value": {"v": 2}}],
    }


def test_an_issue_that_is_gone_is_this_documents_trouble(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    jira.put(f"{site}/rest/api/3/issue/AP-9", status=404, json={"errorMessages": ["Issue does not exist"]})
    with pytest.raises(RecordTrouble) as caught:
        issues.edit("AP-9", {})
    assert caught.value.code == "jira.not-found"


def test_fetching_goes_by_the_hundred_and_names_the_missing(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        asked = json.loads(request.body)["issueIdsOrKeys"]
        found = [{"id": each, "key": f"AP-{each}", "fields": {"x": 1}} for each in asked if each != "7"]
        return 200, {}, json.dumps({"issues": found, "issueErrors": []})

    jira.add_callback("POST", f"{site}/rest/api/3/issue/bulkfetch", answer)
    fetched = issues.fetch([str(number) for number in range(150)], fields=["x"], properties=["p"])
    assert fetched.missing == ["7"]
    assert len(fetched.issues) == 149
    assert [len(sent(jira, call)["issueIdsOrKeys"]) for call in range(2)] == [100, 50]
    assert sent(jira)["properties"] == ["p"]


def test_a_search_follows_its_tokens_and_repeats_what_is_reconciled(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    address = f"{site}/rest/api/3/search/jql"
    jira.post(address, json={"issues": [{"id": "1", "key": "AP-1"}], "nextPageToken": "t1", "isLast": False})
    jira.post(address, json={"issues": [], "nextPageToken": "t2"})
    jira.post(address, json={"issues": [{"id": "3", "key": "AP-3"}], "isLast": True})
    found = [issue.key for issue in issues.search('project = "AP"', fields=["summary"], reconcile_ids=["3", "9"])]
    assert found == ["AP-1", "AP-3"]
    assert [sent(jira, call).get("nextPageToken") for call in range(3)] == [None, "t1", "t2"]
    assert {tuple(sent(jira, call)["reconcileIssues"]) for call in range(3)} == {(3, 9)}


def test_a_search_that_hands_out_the_same_token_ends(issues: Issues, jira: responses.RequestsMock, site: str) -> None:
    page = jira.post(f"{site}/rest/api/3/search/jql", json={"issues": [], "nextPageToken": "t", "isLast": False})
    assert list(issues.search("key = AP-1")) == []
    assert page.call_count == 2


def test_a_lookup_compares_exactly_and_shows_doubles(issues: Issues, jira: responses.RequestsMock, site: str) -> None:
    def issue(number: int, key: Any) -> dict[str, Any]:
        return {"id": str(number), "key": f"AP-{number}", "properties": {"counterfoil.document": {"key": key}}}

    near_misses = [issue(1, "inv-1"), issue(2, "INV-10"), issue(3, None), {"id": "4", "key": "AP-4"}]
    hits = [issue(11, "INV-1"), issue(9, "INV-1"), issue(12, 'quo"te\\')]
    jira.post(f"{site}/rest/api/3/search/jql", json={"issues": near_misses + hits, "isLast": True})
    found = issues.find_by_property(["AP"], "counterfoil.document", "key", ["INV-1", 'quo"te\\', "INV-3"])
    assert {text: [each.key for each in hit] for text, hit in found.items()} == {
        "INV-1": ["AP-9", "AP-11"],
        'quo"te\\': ["AP-12"],
    }
    assert sent(jira)["jql"] == (
        'project IN ("AP") AND issue.property["counterfoil.document"].key IN ("INV-1", "quo\\"te\\\\", "INV-3")'
    )
    assert sent(jira)["properties"] == ["counterfoil.document"]


def test_a_lookup_of_many_goes_in_parts(issues: Issues, jira: responses.RequestsMock, site: str) -> None:
    page = jira.post(f"{site}/rest/api/3/search/jql", json={"issues": [], "isLast": True})
    assert issues.find_by_property(["AP"], "p", "key", [f"K{number}" for number in range(120)]) == {}
    assert page.call_count == 3


def test_a_query_jira_does_not_understand_is_the_administrators(
    issues: Issues, jira: responses.RequestsMock, site: str
) -> None:
    errors = ["Field 'x' does not exist or you do not have permission to view it."]
    jira.post(f"{site}/rest/api/3/jql/parse", json={"queries": [{"query": "x = 1", "errors": errors}]})
    with pytest.raises(ConfigurationTrouble, match="Field 'x' does not exist"):
        issues.check_query("x = 1")
    assert jira.calls[0].request.url.endswith("?validation=strict")
