"""The frame around every administrator's page: its tabs, and how many documents wait for a decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from plugin.web import standing
from plugin.web.visit import Fragment


def framed(session: Session, template: str, title: str, tab: str, **values: Any) -> Fragment:
    """`tab` is the route of the tab under which the page is found."""
    return Fragment.of(template, title, tab=tab, failures=standing.parked_documents(session), **values)
