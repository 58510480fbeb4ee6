import threading
import time

import pytest
import requests


def test_a_lost_reply_is_carried_out_although_the_client_sees_no_byte(notes):
    notes.mock.faults.add("lost_reply", method="POST")
    with pytest.raises(requests.ConnectionError, match="without response"):
        requests.post(f"{notes.url}/notes", data="paid", timeout=5)
    assert {"text": "paid"} in notes.mock.notes


def test_a_reset_happens_before_anything_is_carried_out(notes):
    notes.mock.faults.add("reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        requests.post(f"{notes.url}/notes", data="paid", timeout=5)
    assert {"text": "paid"} not in notes.mock.notes


def test_a_truncated_reply_promises_more_than_it_brings(notes):
    notes.mock.faults.add("truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.get(f"{notes.url}/notes", timeout=5)


@pytest.mark.parametrize("commits", [True, False])
def test_a_timeout_keeps_the_client_waiting_and_may_or_may_not_have_been_carried_out(notes, commits):
    notes.mock.faults.add("timeout", commits=commits)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{notes.url}/notes", data="paid", timeout=0.2)
    assert ({"text": "paid"} in notes.mock.notes) is commits


def test_the_mock_lets_go_of_a_client_that_gave_up(notes):
    notes.mock.faults.add("timeout", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{notes.url}/notes", timeout=0.2)
    deadline = time.monotonic() + 5
    while notes.mock.in_flight and time.monotonic() < deadline:
        time.sleep(0.01)
    assert notes.mock.in_flight == 0


def test_status_html_and_throttle_have_the_vendors_own_body(notes):
    for kind in ("status", "html", "throttle"):
        notes.mock.faults.add(kind, status=418, retry_after=7)
        reply = requests.get(f"{notes.url}/notes", timeout=5)
        assert (reply.status_code, reply.text, reply.headers["Retry-After"]) == (418, f"vendor says {kind}", "7")


def test_a_fault_meets_only_matching_requests_and_only_so_often(notes):
    notes.mock.faults.add("status", method="GET", path=r"^/notes/\d+$", times=2, after=1)
    statuses = [requests.get(f"{notes.url}/notes/{number}", timeout=5).status_code for number in range(5)]
    others = requests.get(f"{notes.url}/notes", timeout=5), requests.post(f"{notes.url}/notes/1", timeout=5)
    assert statuses == [200, 500, 500, 200, 200]
    assert [reply.status_code for reply in others] == [200, 200]


def test_the_connection_is_usable_again_after_a_fault(notes):
    session = requests.Session()
    for kind in ("lost_reply", "reset", "truncate"):
        notes.mock.faults.add(kind)
        with pytest.raises(requests.RequestException):
            session.get(f"{notes.url}/notes", timeout=5)
        assert session.get(f"{notes.url}/notes", timeout=5).status_code == 200


def test_a_slow_request_holds_up_nobody_else(notes):
    notes.mock.faults.add("slow", path="/slow", seconds=60)
    waiting = threading.Thread(target=_ignore_drop, args=(f"{notes.url}/slow",))
    waiting.start()
    while not notes.mock.in_flight:
        time.sleep(0.005)
    assert requests.get(f"{notes.url}/notes", timeout=5).status_code == 200
    assert notes.mock.in_flight == 1
    notes.stop()
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def _ignore_drop(url):
    try:
        requests.get(url, timeout=30)
    except requests.ConnectionError:
        return
