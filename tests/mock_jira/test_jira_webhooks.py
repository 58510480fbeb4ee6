"""Webhooks: registering, what is delivered to whom, signatures, retries, and mischief on order."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from pytest_httpserver import HTTPServer
from werkzeug.wrappers import Request, Response

from mock_servers.jira.connect.qsh import query_string_hash
from tests.mock_jira.conftest import Caller, adf


@dataclass
class Receiver:
    """Where webhooks arrive. `answers` are the statuses to give, the last one for ever."""

    url: str
    mock: Any
    answers: list[int] = field(default_factory=lambda: [200])
    requests: list[Request] = field(default_factory=list)

    def take(self, request: Request) -> Response:
        request.get_data()
        self.requests.append(request)
        return Response(status=self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def settled(self) -> list[dict[str, Any]]:
        """The bodies that arrived, once nothing is under way any more."""
        assert self.mock.webhooks.deliveries.wait_idle(20)
        return [json.loads(request.get_data()) for request in self.requests]


@pytest.fixture
def receiver(httpserver: HTTPServer, jira_mock: Any) -> Receiver:
    made = Receiver(httpserver.url_for("/app").rstrip("/"), jira_mock.mock)
    httpserver.expect_request("/app/hook").respond_with_handler(made.take)
    jira_mock.mock.turn({"webhook_time_scale": 100_000})
    return made


@pytest.fixture
def listening(install: Callable[..., Caller], receiver: Receiver) -> Caller:
    """An app whose base URL is the receiver's."""
    return install("READ", "WRITE", base_url=receiver.url)


def register(app: Caller, receiver: Receiver, *events: str, jql: str = "project = AP", **more: Any) -> Any:
    entry = {"events": list(events) or ["jira:issue_updated"], "jqlFilter": jql, **more}
    answer = app("POST", "/webhook", {"url": f"{receiver.url}/hook", "webhooks": [entry]})
    assert answer.status_code == 200, answer.text
    return answer.json()["webhookRegistrationResult"][0]


def admin_hook(ada: Caller, receiver: Receiver, *events: str, **more: Any) -> dict[str, Any]:
    body = {"name": "Hook", "url": f"{receiver.url}/hook", "events": list(events), **more}
    answer = ada("POST", "/rest/webhooks/1.0/webhook", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_people_cannot_register_dynamic_webhooks_whatever_they_send(ada: Caller) -> None:
    assert ada("POST", "/webhook", {"nonsense": 1}).status_code == 403


def test_entries_fail_one_by_one_in_a_200(listening: Caller, receiver: Receiver) -> None:
    good = {"events": ["jira:issue_created"], "jqlFilter": "project = AP"}
    wrong = [
        {**good, "jqlFilter": "watchCount = 1"},
        {**good, "jqlFilter": "project is not EMPTY"},
        {**good, "jqlFilter": "project = AP order by key"},
        {**good, "jqlFilter": 'summary ~ "x"'},
        {**good, "jqlFilter": ""},
        {**good, "events": ["worklog_created"]},
        {**good, "fieldIdsFilter": ["status"]},
    ]
    body = {"url": f"{receiver.url}/hook", "webhooks": [good, *wrong]}
    results = listening("POST", "/webhook", body).json()["webhookRegistrationResult"]
    assert "createdWebhookId" in results[0]
    assert [set(result) for result in results[1:]] == [{"errors"}] * len(wrong)
    assert results[1]["errors"] == ["The clause watchCount is unsupported"]


def test_an_app_has_one_address_under_its_base_url_and_a_hundred_webhooks(
    listening: Caller, receiver: Receiver
) -> None:
    entry = {"events": ["jira:issue_created"], "jqlFilter": "project = AP"}
    elsewhere = {"url": "http://127.0.0.1:1/hook", "webhooks": [entry]}
    assert listening("POST", "/webhook", elsewhere).status_code == 400
    assert "createdWebhookId" in register(listening, receiver)
    other = {"url": f"{receiver.url}/other", "webhooks": [entry]}
    assert "errors" in listening("POST", "/webhook", other).json()["webhookRegistrationResult"][0]
    body = {"url": f"{receiver.url}/hook", "webhooks": [entry] * 100}
    results = listening("POST", "/webhook", body).json()["webhookRegistrationResult"]
    assert ["errors" in result for result in results] == [False] * 99 + [True]


def test_registrations_live_thirty_days_unless_refreshed(listening: Caller, receiver: Receiver, jira_mock: Any) -> None:
    day = 24 * 3600
    forgotten = register(listening, receiver)["createdWebhookId"]
    kept = register(listening, receiver)["createdWebhookId"]
    jira_mock.mock.clock.advance(20 * day)
    listening("PUT", "/webhook/refresh", {"webhookIds": [kept]})
    assert [hook["id"] for hook in listening("GET", "/webhook").json()["values"]] == [forgotten, kept]
    jira_mock.mock.clock.advance(11 * day)
    assert [hook["id"] for hook in listening("GET", "/webhook").json()["values"]] == [kept]


def test_refreshing_and_deleting_ignore_what_is_not_ours(
    listening: Caller, receiver: Receiver, install: Callable[..., Caller]
) -> None:
    number = register(listening, receiver)["createdWebhookId"]
    other = install("READ", key="app.two")
    assert other("DELETE", "/webhook", {"webhookIds": [number]}).status_code == 202
    [hook] = listening("GET", "/webhook").json()["values"]
    assert hook["id"] == number
    refreshed = listening("PUT", "/webhook/refresh", {"webhookIds": [number, 99]})
    assert refreshed.json()["expirationDate"][-5:] == "+0000"
    deleted = listening("DELETE", "/webhook", {"webhookIds": [number]})
    assert (deleted.status_code, deleted.content) == (202, b"")
    assert listening("GET", "/webhook").json()["values"] == []
    assert listening("DELETE", "/webhook", {}).status_code == 400


def test_a_delivery_to_an_app_is_signed_and_has_its_headers(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    number = register(listening, receiver, "jira:issue_updated")["createdWebhookId"]
    key = ada.issue(description=adf("Plain"))
    ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}})
    [body] = receiver.settled()
    [request] = receiver.requests
    assert body["webhookEvent"] == "jira:issue_updated"
    assert body["matchedWebhookIds"] == [number]
    assert body["issue"]["fields"]["description"] == "Plain"
    assert "/rest/api/2/" in body["issue"]["self"]
    assert "emailAddress" not in body["user"]
    [item] = body["changelog"]["items"]
    assert (item["field"], item["fieldId"], item["from"], item["to"]) == ("status", "status", "10000", "3")
    scheme, _, token = request.headers["Authorization"].partition(" ")
    app = jira_mock.mock.site.installed_apps["app.one"]
    claims = jwt.decode(token, app.shared_secret, ["HS256"])
    assert scheme == "JWT"
    assert claims["qsh"] == query_string_hash("POST", "/app/hook", "/app")
    assert request.headers["X-Atlassian-Webhook-Flow"] == "Primary"
    assert "X-Atlassian-Webhook-Retry" not in request.headers


def test_only_wanted_fields_projects_and_properties_are_told(
    listening: Caller, receiver: Receiver, ada: Caller
) -> None:
    register(listening, receiver, "jira:issue_updated", fieldIdsFilter=["status"])
    register(listening, receiver, "issue_property_set", issuePropertyKeysFilter=["erp.sync"])
    key, other = ada.issue(), ada.issue(project={"key": "FIN"})
    ada("PUT", f"/issue/{key}", {"fields": {"summary": "x"}})
    ada("POST", f"/issue/{other}/transitions", {"transition": {"id": "11"}})
    ada("PUT", f"/issue/{key}/properties/other", 1)
    ada("PUT", f"/issue/{key}/properties/erp.sync", 1)
    ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}})
    events = [(body["webhookEvent"], body["issue"]["key"]) for body in receiver.settled()]
    assert sorted(events) == [("issue_property_set", key), ("jira:issue_updated", key)]


def test_a_transition_with_a_comment_tells_both(listening: Caller, receiver: Receiver, ada: Caller) -> None:
    register(listening, receiver, "jira:issue_updated", "comment_created")
    key = ada.issue()
    update = {"comment": [{"add": {"body": adf("Checked")}}]}
    ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}, "update": update})
    bodies = {body["webhookEvent"]: body for body in receiver.settled()}
    assert set(bodies) == {"jira:issue_updated", "comment_created"}
    assert bodies["comment_created"]["comment"]["body"] == "Checked"


def test_bulk_creation_is_told_as_secondary(listening: Caller, receiver: Receiver, ada: Caller) -> None:
    register(listening, receiver, "jira:issue_created")
    fields = {"project": {"key": "AP"}, "issuetype": {"name": "Invoice"}, "summary": "x"}
    ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": fields}] * 3})
    assert len(receiver.settled()) == 3
    assert {request.headers["X-Atlassian-Webhook-Flow"] for request in receiver.requests} == {"Secondary"}


def test_a_busy_receiver_is_tried_again_with_the_same_identifier(
    listening: Caller, receiver: Receiver, ada: Caller
) -> None:
    register(listening, receiver, "jira:issue_created")
    receiver.answers = [503, 429, 200]
    ada.issue()
    assert len(receiver.settled()) == 3
    headers = [request.headers for request in receiver.requests]
    assert len({each["X-Atlassian-Webhook-Identifier"] for each in headers}) == 1
    assert [each.get("X-Atlassian-Webhook-Retry") for each in headers] == [None, "1", "2"]


def test_a_401_is_never_tried_again_and_a_dead_receiver_ends_in_the_failed_list(
    listening: Caller, receiver: Receiver, ada: Caller
) -> None:
    register(listening, receiver, "jira:issue_created")
    receiver.answers = [401]
    ada.issue()
    assert len(receiver.settled()) == 1
    assert listening("GET", "/webhook/failed").json()["values"] == []
    receiver.answers = [500]
    ada.issue()
    assert len(receiver.settled()) == 1 + 6
    [failed] = listening("GET", "/webhook/failed").json()["values"]
    assert failed["id"] == receiver.requests[-1].headers["X-Atlassian-Webhook-Identifier"]
    assert json.loads(failed["body"])["webhookEvent"] == "jira:issue_created"
    later = failed["failureTime"]
    for name in ("after", "failedAfter"):
        assert listening("GET", f"/webhook/failed?{name}={later}").json()["values"] == []


def test_an_admin_webhook_is_signed_with_its_secret_that_is_never_shown(receiver: Receiver, ada: Caller) -> None:
    hook = admin_hook(ada, receiver, "worklog_created", "jira:issue_created", secret="shh")
    assert hook["isSigned"] is True
    assert "shh" not in json.dumps(ada("GET", "/rest/webhooks/1.0/webhook").json())
    ada("PUT", hook["self"].removeprefix(ada.url), {"name": "Renamed"})
    key = ada.issue()
    ada("POST", f"/issue/{key}/worklog", {"timeSpentSeconds": 60})
    bodies = {body["webhookEvent"]: body for body in receiver.settled()}
    assert set(bodies) == {"jira:issue_created", "worklog_created"}
    assert bodies["worklog_created"]["worklog"]["issueId"] == "10000"
    for request in receiver.requests:
        digest = hmac.new(b"shh", request.get_data(), hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature"] == f"sha256={digest}"
    assert ada("DELETE", hook["self"].removeprefix(ada.url)).status_code == 204


def test_admin_webhooks_take_all_of_jql_and_only_administrators(receiver: Receiver, ada: Caller, nora: Caller) -> None:
    assert nora("GET", "/rest/webhooks/1.0/webhook").status_code == 403
    only = {"issue-related-events-section": 'summary ~ "urgent" and labels is not EMPTY'}
    admin_hook(ada, receiver, "jira:issue_created", filters=only)
    ada.issue(summary="urgent")
    ada.issue(summary="urgent", labels=["red"])
    assert [body["issue"]["key"] for body in receiver.settled()] == ["AP-2"]


def test_a_webhook_of_the_descriptor_needs_no_registration(
    install: Callable[..., Caller], receiver: Receiver, ada: Caller
) -> None:
    module = {"event": "jira:issue_created", "url": "/hook?key=${issue.key}", "filter": "project = AP"}
    install("READ", base_url=receiver.url, webhooks=[module])
    ada.issue()
    ada.issue(project={"key": "FIN"})
    receiver.settled()
    assert [request.args["key"] for request in receiver.requests] == ["AP-1"]


@pytest.mark.parametrize(
    ("knobs", "count"), [({"webhook_duplicate": 1}, 2), ({"webhook_drop": 1}, 0), ({"webhook_delay": 0.01}, 1)]
)
def test_deliveries_are_doubled_lost_or_late_on_order(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any, knobs: dict[str, Any], count: int
) -> None:
    register(listening, receiver, "jira:issue_created")
    jira_mock.mock.turn(knobs)
    ada.issue()
    assert len(receiver.settled()) == count
    assert len({request.headers["X-Atlassian-Webhook-Identifier"] for request in receiver.requests}) <= 1


def test_deliveries_overtake_each_other_on_order(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver, "jira:issue_created")
    jira_mock.mock.turn({"webhook_reorder": 0.5})
    keys = [ada.issue() for _ in range(8)]
    arrived = [body["issue"]["key"] for body in receiver.settled()]
    assert sorted(arrived) == sorted(keys)
    assert arrived != keys


def test_a_delivery_may_lack_field_ids_the_issue_and_a_good_signature(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver)
    knobs = ("webhook_without_field_id", "webhook_without_issue", "webhook_bad_signature")
    jira_mock.mock.turn(dict.fromkeys(knobs, True))
    ada("PUT", f"/issue/{ada.issue()}", {"fields": {"summary": "x"}})
    [body] = receiver.settled()
    assert "issue" not in body
    assert "fieldId" not in body["changelog"]["items"][0]
    token = receiver.requests[0].headers["Authorization"].removeprefix("JWT ")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, jira_mock.mock.site.installed_apps["app.one"].shared_secret, ["HS256"])


def test_an_expired_hook_delivers_nothing_however_far_the_clock_jumps(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver, "jira:issue_created")
    jira_mock.mock.clock.advance(29 * 86400)
    ada.issue()
    assert len(receiver.settled()) == 1
    jira_mock.mock.clock.advance(400 * 86400)
    ada.issue()
    assert len(receiver.settled()) == 1
    assert listening("GET", "/webhook").json()["values"] == []
    register(listening, receiver, "jira:issue_created")
    ada.issue()
    assert len(receiver.settled()) == 2


def test_a_failed_delivery_is_kept_for_72_hours(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver, "jira:issue_created")
    receiver.answers = [503]
    ada.issue()
    receiver.settled()
    jira_mock.mock.clock.advance(71 * 3600)
    assert len(listening("GET", "/webhook/failed").json()["values"]) == 1
    jira_mock.mock.clock.advance(2 * 3600)
    assert listening("GET", "/webhook/failed").json()["values"] == []


def test_failures_of_one_time_are_never_on_two_pages(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver, "jira:issue_created")
    receiver.answers = [503]
    for _ in range(3):
        ada.issue()
        receiver.settled()
    failed = jira_mock.mock.webhooks.deliveries.failed()
    failed[1].failed_at = failed[0].failed_at
    page = listening("GET", "/webhook/failed?maxResults=1").json()
    assert len(page["values"]) == 2
    rest = listening("GET", page["next"].removeprefix(jira_mock.url)).json()
    assert [one["id"] for one in rest["values"]] == [failed[2].identifier]


def test_the_expiry_may_be_a_number(listening: Caller, receiver: Receiver, jira_mock: Any) -> None:
    register(listening, receiver)
    jira_mock.mock.turn({"webhook_expiration": "milliseconds"})
    [hook] = listening("GET", "/webhook").json()["values"]
    month = 30 * 86_400_000
    assert abs(hook["expirationDate"] - jira_mock.mock.clock.now().timestamp() * 1000 - month) < 60_000


def test_a_filter_that_names_what_is_not_there_is_refused(listening: Caller, receiver: Receiver) -> None:
    refused = register(listening, receiver, jql="project = NOPE")
    assert refused == {"errors": ["The value 'NOPE' does not exist for the field 'project'."]}


def test_worklogs_are_told_by_the_descriptor_with_the_apps_signature(
    install: Callable[..., Caller], receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    events = ("worklog_created", "worklog_updated", "worklog_deleted")
    install("READ", base_url=receiver.url, webhooks=[{"event": event, "url": "/hook"} for event in events])
    key = ada.issue()
    number = ada("POST", f"/issue/{key}/worklog", {"timeSpent": "1h"}).json()["id"]
    ada("PUT", f"/issue/{key}/worklog/{number}", {"timeSpent": "2h"})
    ada("DELETE", f"/issue/{key}/worklog/{number}")
    bodies = receiver.settled()
    assert sorted(body["webhookEvent"] for body in bodies) == sorted(events)
    assert {(body["worklog"]["issueId"], "issue" in body) for body in bodies} == {("10000", False)}
    token = receiver.requests[0].headers["Authorization"].removeprefix("JWT ")
    claims = jwt.decode(token, jira_mock.mock.site.installed_apps["app.one"].shared_secret, ["HS256"])
    assert claims["qsh"] == query_string_hash("POST", "/app/hook", "/app")


def test_a_delivery_echoes_the_trace_of_the_call_that_caused_it(
    listening: Caller, receiver: Receiver, ada: Caller
) -> None:
    register(listening, receiver, "jira:issue_updated")
    key = ada.issue()
    ada("PUT", f"/issue/{key}", {"fields": {"summary": "a"}}, headers={"X-Atlassian-Webhook-Trace": "run 8"})
    receiver.settled()
    ada("PUT", f"/issue/{key}", {"fields": {"summary": "b"}})
    receiver.settled()
    traces = [request.headers.get("X-Atlassian-Webhook-Trace") for request in receiver.requests]
    assert traces == ["run 8", None]


def test_a_move_is_an_update_that_tells_both_projects(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver, "jira:issue_updated", jql="project = FIN")
    key = ada.issue()
    jira_mock.mock.act("issue", {"action": "move", "key": key, "project": "FIN"})
    [body] = receiver.settled()
    assert (body["issue_event_type_name"], body["issue"]["key"]) == ("issue_moved", "FIN-1")
    items = {item["field"]: (item["from"], item["to"]) for item in body["changelog"]["items"]}
    assert items == {"project": ("10000", "10001"), "Key": (None, None)}


def test_tokens_can_be_made_by_the_real_clock(
    listening: Caller, receiver: Receiver, ada: Caller, jira_mock: Any
) -> None:
    register(listening, receiver, "jira:issue_created")
    jira_mock.mock.turn({"tokens_in_real_time": True})
    jira_mock.mock.clock.advance(20 * 86400)
    ada.issue()
    receiver.settled()
    token = receiver.requests[0].headers["Authorization"].removeprefix("JWT ")
    jwt.decode(token, jira_mock.mock.site.installed_apps["app.one"].shared_secret, ["HS256"])
    assert listening("GET", "/webhook").status_code == 401, "this caller signs by the mock's clock"


def test_an_administrator_sets_a_webhook_up_by_hand(receiver: Receiver, ada: Caller, jira_mock: Any) -> None:
    order = {"action": "create", "url": f"{receiver.url}/hook", "events": ["worklog_created"], "secret": "shh"}
    made = jira_mock.mock.act("webhook", order)
    assert made["signed"] is True
    key = ada.issue()
    ada("POST", f"/issue/{key}/worklog", {"timeSpent": "1h"})
    [body] = receiver.settled()
    assert body["worklog"]["timeSpentSeconds"] == 3600
    jira_mock.mock.act("webhook", {"action": "delete", "id": made["id"]})
    assert ada("GET", "/rest/webhooks/1.0/webhook").json() == []


def test_jira_may_lose_registrations(listening: Caller, receiver: Receiver, jira_mock: Any) -> None:
    numbers = [register(listening, receiver)["createdWebhookId"] for _ in range(2)]
    assert jira_mock.mock.act("webhook", {"action": "forget", "id": numbers[0]}) == {"forgotten": numbers[:1]}
    assert [hook["id"] for hook in listening("GET", "/webhook").json()["values"]] == numbers[1:]
    jira_mock.mock.act("webhook", {"action": "forget", "app": "app.one"})
    assert listening("GET", "/webhook").json()["values"] == []
