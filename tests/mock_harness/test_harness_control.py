from datetime import UTC, datetime

import pytest
import requests
from werkzeug.test import Client


@pytest.fixture
def control(notes):
    """Calls the control API: `control("POST", "clock", {...})`."""

    def call(method, path, body=None):
        return requests.request(method, f"{notes.url}/__mock__/{path}", json=body, timeout=5)

    return call


def test_state_shows_every_document_and_one_type(control):
    assert control("GET", "state").json() == {"notes": [{"text": "seed 1"}]}
    refused = control("GET", "state?type=letters")
    assert (refused.status_code, refused.json()) == (400, {"error": "There are no documents of type letters."})


def test_reset_goes_back_to_the_start_with_another_seed(notes, control):
    requests.post(f"{notes.url}/notes", data="more", timeout=5)
    notes.mock.faults.add("reset")
    notes.mock.clock.advance(1000)
    assert control("POST", "reset", {"seed": 7}).status_code == 200
    assert control("GET", "state").json() == {"notes": [{"text": "seed 7"}]}
    assert control("GET", "faults").json() == []
    assert control("GET", "requests").json()["count"] == 0
    assert abs((notes.mock.clock.now() - datetime.now(UTC)).total_seconds()) < 60


def test_the_clock_is_set_and_advanced(notes, control):
    control("POST", "clock", {"set": "2026-03-02T09:00:00+00:00"})
    reply = control("POST", "clock", {"advance": 86400})
    assert reply.json()["now"].startswith("2026-03-03T09:00:0")
    assert notes.mock.clock.today().isoformat() == "2026-03-03"


@pytest.mark.parametrize("order", [{"set": "yesterday"}, {"set": "2026-03-02T09:00:00"}, {"advance": None}, {}])
def test_a_clock_that_cannot_be_set_so_says_why(control, order):
    refused = control("POST", "clock", order)
    assert refused.status_code == 400
    assert refused.json()["error"]


def test_the_journal_has_the_scheme_but_never_the_secret(notes, control):
    requests.get(f"{notes.url}/notes?a=1&jwt=CANARY", auth=("USER", "CANARY"), timeout=5)
    requests.post(f"{notes.url}/token", json={"client_secret": "CANARY", "name": "kept"}, timeout=5)
    reply = control("GET", "requests")
    first, second = reply.json()["requests"]
    assert (first["n"], first["method"], first["path"], first["status"]) == (1, "GET", "/notes", 200)
    assert first["auth"] == "Basic"
    assert first["query"] == "a=1&jwt=…"
    assert "kept" in second["body"]
    assert "CANARY" not in reply.text


def test_the_journal_counts_everything_though_it_keeps_only_the_latest(notes, control):
    for number in range(10, 13):
        requests.get(f"{notes.url}/notes/{number}", timeout=5)
    reply = control("GET", "requests?since=2").json()
    assert reply["totals"] == {"GET /notes/*": 3}
    assert [entry["n"] for entry in reply["requests"]] == [3]


def test_faults_are_ordered_shown_and_called_off(notes, control):
    order = {"match": {"method": "get", "path": "^/notes"}, "times": 2, "kind": "throttle"}
    shown = control("POST", "faults", [order]).json()
    assert (shown[0]["kind"], shown[0]["match"]["method"], shown[0]["times"]) == ("throttle", "GET", 2)
    assert requests.get(f"{notes.url}/notes", timeout=5).status_code == 429
    assert control("GET", "faults").json()[0]["times"] == 1
    assert control("DELETE", "faults").json() == []


@pytest.mark.parametrize(
    "order",
    [{"kind": "fire"}, {"kind": "reset", "sometimes": 1}, {"kind": "reset", "match": {"path": "("}}],
)
def test_a_malformed_fault_is_refused_with_a_sentence_and_none_is_kept(control, order):
    refused = control("POST", "faults", [{"kind": "reset"}, order])
    assert refused.status_code == 400
    assert refused.json()["error"].endswith(".")
    assert control("GET", "faults").json() == []


def test_a_person_enters_a_document(control):
    assert control("POST", "documents/note", {"text": "by hand"}).json() == {"text": "by hand"}
    assert {"text": "by hand"} in control("GET", "state").json()["notes"]
    assert control("POST", "documents/letter", {}).status_code == 400


def test_the_page_for_people_shows_documents_requests_and_assumptions_escaped(notes):
    requests.post(f"{notes.url}/notes", data="<script>alert(1)</script>", timeout=5)
    page = requests.get(f"{notes.url}/__mock__/", timeout=5)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text
    assert "Notes are kept for ever." in page.text


def test_callers_from_elsewhere_are_refused(make_notes):
    client = Client(make_notes())
    assert client.get("/__mock__/state", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert client.get("/__mock__/state", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


def test_a_control_call_there_is_not_says_so(control):
    refused = control("GET", "weather")
    assert refused.status_code == 404
    assert "weather" in refused.json()["error"]
