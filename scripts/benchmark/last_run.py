"""What the latest run of a stream has written about itself."""

from __future__ import annotations

from sqlalchemy import select

from plugin.store.database import Database
from plugin.store.models import Run


def last_run(database: Database, site_id: int, stream_id: int) -> Run:
    with database.reading(site_id) as session:
        return session.scalars(select(Run).where(Run.stream_id == stream_id).order_by(Run.id.desc()).limit(1)).one()
