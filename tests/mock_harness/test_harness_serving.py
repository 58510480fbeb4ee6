import gc
import http.client
import socket
import threading
import time
import weakref

import pytest
import requests

from mock_servers.harness import Journal, serve


def test_connections_are_kept_and_requests_do_not_run_into_each_other(notes):
    connection = http.client.HTTPConnection("127.0.0.1", notes.port, timeout=5)
    connection.connect()
    opened = connection.sock
    for number in range(20):
        connection.request("POST", "/notes", body=f"note {number}")
        assert connection.getresponse().read()
    assert connection.sock is opened
    assert [note["text"] for note in notes.mock.notes[1:]] == [f"note {number}" for number in range(20)]
    connection.close()


def test_a_reply_leaves_in_one_piece(notes):
    with socket.create_connection(("127.0.0.1", notes.port), timeout=5) as connection:
        for _ in range(20):
            connection.sendall(b"GET /notes HTTP/1.1\r\nHost: notes\r\n\r\n")
            assert connection.recv(65536).endswith(b'[{"text": "seed 1"}]')


def test_a_request_is_let_go_of_without_the_cyclic_collector(make_notes):
    seen = []
    mock = make_notes()
    mock.watch(lambda request, _: seen.append(weakref.ref(request)))
    gc.disable()
    try:
        with serve(mock) as running:
            requests.post(f"{running.url}/notes", data="text", timeout=5)
            deadline = time.monotonic() + 5
            while seen[0]() is not None and time.monotonic() < deadline:
                time.sleep(0.005)
        assert seen[0]() is None
    finally:
        gc.enable()


def test_a_chunked_request_body_arrives_whole(notes):
    reply = requests.post(f"{notes.url}/notes", data=iter([b"one ", b"two"]), timeout=5)
    assert reply.json()[-1] == {"text": "one two"}


def test_latency_runs_at_the_same_time_for_concurrent_requests(notes):
    gate = threading.Barrier(4)
    notes.mock.latency = 30
    threads = [threading.Thread(target=_get_quietly, args=(gate, notes.url)) for _ in range(4)]
    for thread in threads:
        thread.start()
    while notes.mock.in_flight < 4:
        threading.Event().wait(0.005)
    notes.mock.latency = 0
    assert requests.get(f"{notes.url}/__mock__/state", timeout=5).status_code == 200
    notes.stop()
    for thread in threads:
        thread.join(timeout=5)


def _get_quietly(gate, url):
    gate.wait()
    try:
        requests.get(f"{url}/notes", timeout=60)
    except requests.ConnectionError:
        return


def test_stopping_ends_open_connections_and_frees_the_port(make_notes):
    session = requests.Session()
    with serve(make_notes()) as running:
        assert session.get(f"{running.url}/notes", timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        session.get(f"{running.url}/notes", timeout=5)
    with serve(make_notes(), port=running.port) as again:
        assert again.port == running.port


def test_a_taken_port_is_an_error_to_the_caller(make_notes):
    with serve(make_notes()) as running, pytest.raises(OSError, match="in use"):
        serve(make_notes(), port=running.port)


def test_mocks_in_one_process_share_nothing(make_notes):
    with serve(make_notes()) as one, serve(make_notes()) as other:
        requests.post(f"{one.url}/notes", data="here", timeout=5)
        assert len(one.mock.notes) == 2
        assert len(other.mock.notes) == 1
        assert other.mock.journal.count == 0


def test_a_failing_mock_answers_500_and_stays_up(notes, monkeypatch):
    monkeypatch.setattr(notes.mock, "notes", None)
    assert requests.post(f"{notes.url}/notes", data="x", timeout=5).status_code == 500
    monkeypatch.undo()
    assert requests.get(f"{notes.url}/notes", timeout=5).status_code == 200


def test_an_observer_sees_each_request_with_its_reply(notes):
    seen = []
    notes.mock.watch(lambda request, response: seen.append((request.method, response.status_code)))
    requests.get(f"{notes.url}/notes", timeout=5)
    requests.get(f"{notes.url}/__mock__/state", timeout=5)
    assert seen == [("GET", 200)]


def test_the_journal_is_bounded_but_counts_on():
    journal = Journal(entries_kept=5, bodies_kept=2)
    for number in range(1, 11):
        journal.record(
            method="POST", path=f"/{number}", route="/*", query="", status=200, ms=1, authorization=None,
            fault=None, body=b"text",
        )  # fmt: skip
    kept = journal.entries()
    assert journal.count == 10
    assert journal.totals() == {"POST /*": 10}
    assert [entry["n"] for entry in kept] == [6, 7, 8, 9, 10]
    assert [entry["body"] for entry in kept] == [None, None, None, "text", "text"]
