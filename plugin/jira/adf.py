"""Atlassian Document Format, in which Jira takes descriptions, comments and paragraph fields.

A node is a plain dictionary, ready for JSON. Blocks go into `doc`, inline nodes into blocks; wherever inline nodes
are expected a plain string will do. Contract jira-rest, section 2: a plain string in place of a document is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

Node = dict[str, Any]
Inline = Node | str

LARGEST = 32_767
"""Most characters of a description, paragraph field or comment. Which characters Jira counts is not documented;
we count the whole document as JSON, which is never less (assumed)."""

_NOT_ALLOWED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINKABLE = re.compile(r"(?:https?://|mailto:)\S+\Z", re.IGNORECASE)
_HOLD_INLINES = frozenset({"paragraph", "heading", "codeBlock", "taskItem", "decisionItem"})
_PANELS = frozenset({"info", "note", "warning", "success", "error"})


def doc(*blocks: Node) -> Node:
    return {"type": "doc", "version": 1, "content": list(blocks)}


def paragraph(*inlines: Inline) -> Node:
    return {"type": "paragraph", "content": _inline(inlines)}


def heading(level: int, *inlines: Inline) -> Node:
    """`level` is 1 to 6."""
    return {"type": "heading", "attrs": {"level": level}, "content": _inline(inlines)}


def panel(kind: str, *blocks: Node) -> Node:
    """A coloured box; `kind` is info, note, warning, success or error."""
    if kind not in _PANELS:
        raise ValueError(f"There is no panel of the kind {kind!r}.")
    return {"type": "panel", "attrs": {"panelType": kind}, "content": list(blocks)}


def bullet_list(items: Iterable[Inline]) -> Node:
    """At least one item, as an empty list is refused."""
    content = [{"type": "listItem", "content": [paragraph(item)]} for item in items]
    return {"type": "bulletList", "content": content}


def text(words: str, *marks: Node) -> Node:
    """Text without the control characters that XML, and so Jira, cannot hold."""
    node: Node = {"type": "text", "text": _NOT_ALLOWED.sub("", words)}
    return node | {"marks": list(marks)} if marks else node


def strong(words: str) -> Node:
    return text(words, {"type": "strong"})


def em(words: str) -> Node:
    return text(words, {"type": "em"})


def code(words: str) -> Node:
    return text(words, {"type": "code"})


def link(words: str, address: str) -> Node:
    """A link to a web or mail address. Any other address leaves plain text: a document must not carry script."""
    if not _LINKABLE.match(address):
        return text(words)
    return text(words, {"type": "link", "attrs": {"href": address}})


def table(header: Sequence[Inline], rows: Iterable[Sequence[Inline]], numbers: Collection[int] = ()) -> Node:
    """A table with a header row; the columns whose positions are in `numbers` are aligned to the right."""
    return {"type": "table", "content": [_row("tableHeader", header, numbers), *_rows(rows, numbers)]}


def doc_with_table(
    before: Sequence[Node],
    header: Sequence[Inline],
    rows: Sequence[Sequence[Inline]],
    numbers: Collection[int],
    more: Callable[[int], str],
    limit: int = LARGEST,
) -> Node:
    """Blocks, then a table of as many rows as Jira takes, then, if some were left out, the sentence `more(how many)`.

    Without rows there is no table.
    """
    if not rows:
        return doc(*before)
    whole = doc(*before, table(header, rows, numbers))
    if _is_surely_shorter(before, [header, *rows], limit) or length(whole) <= limit:
        return whole
    content = table(header, [], numbers)
    room = limit - length(doc(*before, content, paragraph(em(more(len(rows))))))
    for position, row in enumerate(_rows(rows, numbers)):
        room -= length(row) + 1
        if room < 0:
            return doc(*before, content, paragraph(em(more(len(rows) - position))))
        content["content"].append(row)
    return doc(*before, content)


def from_text(words: str) -> Node:
    """A document of one paragraph per line."""
    return doc(*(paragraph(line) for line in words.splitlines() or [""]))


def to_text(node: Node | str | None) -> str:
    """What a person reads: blocks on lines of their own, cells of a row parted by tabs."""
    if node is None or isinstance(node, str):
        return node or ""
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    parts = [to_text(child) for child in node.get("content", [])]
    if kind == "tableRow":
        return "\t".join(parts)
    return ("" if kind in _HOLD_INLINES else "\n").join(parts)


def length(node: Node) -> int:
    """How much of LARGEST it uses."""
    return len(json.dumps(node, separators=(",", ":"), ensure_ascii=False))


def _is_surely_shorter(before: Sequence[Node], rows: Sequence[Sequence[Inline]], limit: int) -> bool:
    """Without writing the whole out, which costs more than all else about a usual document."""
    most = length(doc(*before))
    for row in rows:
        most += _LARGEST_FRAME * (len(row) + 1)
        most += sum(6 * len(cell) if isinstance(cell, str) else length(cell) for cell in row)
    return most < limit


_LARGEST_FRAME = 250
"""What JSON adds to the text of a cell or a row, at most. A character of a text takes six at most."""


def _inline(inlines: Iterable[Inline]) -> list[Node]:
    nodes = [text(inline) if isinstance(inline, str) else inline for inline in inlines]
    # Jira refuses a text node without text.
    return [node for node in nodes if node.get("text") != ""]


def _rows(rows: Iterable[Sequence[Inline]], numbers: Collection[int]) -> Iterable[Node]:
    return (_row("tableCell", row, numbers) for row in rows)


def _row(kind: str, cells: Sequence[Inline], numbers: Collection[int]) -> Node:
    content = []
    for column, cell in enumerate(cells):
        inside = paragraph(cell)
        if column in numbers:
            inside["marks"] = [{"type": "alignment", "attrs": {"align": "end"}}]
        content.append({"type": kind, "attrs": {}, "content": [inside]})
    return {"type": "tableRow", "content": content}
