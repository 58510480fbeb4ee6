"""Atlassian Document Format as HTML, for reading."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

Node = dict[str, Any]

_SAFE_SCHEMES = ("http://", "https://", "mailto:", "/")
_ALIGNMENTS = frozenset({"center", "end"})
_PANELS = frozenset({"info", "note", "warning", "success", "error"})


def html_of(document: Node | None) -> Markup:
    """The document as safe HTML; empty for none."""
    return _children(document) if document else Markup()


def _children(node: Node) -> Markup:
    return Markup().join(_node(child) for child in node.get("content", []))


def _node(node: Node) -> Markup:
    render = _RENDERERS.get(node.get("type", ""))
    return render(node) if render else _children(node)


def _wrapped(tag: str, attributes: str = "") -> Callable[[Node], Markup]:
    opening, closing = Markup(f"<{tag}{attributes}>"), Markup(f"</{tag}>")
    return lambda node: opening + _children(node) + closing


def _paragraph(node: Node) -> Markup:
    return Markup("<p{}>{}</p>").format(_alignment(node), _children(node))


def _heading(node: Node) -> Markup:
    level = min(max(int(node.get("attrs", {}).get("level", 1)), 1), 6)
    return Markup("<h{0}{1}>{2}</h{0}>").format(level, _alignment(node), _children(node))


def _alignment(node: Node) -> Markup:
    """The class of a block that carries the mark `alignment`; without one it begins where its line does."""
    for mark in node.get("marks", []):
        if mark.get("type") == "alignment" and mark.get("attrs", {}).get("align") in _ALIGNMENTS:
            return Markup(' class="adf-{}"').format(mark["attrs"]["align"])
    return Markup()


def _cell(tag: str) -> Callable[[Node], Markup]:
    def render(node: Node) -> Markup:
        attributes = node.get("attrs", {})
        spans = Markup().join(
            Markup(' {}="{}"').format(name, int(attributes[name]))
            for name in ("colspan", "rowspan")
            if int(attributes.get(name, 1)) > 1
        )
        return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), spans, _children(node))

    return render


def _panel(node: Node) -> Markup:
    kind = node.get("attrs", {}).get("panelType", "info")
    return Markup('<div class="adf-panel {}">{}</div>').format(kind if kind in _PANELS else "info", _children(node))


def _expand(node: Node) -> Markup:
    title = node.get("attrs", {}).get("title") or "More"
    return Markup("<details><summary>{}</summary>{}</details>").format(title, _children(node))


def _status(node: Node) -> Markup:
    attributes = node.get("attrs", {})
    colour = attributes.get("color", "neutral")
    return Markup('<span class="lozenge {}">{}</span>').format(
        colour if str(colour).isalpha() else "neutral", attributes.get("text", "")
    )


def _date(node: Node) -> Markup:
    instant = datetime.fromtimestamp(int(node.get("attrs", {}).get("timestamp", 0)) / 1000, UTC)
    return Markup("<time>{}</time>").format(f"{instant.day} {instant:%b %Y}")


def _attribute(name: str) -> Callable[[Node], Markup]:
    return lambda node: escape(node.get("attrs", {}).get(name, ""))


def _card(node: Node) -> Markup:
    return _link(str(node.get("attrs", {}).get("url", "")), escape(node.get("attrs", {}).get("url", "")))


def _link(address: str, inner: Markup) -> Markup:
    if not address.startswith(_SAFE_SCHEMES):
        return inner
    return Markup('<a href="{}" rel="noreferrer noopener">{}</a>').format(address, inner)


def _text(node: Node) -> Markup:
    rendered = escape(node.get("text", ""))
    for mark in node.get("marks", []):
        tag = _MARKS.get(mark["type"])
        if tag:
            rendered = Markup(f"<{tag}>{{}}</{tag}>").format(rendered)
        elif mark["type"] == "link":
            rendered = _link(str(mark.get("attrs", {}).get("href", "")), rendered)
    return rendered


_MARKS = {"strong": "strong", "em": "em", "underline": "u", "strike": "s", "code": "code"}
_RENDERERS: dict[str, Callable[[Node], Markup]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bulletList": _wrapped("ul"),
    "orderedList": _wrapped("ol"),
    "listItem": _wrapped("li"),
    "taskItem": _wrapped("li"),
    "taskList": _wrapped("ul"),
    "blockquote": _wrapped("blockquote"),
    "codeBlock": _wrapped("pre"),
    "rule": lambda _: Markup("<hr>"),
    "hardBreak": lambda _: Markup("<br>"),
    "table": _wrapped("table", ' class="adf-table"'),
    "tableRow": _wrapped("tr"),
    "tableHeader": _cell("th"),
    "tableCell": _cell("td"),
    "panel": _panel,
    "expand": _expand,
    "nestedExpand": _expand,
    "status": _status,
    "date": _date,
    "emoji": _attribute("text"),
    "mention": _attribute("text"),
    "inlineCard": _card,
    "blockCard": _card,
    "embedCard": _card,
    "text": _text,
}
