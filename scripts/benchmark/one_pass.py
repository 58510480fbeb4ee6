"""One pass of a stream as a worker runs it, measured from within its process. Arguments: site, stream."""

from __future__ import annotations

import gc
import json
import sys

from plugin.jobs import tasks
from scripts.benchmark.last_run import last_run
from scripts.benchmark.meter import Meter


def main(site_id: int, stream_id: int) -> None:
    """The task's modules are loaded before and frozen, as a worker has them before it forks."""
    gc.collect()
    gc.freeze()
    meter = Meter()
    tasks.run_stream(site_id, stream_id, "schedule")
    measured = meter.read()
    run = last_run(tasks.parts().database, site_id, stream_id)
    print(json.dumps({**measured, "state": run.state, "created": run.created, "requests": run.calls}))


main(int(sys.argv[1]), int(sys.argv[2]))
