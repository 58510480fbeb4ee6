"""Messages, written in the transaction that raises or clears the notice they tell of.

What nobody was told yet when a notice is over is dropped, and needs no all-clear.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, Message, Notice, Recipient
from plugin.store.rows import insert_rows

RAISED, CLEARED, TEST = "raised", "cleared", "test"
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given-up"
PERHAPS_TOLD = or_(Message.state == SENT, Message.perhaps_told)
ADMIN_PAGE = "admin"
"""The key of the administrators' page in atlassian-connect.json."""


@dataclass(frozen=True)
class Letterhead:
    """What all messages of a site have in common."""

    site: str
    """The address of its Jira."""
    app_key: str
    at: datetime

    def body(self, event: str, code: str, subject: str, sentence: str, remedy: str) -> JsonObject:
        """What is told: of a webhook it is the whole body, of an e-mail what its text is made from."""
        return {
            "event": event,
            "code": code,
            "subject": subject,
            "sentence": sentence,
            "remedy": remedy,
            "at": self.at.isoformat(timespec="seconds"),
            "site": self.site,
            "link": f"{self.site}/plugins/servlet/ac/{self.app_key}/{ADMIN_PAGE}",
        }


def tell(session: Session, head: Letterhead, notice: Notice) -> None:
    """Every recipient, in place of what was written about this notice before and is not on its way yet."""
    drop_untold(session, notice)
    body = head.body(RAISED, notice.code, notice.subject, notice.sentence, notice.remedy)
    _write(session, session.scalars(select(Recipient.id)), head, body, notice)


def tell_all_clear(session: Session, head: Letterhead, notice: Notice) -> None:
    """Whoever was told of the notice, or may have been."""
    drop_untold(session, notice)
    told = select(Message.recipient_id).where(Message.notice_id == notice.id, PERHAPS_TOLD).distinct()
    body = head.body(CLEARED, notice.code, notice.subject, f"All clear. It was: {notice.sentence}", "")
    _write(session, session.scalars(told), head, body, notice)


def tell_test(session: Session, head: Letterhead, recipient_id: int) -> None:
    """*Send a test*. While one waits, another is not needed."""
    waiting = select(Message.id).where(
        Message.recipient_id == recipient_id, Message.event == TEST, Message.state == WAITING
    )
    if session.scalars(waiting.limit(1)).first() is None:
        sentence = "This is a test: messages of Counterfoil arrive here."
        _write(session, [recipient_id], head, head.body(TEST, TEST, "", sentence, ""), None)


def drop_untold(session: Session, notice: Notice) -> None:
    session.execute(
        delete(Message)
        .where(Message.notice_id == notice.id, Message.state == WAITING, ~Message.perhaps_told)
        .execution_options(synchronize_session=False)
    )


def _write(
    session: Session, recipients: Iterable[int], head: Letterhead, body: JsonObject, notice: Notice | None
) -> None:
    insert_rows(
        session,
        Message,
        [
            {
                "notice_id": notice.id if notice else None,
                "recipient_id": recipient_id,
                "event": body["event"],
                "stage": notice.stage if notice else 0,
                "body": body,
                "delivery_id": str(uuid.uuid4()),
                "state": WAITING,
                "written_at": head.at,
                "next_try_at": head.at,
            }
            for recipient_id in recipients
        ],
    )
