"""Atlassian Document Format: what Jira accepts, and the words in it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

LIMIT = 32_767
_LONGEST_SEPARATOR = 3  # of the bar between the cells of a row
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
_ANYTHING = BLOCKS | INLINES
_CHILDREN: dict[str, AbstractSet[str]] = {
    "doc": BLOCKS,
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
    longest = _longest_text(content)
    if longest is None:
        return INVALID
    # The text itself is put together only where it may be too long: that costs more than all the checks.
    return TOO_LONG if longest > LIMIT and len(text_of(value)) > LIMIT else None


def _longest_text(blocks: list[Any]) -> int | None:
    """A length that the text of these blocks does not exceed; None when they hold anything that is no node.

    Every issue that is made comes through here with some fifty nodes, so they are taken level by level, those with the
    same kind of parent together.
    """
    longest = 0
    level = {"doc": blocks}
    while level:
        below: dict[str, list[Any]] = {}
        for parent, nodes in level.items():
            allowed = _CHILDREN.get(parent, _ANYTHING)
            longest += _LONGEST_SEPARATOR * len(nodes)
            for node in nodes:
                if not isinstance(node, dict) or node.get("type") not in allowed:
                    return None
                if node["type"] in INLINES:
                    word = _checked_word(node)
                    if word is None:
                        return None
                    longest += len(word)
                if "content" in node:
                    if not isinstance(node["content"], list):
                        return None
                    below.setdefault(node["type"], []).extend(node["content"])
        level = below
    return longest


def _checked_word(node: dict[str, Any]) -> str | None:
    """What an inline node says; None for a text that is empty or has unknown marks, or attributes that are none."""
    if node["type"] != "text":
        return _word(node) if isinstance(node.get("attrs", {}), dict) else None
    text = node.get("text")
    if not isinstance(text, str) or "content" in node:
        return None
    if "marks" in node and not all(isinstance(mark, dict) and mark.get("type") in MARKS for mark in node["marks"]):
        return None
    return text or None


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
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    attributes = node.get("attrs", {})
    return str(attributes.get("text") or attributes.get("url") or attributes.get("shortName") or "")
