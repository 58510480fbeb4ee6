"""The embedded Valkey: work survives it, and two never share a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisGone
from rq import Queue as RedisQueue
from rq import SimpleWorker

from plugin.jobs.cache import RedisCache
from plugin.jobs.embedded import redis_url
from plugin.jobs.queue import QUEUE, Queue
from plugin.settings import Settings
from sage_adapters.errors import TransientTrouble


@pytest.fixture
def settings(tmp_path):
    return Settings.from_environment({"COUNTERFOIL_DATA": str(tmp_path)})


@pytest.fixture
def start(settings):
    started = []

    def start():
        environment = {**os.environ, "COUNTERFOIL_DATA": str(settings.data_folder)}
        environment.pop("REDIS_URL", None)
        command = [sys.executable, "-m", "plugin.cli", "queue"]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def redis(settings):
    return Redis.from_url(redis_url(settings))


def until_it_answers(redis):
    until = time.monotonic() + 20
    while True:
        try:
            return redis.ping()
        except RedisGone:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_work_survives_a_killed_server(start, redis):
    process = start()
    until_it_answers(redis)
    redis.set("counterfoil:waiting", "work")
    redis.execute_command("WAITAOF", 1, 0, 5000)
    process.send_signal(signal.SIGKILL)
    process.wait()
    start()
    until_it_answers(redis)
    assert redis.get("counterfoil:waiting") == b"work"


def test_a_second_server_on_the_same_folder_is_refused_with_a_sentence(start, redis):
    start()
    until_it_answers(redis)
    second = start()
    assert second.wait(20) == 1
    assert "Another server is already using" in second.stderr.read()
    assert redis.ping()


def test_only_its_owner_can_reach_it(start, redis, settings):
    start()
    until_it_answers(redis)
    socket = settings.data_folder / "queue" / "queue.sock"
    if socket.exists():  # a long path moves the socket, not its folder's rights
        assert socket.stat().st_mode & 0o077 == 0
    assert (settings.data_folder / "queue").stat().st_mode & 0o077 == 0


def test_jobs_carry_row_ids_only_and_leave_nothing_behind(start, redis, monkeypatch):
    start()
    until_it_answers(redis)
    ran = []
    monkeypatch.setattr("plugin.jobs.tasks.run_stream", lambda *row: ran.append(row))
    Queue(redis).run_stream(1, 7)
    (job,) = RedisQueue(QUEUE, connection=redis).get_jobs()
    assert job.args == (1, 7, "person")
    SimpleWorker([QUEUE], connection=redis).work(burst=True)
    assert ran == [(1, 7, "person")]
    assert not list(redis.scan_iter("rq:job:*"))


def test_without_redis_a_person_is_told_and_the_cache_forgets(redis):
    with pytest.raises(TransientTrouble) as caught:
        Queue(redis).run_stream(1, 7)
    assert "Try again" in caught.value.remedy
    cache = RedisCache(redis)
    cache.set("key", "value", 60)
    assert cache.get("key") is None


def test_a_long_data_folder_gets_a_socket_that_still_fits(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    settings = Settings.from_environment({"COUNTERFOIL_DATA": str(deep)})
    path = redis_url(settings).removeprefix("unix://")
    assert len(path) <= 100
    assert Path(path).parent.stat().st_mode & 0o077 == 0
