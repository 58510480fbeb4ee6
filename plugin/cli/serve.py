"""`counterfoil serve` and the processes it is made of: queue, web, workers, scheduler."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time

import click
from redis import Redis
from redis.exceptions import RedisError

from plugin import logs
from plugin.cli.supervisor import Supervisor
from plugin.jobs.embedded import become_server, redis_url
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.upgrade import upgrade

BIND = "127.0.0.1:8000"
QUEUE_START_SECONDS = 20.0


@click.command()
@click.option("--bind", default=BIND, show_default=True, help="Address and port of the web server.")
@click.option("--web-processes", default=2, show_default=True)
@click.option("--workers", default=2, show_default=True, help="How many jobs run at the same time.")
def serve(bind: str, web_processes: int, workers: int) -> None:
    """Run everything on this machine until interrupted. Upgrades the database first."""
    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    upgrade(Database.from_settings(settings))
    ourselves = [sys.executable, "-m", "plugin.cli"]
    supervisor = Supervisor()
    if settings.redis_url is None:
        supervisor.start("queue", [*ourselves, "queue"])
        _wait_for_queue(settings)
    supervisor.start("web", [*ourselves, "web", "--bind", bind, "--processes", str(web_processes)])
    for number in range(1, workers + 1):
        supervisor.start(f"worker {number}", [*ourselves, "worker"])
    supervisor.start("scheduler", [*ourselves, "scheduler"])
    supervisor.keep()


@click.command()
@click.option("--bind", default=BIND, show_default=True)
@click.option("--processes", default=2, show_default=True)
def web(bind: str, processes: int) -> None:
    """Serve the pages and Jira's calls."""
    metrics = Settings.from_environment().data_folder / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True, mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    options = ["--bind", bind, "--workers", str(processes), "--worker-class", "gthread", "--threads", "4"]
    quiet = ["--access-logfile", "/dev/null", "--log-level", "warning", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, *quiet, "plugin.app:create_app()"]
    os.execv(sys.executable, command)  # noqa: S606


@click.command()
def worker() -> None:
    """Work on the queue."""
    from plugin.jobs.worker import work

    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    work(settings)


@click.command()
def scheduler() -> None:
    """Put streams on the queue when they are due."""
    from plugin.jobs.queue import Queue
    from plugin.jobs.schedule import keep_enqueuing

    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    queue = Queue(Redis.from_url(redis_url(settings)))
    keep_enqueuing(Database.from_settings(settings), queue, settings, stopped.is_set)


@click.command()
def queue() -> None:
    """Run the embedded Redis or Valkey in the data folder."""
    become_server(Settings.from_environment())


def _wait_for_queue(settings: Settings) -> None:
    """An older append-only file can take a while to load."""
    until = time.monotonic() + QUEUE_START_SECONDS
    redis = Redis.from_url(redis_url(settings))
    while True:
        try:
            redis.ping()
            return
        except RedisError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
