"""Reading one document anew because somebody looks at it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import update

from plugin.store.database import Database
from plugin.store.models import LedgerEntry
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
    with tenure.last_transaction() as session:
        Intake(line.site_id, line.stream_id, line.source).take(session, page)
        session.execute(
            update(LedgerEntry)
            .where(LedgerEntry.id == entry.id)
            .values(read_at=datetime.now(UTC))
            .execution_options(synchronize_session=False)
        )
    return True
