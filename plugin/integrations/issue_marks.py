"""How an issue of ours is recognised: a property, written in the same call as its fields.

It names the document, the stream it came by, the version it shows, and the summary that we last wrote. Two connections
may know documents of the same name: an issue is not ours while the stream on its mark lives and is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from plugin.integrations.issue_place import Place
from plugin.jira.issues import MOST_FETCHED, Issue, Issues, property_query
from plugin.store.models import JsonObject

PROPERTY = "counterfoil"
DOCUMENT = "document"
RELEASED: JsonObject = {"released": True}
"""The property of an issue that was ours and shall not be any more: Jira keeps no empty one."""


@dataclass(frozen=True)
class Mark:
    """The value of our property. `hash` is of the payload that the issue shows."""

    document: str
    stream: int
    hash: str
    summary: str | None

    def to_json(self) -> JsonObject:
        return asdict(self)

    @classmethod
    def on(cls, issue: Issue) -> Mark | None:
        """None without one, and for one that somebody else has written under our name."""
        value = issue.properties.get(PROPERTY) or {}
        document, stream, written = value.get(DOCUMENT), value.get("stream"), value.get("hash")
        if not (isinstance(document, str) and isinstance(stream, int) and isinstance(written, str)):
            return None
        summary = value.get("summary")
        return cls(document, stream, written, summary if isinstance(summary, str) else None)


class MarkedIssues:
    """The issues of one stream in one place. `other_streams` tells the site's streams that live beside this one."""

    def __init__(
        self, issues: Issues, place: Place, stream_id: int, other_streams: Callable[[], Collection[int]]
    ) -> None:
        self._issues = issues
        self._place = place
        self._stream_id = stream_id
        self._other_streams = other_streams

    def check(self) -> None:
        """Raises ConfigurationTrouble unless look-ups work: without the property's index they find nothing, and every
        lost reply would end in a second issue."""
        self._issues.check_query(property_query(self._place.project_key, PROPERTY, DOCUMENT, ["any"]))

    def any(self) -> bool:
        """Whether the place holds any issue with a mark, as far as Jira's index knows by now."""
        project = self._place.project_key
        query = f'project = "{project}" AND issue.property[{PROPERTY}].{DOCUMENT} IS NOT EMPTY'
        return next(self._issues.search(query, page_size=1), None) is not None

    def mark_of(self, issue: Issue) -> Mark | None:
        """The issue's mark, if it is one of ours."""
        mark = Mark.on(issue)
        return mark if mark is not None and mark.stream not in self._elsewhere else None

    def find(self, documents: Collection[str]) -> dict[str, tuple[Issue, Mark]]:
        """By document key, the oldest issue of each, looked up in Jira's index, which shows new issues late."""
        found: dict[str, tuple[Issue, Mark]] = {}
        matches = self._issues.find_by_property(self._place.project_key, PROPERTY, DOCUMENT, documents)
        for document, issues in matches.items():
            ours = ((issue, self.mark_of(issue)) for issue in issues)
            first = next(((issue, mark) for issue, mark in ours if mark is not None), None)
            if first is not None:
                found[document] = first
        return found

    def made_since(self, after: str | None, documents: set[str]) -> dict[str, tuple[Issue, Mark]]:
        """Those of `documents` among the issues numbered after `after`: what the index does not show must not lead to
        a second issue."""
        found: dict[str, tuple[Issue, Mark]] = {}
        if not documents:
            return found
        number = self._number(after) or self._number(self._newest_of_old())
        for issue in self._issues.numbered_after(self._place.project_key, number, properties=[PROPERTY]):
            mark = self.mark_of(issue)
            if mark is not None and mark.document in documents:
                found.setdefault(mark.document, (issue, mark))
                if len(found) == len(documents):
                    break
        return found

    def walk(self, after: str | None, fields: Sequence[str]) -> Iterator[list[tuple[Issue, Mark]]]:
        """All of them by key, behind the key `after`, a page at a time; a page may be empty."""
        behind = f' AND key > "{after}"' if after else ""
        query = f'project = "{self._place.project_key}"{behind} ORDER BY key ASC'
        page: list[tuple[Issue, Mark]] = []
        for seen, issue in enumerate(self._issues.search(query, fields=fields, properties=[PROPERTY]), start=1):
            mark = self.mark_of(issue)
            if mark is not None:
                page.append((issue, mark))
            if seen % MOST_FETCHED == 0:
                yield page
                page = []
        yield page

    @cached_property
    def _elsewhere(self) -> frozenset[int]:
        return frozenset(self._other_streams()) - {self._stream_id}

    def _newest_of_old(self) -> str | None:
        """Before this stream has made its first issue: the last one of those that are certainly older than it."""
        query = f'project = "{self._place.project_key}" AND created < "-2d" ORDER BY created DESC'
        newest = next(self._issues.search(query, page_size=1), None)
        return newest.key if newest else None

    def _number(self, key: str | None) -> int:
        """The number in a key of this project; 0 for a key of another, which says nothing about it."""
        project, _, number = (key or "").rpartition("-")
        return int(number) if project == self._place.project_key else 0
