"""The products there are: the one place that names them."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.integrations import sage300_jira
from plugin.integrations.products import Product, System
from plugin.store.models import Connection, Integration

PRODUCTS: Mapping[str, Product] = {product.kind: product for product in (sage300_jira.PRODUCT,)}
SYSTEMS: Mapping[str, System] = {product.system.name: product.system for product in PRODUCTS.values()}


def product_of(integration: Integration) -> Product:
    return PRODUCTS[integration.kind]


def product_from(connection: Connection) -> Product | None:
    """The one that reads from such a connection."""
    return next((each for each in PRODUCTS.values() if each.system.name == connection.system), None)
