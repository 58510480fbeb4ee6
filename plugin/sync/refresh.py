"""Reading one document anew because somebody looks at it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from plugin.store.database import Database
from plugin.store.models import LedgerEntry
from plugin.store.rows import update_rows
from plugin.sync.intake import Intake
from plugin.sync.lease import Lease, Tenure
from plugin.sync.run import Line


def refresh(database: Database, line: Line, entry: LedgerEntry) -> bool:
    """Takes the document's container in again; False while a pass is going on, which reads what has changed anyway.

    Read before the lease is held, a page could be older than what another pass has taken in. Raises the source's
    Trouble.
    """
    if entry.unit is None:
        return False
    with database.writing(line.site_id) as session:
        lease = Lease.take(session, line.stream_id)
    if lease is None:
        return False
    tenure = Tenure(database, line.site_id, lease)
    with ThreadPoolExecutor(1, "refresh") as reader:
        reading = reader.submit(line.source.read_unit, entry.unit)
        tenure.wait({reading})
    if reading.exception() is not None:
        with tenure.last_transaction():
            pass
    page = reading.result()
    with tenure.last_transaction() as turn:
        Intake(line.stream_id, line.source).take(turn, page)
        update_rows(turn.session, LedgerEntry, [entry.id], {"read_at": datetime.now(UTC)})
    return True
