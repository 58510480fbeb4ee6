"""What the pages of one integration have in common: finding it, and what is set up already."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, Stream
from plugin.web.visit import NotThere, Visit


def integration_of(visit: Visit, session: Session) -> Integration:
    """The one that the route names; raises NotThere."""
    found = session.scalars(select(Integration).where(Integration.id == visit.number("integration"))).one_or_none()
    if found is None:
        raise NotThere()
    return found


def connection_of(session: Session, integration: Integration) -> Connection:
    return session.scalars(select(Connection).where(Connection.id == integration.connection_id)).one()


def stream_of(session: Session, integration: Integration) -> Stream | None:
    """The one that its place and mapping are about; None until the integration is started."""
    name = product_of(integration).main.name
    return session.scalars(
        select(Stream).where(Stream.integration_id == integration.id, Stream.name == name)
    ).one_or_none()
