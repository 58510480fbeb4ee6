"""What Jira said when it refused: one shape for the many bodies it uses (contract jira-rest, section 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from sage_adapters.http import Reply

_LONGEST = 400
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Complaint:
    """`messages` are about the whole request, `fields` about single fields by id.

    `page` is set when a web page or text came instead of data: then something in front of Jira answered.
    """

    messages: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    page: bool = False

    @classmethod
    def of(cls, reply: Reply) -> Complaint:
        if not reply.body.strip():
            return cls()
        try:
            return cls.from_json(json.loads(reply.body))
        except ValueError:
            return cls((_describe_page(reply),), page=True)

    @classmethod
    def from_json(cls, body: Any) -> Complaint:
        """From an error collection, a gateway's or Connect's message, a problem document, or a list of messages."""
        if not isinstance(body, Mapping):
            return cls()
        messages = list(_texts(body.get("errorMessages")))
        fields: dict[str, str] = {}
        errors = body.get("errors")
        if isinstance(errors, Mapping):
            fields = {str(name): _short(str(message)) for name, message in errors.items()}
        elif isinstance(errors, list):  # bulk edit lists {message}
            messages += _texts([error.get("message") for error in errors if isinstance(error, Mapping)])
        for name in ("message", "title", "detail", "error_description"):
            messages += _texts([body.get(name)])
        return cls(tuple(dict.fromkeys(messages)), fields)

    @property
    def words(self) -> str:
        """Everything said, as sentences; empty when nothing was."""
        said = [*self.messages, *(f"{name}: {message}" for name, message in self.fields.items())]
        return " ".join(sentence(each) for each in said)

    def speaks_of(self, *words: str) -> bool:
        said = self.words.casefold()
        return any(word in said for word in words)


def sentence(words: str) -> str:
    """With a full stop where none is."""
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list):
        return []
    return [_short(value) for value in values if isinstance(value, str) and value.strip()]


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _describe_page(reply: Reply) -> str:
    text = reply.body[:65_536].decode("utf-8", "replace")
    title = _TITLE.search(text)
    if title and title.group(1).strip():
        return f"It was a web page titled “{_short(unescape(title.group(1)))[:120]}”."
    return f"It was {reply.content_type or 'text'} instead of JSON."
