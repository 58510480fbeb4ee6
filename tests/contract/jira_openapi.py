"""Atlassian's OpenAPI of the Jira platform, used to judge requests and answers.

An operation's schemas are looked up and compiled when it is first met, and kept. Nothing here raises for a bad
exchange: `JiraOpenApi.violations` returns sentences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import FormatChecker
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

SPEC = Path(__file__).parents[2].parent / "shared/contracts/data/jira/swagger-v3.v3.json"
_URN = "urn:jira"
_FORMATS = FormatChecker(formats=[])
_FORMATS.checks("date-time")(
    # Contract jira-rest, preamble: milliseconds, and an offset without a colon, which is not RFC 3339.
    lambda value: (
        not isinstance(value, str)
        or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4})", value) is not None
    )
)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; bodies as bytes, `answer` None when its body is not to be judged."""

    method: str
    path: str
    query: str
    content_type: str
    body: bytes
    status: int
    answer_type: str
    answer: bytes | None


@dataclass(frozen=True)
class Operation:
    name: str
    pointer: str
    definition: Mapping[str, Any]
    template: re.Pattern[str]
    literal: int
    """How many segments of its path are fixed: /issue/bulk is more exact than /issue/{key}."""

    @cached_property
    def query_parameters(self) -> dict[str, Mapping[str, Any]]:
        return {each["name"]: each for each in self.definition.get("parameters", []) if each["in"] == "query"}


class JiraOpenApi:
    def __init__(self, spec: dict[str, Any]) -> None:
        _open_unions(spec)
        resource = Resource.from_contents(spec, default_specification=DRAFT4)
        self._registry = Registry().with_resource(_URN, resource)
        self._operations: dict[str, list[Operation]] = {}
        self._validators: dict[tuple[str, bool], Validator] = {}
        for path, methods in spec["paths"].items():
            for method, definition in methods.items():
                if method in ("get", "post", "put", "delete", "patch"):
                    self._operations.setdefault(method.upper(), []).append(_operation(path, method, definition))

    @classmethod
    @cache
    def read(cls) -> JiraOpenApi:
        return cls(json.loads(SPEC.read_text()))

    def operation(self, method: str, path: str) -> Operation | None:
        found = [each for each in self._operations.get(method, []) if each.template.fullmatch(path)]
        return max(found, key=lambda each: each.literal, default=None)

    def violations(self, exchange: Exchange) -> list[str]:
        """What is wrong with an exchange, each as "operation part: what"; empty when it is as documented."""
        operation = self.operation(exchange.method, exchange.path)
        if operation is None:
            return [f"unknown operation: {exchange.method} {exchange.path}"]
        found = [
            *(f"query: {each}" for each in self._of_query(operation, exchange.query)),
            *(f"request: {each}" for each in self._of_request(operation, exchange)),
            *(f"answer {exchange.status}: {each}" for each in self._of_answer(operation, exchange)),
        ]
        return [f"{operation.name} {each}" for each in found]

    def _of_query(self, operation: Operation, query: str) -> Iterator[str]:
        known = operation.query_parameters
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            given.setdefault(name, []).append(value)
        for name, values in given.items():
            if name not in known:
                yield f"{name} is no parameter"
                continue
            yield from (f"{name}={value}: {fault}" for value in values for fault in _faults(known[name], value))
        yield from (f"{name} is missing" for name, each in known.items() if each.get("required") and name not in given)

    def _of_request(self, operation: Operation, exchange: Exchange) -> Iterator[str]:
        expected = operation.definition.get("requestBody")
        if expected is None:
            if exchange.body and exchange.method == "GET":
                yield "a GET carries a body"
            return
        if not exchange.body:
            if expected.get("required"):
                yield "the body is missing"
            return
        media = exchange.content_type.partition(";")[0].strip()
        if media not in expected["content"]:
            yield f"content type {media!r}, expected one of {sorted(expected['content'])}"
        elif media == "application/json":
            pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
            yield from self._of_json(exchange.body, pointer, answer=False)

    def _of_answer(self, operation: Operation, exchange: Exchange) -> Iterator[str]:
        responses = operation.definition["responses"]
        documented = responses.get(str(exchange.status))
        if documented is None:
            # Any operation may meet these, documented or not (contract jira-rest, section 4).
            if exchange.status not in (401, 403, 404, 409, 410, 413, 415, 422, 429) and exchange.status < 500:
                yield f"this status is not among {sorted(responses)}"
            return
        media = exchange.answer_type.partition(";")[0].strip()
        content = documented.get("content", {})
        if exchange.answer is None:
            return
        if exchange.status == 204:
            if exchange.answer:
                yield "204 with a body"
        elif "schema" in content.get("application/json", {}):
            if media == "application/json":
                pointer = f"{operation.pointer}/responses/{exchange.status}/content/application~1json/schema"
                yield from self._of_json(exchange.answer, pointer, answer=True)
            elif exchange.status < 300:
                yield f"content type {media!r}, expected application/json"

    def _of_json(self, body: bytes, pointer: str, *, answer: bool) -> Iterator[str]:
        try:
            value = json.loads(body)
        except ValueError as error:
            yield f"no JSON: {error}"
            return
        for error in self._validator(pointer, answer).iter_errors(value):
            yield f"at {error.json_path}: {error.message[:300]}"

    def _validator(self, pointer: str, answer: bool) -> Validator:
        key = (pointer, answer)
        if key not in self._validators:
            kind = OAS30ReadValidator if answer else OAS30WriteValidator
            schema = {"$ref": f"{_URN}#{pointer}"}
            self._validators[key] = kind(schema, registry=self._registry, format_checker=_FORMATS)
        return self._validators[key]


def _open_unions(spec: dict[str, Any]) -> None:
    """Some unions (a clause of JQL, for one) are closed against every property, so that nothing could satisfy them."""
    for schema in spec["components"]["schemas"].values():
        if ("anyOf" in schema or "oneOf" in schema) and not schema.get("properties"):
            schema.pop("additionalProperties", None)


def _operation(path: str, method: str, definition: Mapping[str, Any]) -> Operation:
    segments = path.split("/")
    template = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in segments)
    return Operation(
        name=definition["operationId"],
        pointer=f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}".replace("{", "%7B").replace("}", "%7D"),
        definition=definition,
        template=re.compile(template),
        literal=sum(not part.startswith("{") for part in segments),
    )


def _faults(parameter: Mapping[str, Any], value: str) -> Iterator[str]:
    """What a query parameter's value breaks of its schema; of a list each value is judged alone."""
    schema = parameter["schema"]
    schema = schema.get("items", schema)
    kind = schema.get("type")
    if kind == "boolean" and value not in ("true", "false"):
        yield "not true or false"
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            yield "no integer"
        elif int(value) > schema.get("maximum", int(value)):
            yield f"more than {schema['maximum']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"not among {schema['enum']}"
