"""Atlassian Document Format: what Jira accepts, and the words in it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

LIMIT = 32_767
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
INVALID = "INVALID_INPUT"

# Containers that may hold blocks, blocks that hold inline nodes, and inline nodes.
BLOCKS = frozenset(
    {
        *("paragraph", "heading", "blockquote", "bulletList", "orderedList", "listItem", "codeBlock", "panel"),
        *("rule", "table", "tableRow", "tableHeader", "tableCell", "expand", "nestedExpand", "mediaSingle"),
        *("mediaGroup", "media", "taskList", "taskItem", "decisionList", "decisionItem"),
        *("blockCard", "embedCard"),
    }
)
INLINES = frozenset({"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "mediaInline"})
MARKS = frozenset(
    {
        *("strong", "em", "underline", "strike", "code", "link", "subsup"),
        *("textColor", "backgroundColor", "border"),
    }
)
_CHILDREN: dict[str, AbstractSet[str]] = {
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "taskList": {"taskItem", "taskList"},
    "decisionList": {"decisionItem"},
    "paragraph": INLINES,
    "heading": INLINES,
    "codeBlock": {"text"},
}


def document(text: str) -> dict[str, Any]:
    """A document with a paragraph per line of `text`."""
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
            for line in text.split("\n")
        ],
    }


def complaint(value: Any) -> str | None:
    """What Jira says about `value` as a document; None when it is one."""
    if not isinstance(value, dict) or value.get("type") != "doc":
        return NOT_A_DOCUMENT
    content = value.get("content")
    if value.get("version") != 1 or not isinstance(content, list):
        return INVALID
    if not all(_is_node(child, BLOCKS) for child in content):
        return INVALID
    return TOO_LONG if len(text_of(value)) > LIMIT else None


def _is_node(node: Any, allowed: AbstractSet[str]) -> bool:
    if not isinstance(node, dict) or node.get("type") not in allowed:
        return False
    if node["type"] == "text":
        return _is_text(node)
    children = node.get("content", [])
    inside = _CHILDREN.get(node["type"], BLOCKS | INLINES)
    return isinstance(children, list) and all(_is_node(child, inside) for child in children)


def _is_text(node: dict[str, Any]) -> bool:
    marks = node.get("marks", [])
    return (
        isinstance(node.get("text"), str)
        and node["text"] != ""
        and "content" not in node
        and all(isinstance(mark, dict) and mark.get("type") in MARKS for mark in marks)
    )


def text_of(value: dict[str, Any]) -> str:
    """The words of a document: a line per block, table cells in a row separated by a bar."""
    return "\n".join(_lines(value)).strip()


def _lines(node: dict[str, Any]) -> Iterator[str]:
    if node.get("type") == "tableRow":
        yield " | ".join(" ".join(_lines(cell)) for cell in node.get("content", []))
        return
    words = ""
    for child in node.get("content", []):
        if child["type"] in INLINES:
            words += _word(child)
        else:
            yield from _lines(child)
    if words:
        yield words


def _word(node: dict[str, Any]) -> str:
    attributes = node.get("attrs", {})
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    return str(attributes.get("text") or attributes.get("url") or attributes.get("shortName") or "")
