"""`$metadata`: the EDMX of one module, with details as complex types (contract sage300, section 1)."""

from __future__ import annotations

from xml.etree import ElementTree

from mock_servers.sage300.schema import Schema

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_TYPES = {
    "text": "Edm.String",
    "enum": "Edm.String",
    "yesno": "Edm.String",
    "number": "Edm.Decimal",
    "integer": "Edm.Decimal",
    "bool": "Edm.Boolean",
    "date": "Edm.DateTimeOffset",
    "time": "Edm.DateTimeOffset",
}


def document(module: str, schemas: list[Schema]) -> str:
    """The EDMX text of these resources."""
    ElementTree.register_namespace("edmx", _EDMX)
    ElementTree.register_namespace("", _EDM)
    root = ElementTree.Element(f"{{{_EDMX}}}Edmx", Version="4.0")
    services = ElementTree.SubElement(root, f"{{{_EDMX}}}DataServices")
    namespace = f"Sage.CA.SBS.ERP.Sage300.{module}.WebApi.Models"
    space = ElementTree.SubElement(services, f"{{{_EDM}}}Schema", Namespace=namespace)
    details: dict[str, Schema] = {}
    for schema in schemas:
        _type(space, "EntityType", schema, namespace, details)
    written: set[str] = set()
    while waiting := [schema for name, schema in details.items() if name not in written]:
        for schema in waiting:
            written.add(schema.name)
            _type(space, "ComplexType", schema, namespace, details)
    container = ElementTree.SubElement(space, f"{{{_EDM}}}EntityContainer", Name="Container")
    for schema in schemas:
        ElementTree.SubElement(
            container, f"{{{_EDM}}}EntitySet", Name=schema.name, EntityType=f"{namespace}.{schema.name}"
        )
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _type(space: ElementTree.Element, kind: str, schema: Schema, namespace: str, details: dict[str, Schema]) -> None:
    element = ElementTree.SubElement(space, f"{{{_EDM}}}{kind}", Name=schema.name)
    if kind == "EntityType":
        key = ElementTree.SubElement(element, f"{{{_EDM}}}Key")
        for name in schema.key:
            ElementTree.SubElement(key, f"{{{_EDM}}}PropertyRef", Name=name)
    for prop in schema.properties.values():
        if prop.details is None:
            nullable = "true" if prop.kind in ("text", "date") else "false"
            ElementTree.SubElement(
                element, f"{{{_EDM}}}Property", Name=prop.name, Type=_TYPES[prop.kind], Nullable=nullable
            )
            continue
        details.setdefault(prop.details.name, prop.details)
        of = f"Collection({namespace}.{prop.details.name})"
        ElementTree.SubElement(element, f"{{{_EDM}}}Property", Name=prop.name, Type=of, Nullable="false")
