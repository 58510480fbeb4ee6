"""The application at work in this process: its web server in a thread, its jobs run when a test asks for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.timeouts import TimerDeathPenalty
from werkzeug.serving import make_server

from plugin.app import create_app
from plugin.jobs import tasks
from plugin.jobs.queue import QUEUE, Queue
from plugin.jobs.schedule import enqueue_due
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.upgrade import upgrade


class Worker(SimpleWorker):
    """Runs jobs in this process, leaves signals to pytest, and takes no commands: it ends when the queue is empty."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        pass

    def subscribe(self) -> None:
        pass


@dataclass
class App:
    """The running application, with its queue and database. Settings come from the environment, as in a worker."""

    url: str
    database: Database
    redis: Redis

    @classmethod
    @contextmanager
    def running(
        cls, set_environment: Callable[[Mapping[str, str]], None], environment: Mapping[str, str]
    ) -> Iterator[App]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            set_environment({**environment, "COUNTERFOIL_BASE_URL": url})
            tasks.parts.cache_clear()
            settings = Settings.from_environment()
            database = Database.from_settings(settings)
            upgrade(database)
            redis = Redis.from_url(settings.redis_url or "")
            redis.flushall()
            server = make_server("127.0.0.1", 0, create_app(), threaded=True, fd=listener.fileno())
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield cls(url, database, redis)
            finally:
                server.shutdown()
                thread.join()
                server.server_close()
                database.dispose()
                redis.close()
                tasks.parts().database.dispose()
                tasks.parts.cache_clear()

    def work(self) -> None:
        """Empties the queue. A job that raised fails the test: whatever happens outside, no job may break."""
        Worker([QUEUE], connection=self.redis).work(burst=True, logging_level="WARNING")
        for job_id in FailedJobRegistry(QUEUE, connection=self.redis).get_job_ids():
            result = Job.fetch(job_id, connection=self.redis).latest_result()
            raise AssertionError(f"A job broke:\n{result.exc_string if result else 'no reason was kept'}")

    def poll(self, looks: int = 1) -> None:
        """The scheduler looks, and what is due runs; so often, while there is anything due."""
        for _ in range(looks):
            enqueue_due(self.database, Queue(self.redis))
            if not self.redis.llen(f"rq:queue:{QUEUE}"):
                break
            self.work()
