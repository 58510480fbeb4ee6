"""Puts work on the queue. A job names rows and nothing else; what is left to do is read from them, so that a job that
runs twice does no harm (RQ delivers at least once)."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import ConnectionError as RedisGone
from rq import Queue as RedisQueue

from sage_adapters.errors import TransientTrouble

QUEUE = "counterfoil"
FORGET_DONE_SECONDS = 0
FORGET_FAILED_SECONDS = 86400
LONGEST_JOB_SECONDS = 3600


class Queue:
    """Enqueues by name, so that a page need not load what a worker runs."""

    def __init__(self, redis: Redis) -> None:
        self._queue = RedisQueue(QUEUE, connection=redis)

    def check_connection(self, site_id: int, connection_id: int) -> None:
        self._enqueue("check_connection", site_id, connection_id)

    def read_projects(self, site_id: int) -> None:
        self._enqueue("read_projects", site_id)

    def read_fields(self, site_id: int, project_id: str, issue_type_id: str) -> None:
        self._enqueue("read_fields", site_id, project_id, issue_type_id)

    def read_choices(self, site_id: int, subject: str) -> None:
        self._enqueue("read_choices", site_id, subject)

    def create_missing_fields(self, site_id: int, stream_id: int) -> None:
        self._enqueue("create_missing_fields", site_id, stream_id)

    def run_stream(self, site_id: int, stream_id: int, trigger: str = "person") -> None:
        """`trigger` is `person` or `schedule`. A stream that is being worked on is left alone by the job."""
        self._enqueue("run_stream", site_id, stream_id, trigger)

    def refresh_document(self, site_id: int, ledger_entry_id: int) -> None:
        self._enqueue("refresh_document", site_id, ledger_entry_id)

    def send_messages(self, site_id: int) -> None:
        self._enqueue("send_messages", site_id)

    def check_chains(self, site_id: int) -> None:
        self._enqueue("check_chains", site_id)

    def compare_document(self, site_id: int, ledger_entry_id: int) -> None:
        self._enqueue("compare_document", site_id, ledger_entry_id)

    def attend(self, site_id: int, duty: str) -> None:
        """`duty` is a name of `HookDuty`. One that somebody is at is left alone by the job."""
        self._enqueue("attend", site_id, duty)

    def run_sweep(self, site_id: int, sweep_id: int) -> None:
        self._enqueue("run_sweep", site_id, sweep_id)

    def release_findings(self, site_id: int, sweep_id: int, actor: str, *finding_ids: int) -> None:
        """`actor` is the account id of the person who wants it."""
        self._enqueue("release_findings", site_id, sweep_id, actor, *finding_ids)

    def mend_findings(self, site_id: int, sweep_id: int, verdict: str, actor: str, after: int = 0) -> None:
        """Repairs all findings of a verdict behind the one with the id `after`, a portion in each job."""
        self._enqueue("mend_findings", site_id, sweep_id, verdict, actor, after)

    def _enqueue(self, task: str, *row: int | str) -> None:
        try:
            self._queue.enqueue(
                f"plugin.jobs.tasks.{task}",
                *row,
                result_ttl=FORGET_DONE_SECONDS,
                failure_ttl=FORGET_FAILED_SECONDS,
                job_timeout=LONGEST_JOB_SECONDS,
            )
        except RedisGone as error:
            raise TransientTrouble(
                "Work was about to be put on the queue.",
                "Redis, where the queue is, does not answer.",
                "Try again in a moment; if it lasts, the operator of Counterfoil should look at Redis.",
                "queue.unreachable",
            ) from error
