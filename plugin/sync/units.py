"""Units of a source, as the engine remembers them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from plugin.store.models import SourceUnit


def read_again(session: Session, stream_ids: Collection[int], units: Collection[str | None]) -> None:
    """Has the next pass read these units: what counts as open is read, listed among the changed ones or not."""
    session.execute(
        update(SourceUnit)
        .where(SourceUnit.stream_id.in_(stream_ids), SourceUnit.key.in_(units))
        .values(open=True, signature="")
        .execution_options(synchronize_session=False)
    )
