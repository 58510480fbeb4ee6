"""How an issue of ours is recognised: a property, written in the same call as its fields.

It names the document, the stream it came by, the version it shows, the summary that we last wrote, and what we have
tied it to. Two connections
may know documents of the same name: an issue is not ours while the stream on its mark lives and is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from plugin.jira.issues import MOST_FETCHED, Issue, Issues, property_query
from plugin.jira.jql import quoted_list
from plugin.store.models import JsonObject

PROPERTY = "counterfoil"
DOCUMENT = "document"
RELEASED: JsonObject = {"released": True}
"""The property of an issue that was ours and shall not be any more: Jira keeps no empty one."""


@dataclass(frozen=True)
class Mark:
    """The value of our property. `hash` is of the payload that the issue shows, "" while it says only part of it.

    `status` and `order` are ids: the status that we last moved it to, the order's issue that we have linked it to.
    """

    document: str
    stream: int
    hash: str
    summary: str | None
    status: str | None = None
    order: str | None = None

    def to_json(self) -> JsonObject:
        return {name: value for name, value in asdict(self).items() if value is not None or name == "summary"}

    @classmethod
    def on(cls, issue: Issue) -> Mark | None:
        """None without one, and for one that somebody else has written under our name."""
        value = issue.properties.get(PROPERTY) or {}
        document, stream, written = value.get(DOCUMENT), value.get("stream"), value.get("hash")
        if not (isinstance(document, str) and isinstance(stream, int) and isinstance(written, str)):
            return None
        texts = (value.get(name) for name in ("summary", "status", "order"))
        return cls(document, stream, written, *(text if isinstance(text, str) else None for text in texts))


class MarkedIssues:
    """The issues of one stream in some projects. `other_streams` tells the site's streams that live beside this one."""

    def __init__(
        self, issues: Issues, projects: Sequence[str], stream_id: int, other_streams: Callable[[], Collection[int]]
    ) -> None:
        self._issues = issues
        self._projects = projects
        self._stream_id = stream_id
        self._other_streams = other_streams

    def check(self) -> None:
        """Raises ConfigurationTrouble unless look-ups work: without the property's index they find nothing, and every
        lost reply would end in a second issue."""
        self._issues.check_query(property_query(self._projects, PROPERTY, DOCUMENT, ["any"]))

    def any(self) -> bool:
        """Whether any issue there has a mark, as far as Jira's index knows by now."""
        query = f"project IN {quoted_list(self._projects)} AND issue.property[{PROPERTY}].{DOCUMENT} IS NOT EMPTY"
        return next(self._issues.search(query, page_size=1), None) is not None

    def mark_of(self, issue: Issue) -> Mark | None:
        """The issue's mark, if it is one of ours."""
        mark = Mark.on(issue)
        return mark if mark is not None and mark.stream not in self._elsewhere else None

    def find(self, documents: Collection[str]) -> dict[str, tuple[Issue, Mark]]:
        """By document key, the oldest issue of each, looked up in Jira's index, which shows new issues late."""
        found: dict[str, tuple[Issue, Mark]] = {}
        matches = self._issues.find_by_property(self._projects, PROPERTY, DOCUMENT, documents)
        for document, issues in matches.items():
            ours = ((issue, self.mark_of(issue)) for issue in issues)
            first = next(((issue, mark) for issue, mark in ours if mark is not None), None)
            if first is not None:
                found[document] = first
        return found

    def made_since(self, after: Mapping[str, str], documents: set[str]) -> dict[str, tuple[Issue, Mark]]:
        """Those of `documents` among the issues that each project has numbered after the one in `after`: what the
        index does not show must not lead to a second issue."""
        found: dict[str, tuple[Issue, Mark]] = {}
        for project in self._projects:
            if len(found) == len(documents):
                break
            number = _number(after.get(project) or self._newest_of_old(project))
            for issue in self._issues.numbered_after(project, number, properties=[PROPERTY]):
                mark = self.mark_of(issue)
                if mark is not None and mark.document in documents:
                    found.setdefault(mark.document, (issue, mark))
                    if len(found) == len(documents):
                        break
        return found

    def walk(self, after: str | None, fields: Sequence[str]) -> Iterator[list[tuple[Issue, Mark]]]:
        """All of them, project by project, by key, behind the key `after`, a page at a time; a page may be empty."""
        projects = sorted(self._projects)
        reached = (after or "").rpartition("-")[0]
        page: list[tuple[Issue, Mark]] = []
        for project in projects[projects.index(reached) if reached in projects else 0 :]:
            behind = f' AND key > "{after}"' if project == reached else ""
            query = f'project = "{project}"{behind} ORDER BY key ASC'
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

    def _newest_of_old(self, project: str) -> str | None:
        """Before this stream has made its first issue there: the last of those that are certainly older than it."""
        query = f'project = "{project}" AND created < "-2d" ORDER BY created DESC'
        newest = next(self._issues.search(query, page_size=1), None)
        return newest.key if newest else None


def _number(key: str | None) -> int:
    return int(key.rpartition("-")[2]) if key else 0
