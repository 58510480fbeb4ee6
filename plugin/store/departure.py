"""Forgetting sites that have left: their rows go when their time is over, and everything that belongs to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from plugin.store.models import Site


def forget_departed(session: Session, now: datetime) -> int:
    """Deletes sites whose `delete_after` has passed; how many. A site that came back in time has none."""
    return len(session.scalars(delete(Site).where(Site.delete_after < now).returning(Site.id)).all())
