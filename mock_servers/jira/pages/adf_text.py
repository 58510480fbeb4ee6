"""A document as plain lines that a person can edit in a text box, and back.

A heading starts with `#`, a list item with `- `, a table row is written `| cell | cell |` and a heading row
`|| cell || cell ||`. Marks (bold, links) are not kept: who needs them edits through REST.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from mock_servers.jira.adf import text_of

Node = dict[str, Any]


def lines_of(document: Node | None) -> str:
    """The document as editable lines."""
    return "\n".join(_lines(document)) if document else ""


def _lines(node: Node) -> Iterator[str]:
    for child in node.get("content", []):
        kind = child.get("type")
        if kind == "table":
            yield from (_row(row) for row in child.get("content", []))
        elif kind in ("bulletList", "orderedList"):
            yield from (f"- {_one_line(item)}" for item in child.get("content", []))
        elif kind == "heading":
            yield f"{'#' * child.get('attrs', {}).get('level', 1)} {_one_line(child)}"
        else:
            yield text_of(child)


def _row(row: Node) -> str:
    cells = row.get("content", [])
    bar = "||" if cells and all(cell.get("type") == "tableHeader" for cell in cells) else "|"
    return f"{bar} {f' {bar} '.join(_one_line(cell) for cell in cells)} {bar}"


def _one_line(node: Node) -> str:
    return " ".join(text_of(node).split())


def document_of(text: str) -> Node:
    """The document that `lines_of` would show as `text`."""
    content: list[Node] = []
    for kind, lines in groupby(text.replace("\r\n", "\n").split("\n"), key=_kind):
        content.extend(_BLOCKS[kind](list(lines)))
    return {"type": "doc", "version": 1, "content": content}


def _kind(line: str) -> str:
    if line.startswith("|"):
        return "table"
    if line.startswith("- "):
        return "list"
    return "heading" if re.match(r"#{1,6} ", line) else "text"


def _paragraph(text: str) -> Node:
    return {"type": "paragraph", "content": _inline(text)}


def _inline(text: str) -> list[Node]:
    return [{"type": "text", "text": text}] if text else []


def _headings(lines: list[str]) -> list[Node]:
    marks = [line.partition(" ") for line in lines]
    return [{"type": "heading", "attrs": {"level": len(mark)}, "content": _inline(text)} for mark, _, text in marks]


def _list(lines: list[str]) -> list[Node]:
    return [
        {"type": "bulletList", "content": [{"type": "listItem", "content": [_paragraph(line[2:])]} for line in lines]}
    ]


def _table(lines: list[str]) -> list[Node]:
    rows = []
    for line in lines:
        bar, kind = ("||", "tableHeader") if line.startswith("||") else ("|", "tableCell")
        cells = line.strip().removeprefix(bar).removesuffix(bar).split(bar)
        rows.append(
            {"type": "tableRow", "content": [{"type": kind, "content": [_paragraph(cell.strip())]} for cell in cells]}
        )
    return [{"type": "table", "content": rows}]


def _paragraphs(lines: list[str]) -> list[Node]:
    return [_paragraph(line) for line in lines]


_BLOCKS: dict[str, Callable[[list[str]], list[Node]]] = {
    "table": _table,
    "list": _list,
    "heading": _headings,
    "text": _paragraphs,
}
