"""What the pages of one integration have in common: finding it and its streams, and what is set up already."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.into_jira import IntoJira
from plugin.integrations.products import Product, StreamDescription
from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, Stream
from plugin.web.visit import NotThere, Visit


@dataclass(frozen=True)
class Setup:
    """A stream that is being set up or has been, and what it belongs to."""

    stream: Stream
    integration: Integration

    @property
    def product(self) -> Product:
        return product_of(self.integration)

    @property
    def described(self) -> StreamDescription:
        return self.product.stream(self.stream.name)

    @property
    def into_jira(self) -> IntoJira:
        """Raises NotThere for a stream whose documents do not become issues."""
        if self.described.into_jira is None:
            raise NotThere()
        return self.described.into_jira

    @property
    def started(self) -> bool:
        return self.stream.started_at is not None

    @property
    def is_main(self) -> bool:
        return self.described is self.product.main

    @property
    def where(self) -> str:
        """The parameters by which a route names it."""
        return f"integration={self.integration.id}" + ("" if self.is_main else f"&stream={self.stream.name}")


def setup_of(visit: Visit, session: Session) -> Setup:
    """The one that the route names by `integration` and `stream`, which may be left out: then it is the product's main
    one. Raises NotThere."""
    integration = integration_of(visit, session)
    name = str(visit.parameters.get("stream") or product_of(integration).main.name)
    return named(session, integration, name)


def placed(visit: Visit, session: Session) -> Setup:
    """Like `setup_of`; raises NotThere also while it is not chosen where its issues go."""
    setup = setup_of(visit, session)
    if not setup.stream.settings.get("project_id"):
        raise NotThere("Choose first where its issues go.")
    return setup


def named(session: Session, integration: Integration, name: str) -> Setup:
    """Raises NotThere."""
    mine = select(Stream).where(Stream.integration_id == integration.id, Stream.name == name)
    stream = session.scalars(mine).one_or_none()
    if stream is None:
        raise NotThere()
    return Setup(stream, integration)


def integration_of(visit: Visit, session: Session) -> Integration:
    """The one that the route names; raises NotThere."""
    found = session.scalars(select(Integration).where(Integration.id == visit.number("integration"))).one_or_none()
    if found is None:
        raise NotThere()
    return found


def connection_of(session: Session, integration: Integration) -> Connection:
    return session.scalars(select(Connection).where(Connection.id == integration.connection_id)).one()
