"""All workers together keep the pace of a system, by a bucket in the embedded queue's server."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog
from redis import Redis
from redis.exceptions import RedisError

from plugin.integrations.connections import connection_gate, open_jira_client
from plugin.integrations.parts import Pace, Parts
from plugin.jobs import pace
from plugin.jobs.embedded import redis_url
from plugin.jobs.pace import PREFIX, WAITED_OUT, RedisPacing
from plugin.settings import Settings
from plugin.store.models import Connection
from sage_adapters.errors import Throttled

SLOW = Pace(per_second=0.01, at_once=10, in_words="10 in a thousand seconds", remedy="Raise it.")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    environment = {**os.environ, "COUNTERFOIL_DATA": str(tmp_path_factory.mktemp("queue"))}
    environment.pop("REDIS_URL", None)
    address = redis_url(Settings.from_environment(environment))
    server = subprocess.Popen([sys.executable, "-m", "plugin.cli", "queue"], env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while True:
        try:
            Redis.from_url(address).ping()
            break
        except RedisError:
            assert time.monotonic() < until, "The queue's server does not answer."
            time.sleep(0.02)
    yield address
    server.terminate()
    server.wait(20)


@pytest.fixture
def redis(address):
    redis = Redis.from_url(address)
    redis.flushall()
    return redis


def passed(gate, calls):
    """How many of so many calls were let through at once."""
    through = 0
    for _ in range(calls):
        try:
            gate()
            through += 1
        except Throttled:
            pass
    return through


def passed_in_another_process(address, calls, counts):
    counts.put(passed(RedisPacing(address).gate("1:jira", "Jira", SLOW), calls))


def test_two_processes_with_threads_share_one_bucket(address, redis):
    context = multiprocessing.get_context("spawn")
    counts = context.Queue()
    other = context.Process(target=passed_in_another_process, args=(address, 20, counts))
    other.start()
    gate = RedisPacing(address).gate("1:jira", "Jira", SLOW)
    with ThreadPoolExecutor(4) as threads:
        mine = sum(threads.map(lambda _: passed(gate, 5), range(4)))
    theirs = counts.get(timeout=60)
    other.join()
    assert mine + theirs == 10


def test_each_system_has_a_bucket_of_its_own(address, redis):
    pacing = RedisPacing(address)
    assert passed(pacing.gate("1:jira", "Jira", SLOW), 20) == 10
    assert passed(pacing.gate("2:jira", "Jira", SLOW), 20) == 10
    assert passed(pacing.gate("1:connection:1", "Sage 300", SLOW), 20) == 10


def test_a_long_wait_is_not_slept_but_told_until_the_bucket_is_full(address, redis):
    gate = RedisPacing(address).gate("1:connection:1", "Sage 300 (SAMLTD)", SLOW)
    passed(gate, 10)
    with pytest.raises(Throttled) as caught:
        gate()
    assert 900 < caught.value.retry_after <= 1000
    assert caught.value.scope == "burst"
    assert "Sage 300 (SAMLTD)" in caught.value.tried
    assert "10 in a thousand seconds" in caught.value.got
    assert "Raise it." in caught.value.remedy
    with pytest.raises(Throttled) as again:
        gate()
    assert again.value.retry_after <= caught.value.retry_after, "a call that was not let through takes no token"


def test_a_short_wait_is_waited_out(address, redis, monkeypatch):
    waits = []
    monkeypatch.setattr("plugin.jobs.pace.time.sleep", waits.append)
    gate = RedisPacing(address).gate("1:jira", "Jira", Pace(1.0, 1, "1 a second", ""))
    gate()
    gate()
    assert len(waits) == 1
    assert 0 < waits[0] <= 1 < WAITED_OUT


def test_tokens_come_back(address, redis):
    gate = RedisPacing(address).gate("1:jira", "Jira", Pace(1000.0, 1, "1000 a second", ""))
    assert passed(gate, 50) == 50


def test_after_a_burst_nobody_calls_for_as_long_as_told(address, redis):
    fast = Pace(1000.0, 1000, "1000 a second", "")
    RedisPacing(address).gate("1:jira", "Jira", fast).hold_back(60)
    with pytest.raises(Throttled) as caught:
        RedisPacing(address).gate("1:jira", "Jira", fast)()
    assert 59 < caught.value.retry_after <= 61


def test_nothing_is_left_behind_once_the_bucket_is_full(address, redis):
    gate = RedisPacing(address).gate("1:jira", "Jira", Pace(100.0, 10, "100 a second", ""))
    gate()
    assert 0 < redis.pttl(f"{PREFIX}1:jira") <= 10


def test_without_redis_calls_go_on_unpaced_and_it_is_logged_once(tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "log", structlog.get_logger())
    gate = RedisPacing(f"unix://{tmp_path}/nothing").gate("1:jira", "Jira", SLOW)
    with structlog.testing.capture_logs() as logged:
        assert passed(gate, 30) == 30
        gate.hold_back(60)
        threads = [threading.Thread(target=gate) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [entry["event"] for entry in logged] == ["pace.unkept"]


class NoPacing:
    def gate(self, *_):
        raise AssertionError("no pace was asked for")


def parts(pacing, **environment):
    return Parts(Settings.from_environment(environment), None, None, pacing)


def test_a_connection_without_a_pace_asks_redis_nothing():
    row = Connection(id=5, site_id=1, name="Sage 300", settings={})
    assert connection_gate(parts(NoPacing()), row) is None


def test_a_connections_pace_is_kept_over_all_workers(address, redis):
    row = Connection(id=5, site_id=1, name="Sage 300 (SAMLTD)", settings={"calls_per_minute": 12})
    gates = [connection_gate(parts(RedisPacing(address)), row) for _ in range(2)]
    assert sum(passed(gate, 5) for gate in gates) == 6, "half a minute's calls at once"
    with pytest.raises(Throttled, match="12 a minute"):
        gates[0]()


@pytest.mark.parametrize(("setting", "made"), [(None, ["1:jira"]), ("5", ["1:jira"]), ("0", [])])
def test_jira_has_a_pace_unless_the_operator_wants_none(setting, made, monkeypatch):
    names = []

    class Noting:
        def gate(self, name, label, pace):
            assert pace.per_second == float(setting or 20)
            names.append(name)

    class Door:
        base_url, auth = "https://acme.atlassian.net", None

    monkeypatch.setattr("plugin.integrations.connections.open_jira", lambda *_: Door)
    environment = {"COUNTERFOIL_JIRA_CALLS_PER_SECOND": setting} if setting else {}
    open_jira_client(parts(Noting(), **environment), 1)
    assert names == made
