"""Text put into JQL so that it stays text (contract jira-rest, section 2, "Search")."""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def quoted(text: str) -> str:
    """A JQL string literal for fields compared exactly. Fields searched with `~` need more escapes than this."""
    return f'"{text.translate(_ESCAPES)}"'


def quoted_list(texts: Iterable[str]) -> str:
    """The list after IN, in brackets."""
    return f"({', '.join(quoted(text) for text in texts)})"


def property_path(property_key: str, path: str) -> str:
    """How JQL names a value inside an issue property; `path` goes down with dots."""
    return f"issue.property[{quoted(property_key)}].{path}"
