"""The frame around every administrator's page: its tabs, what needs somebody now, and how many documents wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Notice
from plugin.web import standing
from plugin.web.visit import Fragment


def framed(session: Session, template: str, title: str, tab: str, **values: Any) -> Fragment:
    """`tab` is the route of the tab under which the page is found."""
    failures = standing.parked_documents(session)
    return Fragment.of(template, title, tab=tab, failures=failures, notices=open_notices(session), **values)


def open_notices(session: Session) -> Sequence[Notice]:
    return session.scalars(select(Notice).where(Notice.cleared_at.is_(None)).order_by(Notice.raised_at)).all()
