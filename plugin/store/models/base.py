"""What all tables share."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plugin.store.columns import ExactDecimal, Instant

JsonObject = dict[str, Any]


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: Instant,
        Decimal: ExactDecimal,
        JsonObject: JSON(none_as_null=True),
        list[str]: JSON,
        list[JsonObject]: JSON,
        str: String(255),
    }

    id: Mapped[int] = mapped_column(primary_key=True)


class SiteOwned:
    """Mixin of every table whose rows belong to one site.

    Large tables have no index on the site alone: SQLite prefers it to the stream's, and reads all that a site has.
    """

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
