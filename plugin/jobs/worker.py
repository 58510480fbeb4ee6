"""The worker process: takes jobs off the queue, each in a process of its own."""

from __future__ import annotations

import gc

from redis import Redis
from rq import Worker

import plugin.jobs.tasks  # noqa: F401 - loaded before forking, so that a job does not spend its time importing
from plugin.jobs.embedded import redis_url
from plugin.jobs.queue import QUEUE
from plugin.settings import Settings


def work(settings: Settings) -> None:
    """Until SIGTERM or SIGINT; a job under way is finished first."""
    # What is loaded by now lives as long as the worker. Frozen, it is neither looked through in each job nor, for that,
    # copied out of the memory that forked jobs share.
    gc.collect()
    gc.freeze()
    redis = Redis.from_url(redis_url(settings))
    Worker([QUEUE], connection=redis).work(with_scheduler=False, logging_level="WARNING")
