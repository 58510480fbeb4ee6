"""Polls that find nothing new, each followed by the bare request that it has to make. Arguments: site, stream, the
address of that request."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import requests

from plugin.jobs import tasks
from scripts.benchmark.last_run import last_run
from scripts.rehearsal.first_sync import PASSWORD, USER

POLLS = 60


def main(site_id: int, stream_id: int, address: str) -> None:
    bare = requests.Session()
    bare.auth = (USER.upper(), PASSWORD.upper())
    bare.headers["Content-Type"] = "application/json"

    def poll() -> None:
        tasks.run_stream(site_id, stream_id, "schedule")

    def get() -> None:
        bare.get(address, timeout=60).raise_for_status()

    poll()
    get()
    polls, gets = zip(*((_milliseconds(poll), _milliseconds(get)) for _ in range(POLLS)), strict=True)
    run = last_run(tasks.parts().database, site_id, stream_id)
    print(
        json.dumps(
            {
                "poll_ms": statistics.median(polls),
                "get_ms": statistics.median(gets),
                "state": run.state,
                "created": run.created,
                "requests": run.calls,
            }
        )
    )


def _milliseconds(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
