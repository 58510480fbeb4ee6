"""What the issue of a document shall say, worked out from its completed content; no call is made.

Besides fields that is a status, where an administrator has set one for the state of the document in its own system,
and a link to the issue of the order it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from plugin.integrations.corrections import corrected
from plugin.integrations.issue_place import LINKS, STATUS, SUMMARY, Mapped
from plugin.integrations.templates import Filled, default_value, for_field
from plugin.jira import adf, values
from plugin.jira.fields import Field
from plugin.jira.values import Value
from plugin.store.models import JsonObject
from plugin.sync.documents import Payload


@dataclass(frozen=True)
class Look:
    """How a kind of record becomes an issue. `state` is what it has reached in its own system, one of the states that
    its stream names; `closed` whether its business is over."""

    summary: Callable[[JsonObject], str]
    description: Callable[[JsonObject], adf.Node]
    state: Callable[[JsonObject], str] = lambda content: ""
    closed: Callable[[JsonObject], bool] = lambda content: False


@dataclass(frozen=True)
class IssueWording:
    """`defaults` by attribute: what stands for an empty value. `filled` are fields with a text of their own, beside
    their descriptions. `statuses` by state: id of the status that an issue is moved to."""

    look: Look
    mapping: Sequence[Mapped]
    defaults: Mapping[str, Value]
    filled: Sequence[tuple[Filled, Field]]
    statuses: Mapping[str, str]

    @property
    def fields(self) -> dict[str, Field]:
        """All fields that are written, by id."""
        mapped = {each.field.id: each.field for each in self.mapping}
        return {**mapped, **{field.id: field for _, field in self.filled}}

    def writer(self) -> Callable[[JsonObject, JsonObject], Payload]:
        """Makes payloads of a content and corrections. Raises RecordTrouble for a value that a field cannot hold."""
        mapped = [(each.field.id, each.attribute, values.encoder_for(each.field)) for each in self.mapping]
        filled = [(field, each.template, values.encoder_for(field)) for each, field in self.filled]
        look, defaults = self.look, self.defaults

        def write(content: JsonObject, corrections: JsonObject) -> Payload:
            fields: dict[str, Any] = {SUMMARY: look.summary(content)}
            for field_id, attribute, encode in mapped:
                value = corrected(attribute, content, corrections) if corrections else attribute.read(content)
                if (value is None or value == "") and attribute.name in defaults:
                    value = defaults[attribute.name]
                fields[field_id] = encode(value)
            for field, template, encode in filled:
                fields[field.id] = encode(for_field(field, template.render(content)))
            return Payload.of({**fields, **self._ties(content)}, closed=look.closed(content))

        return write

    def _ties(self, content: JsonObject) -> dict[str, str]:
        ties = {}
        if self.statuses and (status := self.statuses.get(self.look.state(content))):
            ties[STATUS] = status
        if order := content.get("order_issue"):
            ties[LINKS] = order["id"]
        return ties


def read_defaults(mapping: Sequence[Mapped], stored: Mapping[str, str]) -> dict[str, Value]:
    """By attribute; a text that no longer says a value of its type counts as none."""
    read: dict[str, Value] = {}
    for each in mapping:
        text = stored.get(each.attribute.name)
        with suppress(ValueError):
            if text:
                read[each.attribute.name] = default_value(each.attribute, text)
    return read
