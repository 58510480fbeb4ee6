"""Reading one document anew because somebody looks at it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from plugin.store.database import Database
from plugin.store.models import LedgerEntry
from plugin.sync.intake import Intake
from plugin.sync.lease import Lease, Tenure
from plugin.sync.run import Line


def refresh(database: Database, line: Line, entry: LedgerEntry) -> bool:
    """Takes the document's container in again; False while a pass is going on, which reads what has changed anyway.

    Raises the source's Trouble.
    """
    if entry.unit is None:
        return False
    page = line.source.read_unit(entry.unit)
    with database.writing(line.site_id) as session:
        lease = Lease.take(session, line.stream_id)
    if lease is None:
        return False
    with Tenure(database, line.site_id, lease).last_transaction() as session:
        Intake(line.site_id, line.stream_id, line.source).take(session, page)
        session.execute(
            update(LedgerEntry)
            .where(LedgerEntry.id == entry.id)
            .values(read_at=datetime.now(UTC))
            .execution_options(synchronize_session=False)
        )
    return True
