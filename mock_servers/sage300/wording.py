"""From the plain words of the control API to Sage's property names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_servers.harness import ControlRefused


def given(body: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The properties that a body gives, by word; a word that is missing or None is left out."""
    return {name: body[word] for word, name in words.items() if body.get(word) is not None}


def optional_fields(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The optional fields of `optional`, by name, as details that are updated or inserted."""
    return [{"OptionalField": name, "Value": str(value)} for name, value in body.get("optional", {}).items()]


def needed(body: Mapping[str, Any], word: str) -> Any:
    """The value of a word. ControlRefused when it is not there."""
    if body.get(word) in (None, ""):
        raise ControlRefused(f"The action needs {word}.")
    return body[word]
