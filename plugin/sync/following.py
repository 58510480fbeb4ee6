"""Following other streams: when one of their documents has changed, those of ours that are told together with it are
compared with the target again.

What has changed is told by the counterfoils of the followed stream. They have a gapless sequence, written under the
lock of their stream, so that nothing is skipped however the two streams take turns; how far we have looked is written
with what we have made of it. Nobody writes into another stream's ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, LedgerEntry, Stream
from plugin.sync.turn import Turn

LOOKED_AT = 500


@dataclass(frozen=True)
class Followed:
    """A stream beside ours. `dependents`: which entries of ours are told together with documents of these keys."""

    stream_id: int
    dependents: Callable[[Session, Sequence[str]], ColumnElement[bool]]


def follow(turn: Turn, followed: Followed) -> bool:
    """Looks at the next counterfoils of the followed stream; whether there are more."""
    own = turn.chain.stream_id
    seen_by_stream = turn.session.scalars(select(Stream.followed).where(Stream.id == own)).one()
    seen = seen_by_stream.get(str(followed.stream_id), 0)
    rows = turn.session.execute(
        select(Counterfoil.sequence, Counterfoil.document_key)
        .where(Counterfoil.stream_id == followed.stream_id, Counterfoil.sequence > seen)
        .order_by(Counterfoil.sequence)
        .limit(LOOKED_AT)
    ).all()
    if not rows:
        return False
    keys = list(dict.fromkeys(row.document_key for row in rows))
    turn.session.execute(
        update(LedgerEntry)
        .where(LedgerEntry.stream_id == own, followed.dependents(turn.session, keys))
        .values(
            # What is on its way is seen to be old when it settles, as with a change of its own.
            version=LedgerEntry.version + 1,
            state=case((LedgerEntry.state.in_(("settled", "left-out")), "pending"), else_=LedgerEntry.state),
            next_try_at=case((LedgerEntry.state == "uncertain", LedgerEntry.next_try_at), else_=None),
        )
        .execution_options(synchronize_session=False)
    )
    turn.note(followed={**seen_by_stream, str(followed.stream_id): rows[-1].sequence})
    return len(rows) == LOOKED_AT
