"""A product of another vendor, known to nothing but the registry: every page speaks of it in its own words."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import plugin
from plugin.integrations import registry, setting_up
from plugin.integrations.attributes import Attribute, Content, text_named
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.issue_wording import Look
from plugin.integrations.parts import Parts
from plugin.integrations.products import Examination, Product, StreamDescription, System
from plugin.jira import adf
from plugin.jira.fields import AttributeType
from plugin.store.models import Connection, Integration
from plugin.sync.documents import JsonObject, Page
from plugin.sync.ports import Memory
from sage_adapters.records import to_json

PLUGIN = Path(plugin.__file__).parent
FIELDS = {"vendor_name": "Supplier", "terms": "To be paid"}


class NoBills:
    """A source that is always empty."""

    system = "acme"

    def read(self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory) -> Iterator[Page]:
        yield Page((), (), watermark={})

    def read_unit(self, key: str) -> Page:
        return Page((), ())

    def gone(self, content: JsonObject) -> JsonObject:
        return content


def summary(content: Content) -> str:
    return f"Bill of {content['vendor_name']}"


@pytest.fixture
def sampled(invoice: Any) -> JsonObject:
    return to_json(invoice(vendor_name="Wile E. Coyote"))


@pytest.fixture(autouse=True)
def acme(monkeypatch: pytest.MonkeyPatch, sampled: JsonObject) -> Product:
    attributes = tuple(Attribute(n, label, AttributeType.TEXT, text_named(n)) for n, label in FIELDS.items())
    bills = StreamDescription(
        name="bills",
        document="bill",
        documents="bills",
        cost="A look costs Acme nothing.",
        since="A day means bills of that day or later.",
        open_source=lambda parts, stream, connection, log: NoBills(),
        sample=lambda parts, connection: sampled,
        link=lambda connection, content: f"{connection.base_url}/of/{content['batch']}",
        lists={"lines": "Items"},
        target=IntoJira(Look(summary, lambda content: adf.doc()), attributes, frozenset({"terms"})),
    )
    examination = Examination(release="9", facts=["Acme has 7 bills."], warnings=[], problem=None)
    product = Product(
        "acme_jira", "Acme and Jira", System("acme", "Acme", lambda parts, connection: examination), (bills,)
    )
    monkeypatch.setitem(registry.PRODUCTS, product.kind, product)
    monkeypatch.setitem(registry.SYSTEMS, product.system.name, product.system)
    return product


def connect(house: Any, **values: Any) -> int:
    row = {"system": "acme", "name": "Acme (ROAD)", "base_url": "https://acme.example", "company": "ROAD"}
    connection: int = house.connection(**{**row, **values})
    return connection


def integrate(house: Any, **values: Any) -> int:
    integration: int = house.integration(connect(house), kind="acme_jira", **{"mapping": {"terms": "c_1"}, **values})
    return integration


def test_the_way_to_the_first_run_is_told_in_its_words(house: Any) -> None:
    connect(house)
    html = house.html("overview")
    assert "the bills of Acme are issues in Jira" in html
    assert "Every bill becomes an issue." in html
    assert "Sage 300" not in html


def test_a_place_for_its_issues_makes_its_integration(house: Any) -> None:
    house.projects()
    connection = connect(house)
    html = house.html(f"target?connection={connection}")
    assert "Every Acme bill becomes an issue" in html
    assert "such as Bill, keeps bills apart" in html
    assert "Sage 300" not in html
    house.ask(f"target/save?connection={connection}", {"project": "10000", "issue_type": "10005"})
    assert house.row(Integration).kind == "acme_jira"


def test_the_test_of_its_connection_brings_the_sample_that_its_mapping_shows(house: Any, jira_field: Any) -> None:
    integration = integrate(house, mapping={})
    parts = Parts(house.parts.settings, house.parts.database, house.parts.seal)
    setting_up.check_connection(parts, house.site_id, house.row(Connection).id)
    assert house.row(Connection).findings["facts"] == ["Acme has 7 bills."]
    house.fields(jira_field("c_1", "Other"))
    html = house.html(f"mapping?integration={integration}")
    assert "Mapping: Acme bills to Jira" in html
    assert "Sample: Bill of Wile E. Coyote." in html
    assert html.count('<select id="text-field-') + len(FIELDS) == html.count("<select")
    assert '<option value="create" selected>New field: To be paid' in html
    assert '<option value="create" selected>New field: Supplier' not in html
    assert "Sage 300" not in html


def test_its_mapping_takes_its_attributes_and_no_others(house: Any, jira_field: Any) -> None:
    house.fields(jira_field("c_1", "Other"))
    integration = integrate(house, mapping={})
    foreign = house.html(f"mapping/save?integration={integration}", {"vendor_name": "c_1", "amount": ""})
    assert "does not belong to this form (amount)" in foreign
    house.ask(f"mapping/save?integration={integration}", {"vendor_name": "c_1", "terms": ""})
    assert house.main("bills").mapping == {"vendor_name": "c_1"}


def test_it_is_started_with_its_own_stream(house: Any) -> None:
    integration = integrate(house)
    html = house.html(f"schedule?integration={integration}")
    assert "A look costs Acme nothing." in html
    assert "every bill that Acme has in ROAD" in html
    assert "Sage 300" not in html
    answer = house.ask(f"schedule/save?integration={integration}", {"minutes": "5"}).json
    assert house.main("bills").started_at
    assert answer["flag"]["body"].startswith("The first run reads all bills.")


def test_overview_and_activity_name_its_streams(house: Any) -> None:
    stream = house.stream(integration_id=integrate(house), name="bills")
    house.run(stream, calls={"acme": 3}, read=1, created=1)
    overview, activity = house.html("overview"), house.html("activity")
    assert ">Acme and Jira</h2>" in overview
    assert "Acme (ROAD) bills" in overview
    assert "Acme (ROAD) bills" in activity
    assert "3 requests to Acme" in activity
    assert "Sage 300" not in overview + activity


def test_the_panel_says_where_the_document_is_from(house: Any) -> None:
    stream = house.stream(integration_id=integrate(house), name="bills")
    house.entry(stream, gone_at=house.now, read_at=house.now - timedelta(hours=1))
    changes: list[Mapping[str, Any]] = [{"attribute": "terms", "from": "Net 30", "to": "Now"}, {"attribute": "lines"}]
    house.counterfoil(stream, 1, "created")
    house.counterfoil(stream, 2, "changed", detail={"changes": changes})
    html = house.html("panel", issue="10041")
    for words in ("Read from Acme", "To be paid changed in Acme", "Items changed in Acme", "Deleted in Acme"):
        assert words in html
    assert 'href="https://acme.example/of/58"' in html
    assert "Sage 300" not in html


def test_only_the_registry_names_a_product() -> None:
    """DESIGN of the house: another vendor takes a folder and a line, and no change elsewhere."""
    packages = (PLUGIN / "integrations").glob("*/__init__.py")
    products = {each.parent.name for each in packages if "PRODUCT =" in each.read_text("utf-8")}
    named = {
        (file.relative_to(PLUGIN).as_posix(), product)
        for file in PLUGIN.rglob("*.py")
        for module in _imported(ast.parse(file.read_text("utf-8")))
        for product in products
        if f"integrations.{product}" in module and product not in file.parts
    }
    assert named == {("integrations/registry.py", product) for product in products}


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)
