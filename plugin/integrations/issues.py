"""Documents as Jira issues: the target that every integration into Jira delivers to.

An issue is recognised by a property of ours, written in the same call as its fields, which names the document and the
hash of the version it shows. Only mapped fields are ever written, and the summary as long as no person has changed it
(DESIGN, promises 1 and 8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from plugin.integrations.attributes import Attribute
from plugin.integrations.corrections import corrected
from plugin.jira import adf, values
from plugin.jira.bulk_create import Created, NewIssue
from plugin.jira.client import JiraClient
from plugin.jira.fields import Field, FieldCatalogue
from plugin.jira.fitting import judge
from plugin.jira.issues import MOST_CREATED, Issue, Issues, property_query
from plugin.jira.projects import read_project
from plugin.jira.purpose import Wording
from plugin.jira.screens import CreateScreen, read_create_screen
from plugin.sync import ladder
from plugin.sync.documents import TARGET_GONE, Delivery, Found, JsonObject, Outcome, Payload, Refused, Settled
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Trouble

PROPERTY = "counterfoil"
DOCUMENT = "document"
SUMMARY = "summary"
DESCRIPTION = "description"
WRITTEN_ANYWAY = frozenset({SUMMARY, DESCRIPTION, "project", "issuetype", "reporter"})
"""Fields of a new issue that need no mapping: we write them, or Jira does."""
UPDATES_PER_CALL = 12
"""Edits are one call each; a share of this many goes to one thread, with one look at the issues before."""


@dataclass(frozen=True)
class Look:
    """How a kind of record becomes an issue."""

    summary: Callable[[JsonObject], str]
    description: Callable[[JsonObject], adf.Node]


@dataclass(frozen=True)
class Place:
    """Where new issues are made."""

    project_id: str
    project_key: str
    issue_type_id: str
    issue_type_name: str

    @classmethod
    def of(cls, settings: JsonObject) -> Place:
        return cls(*(settings[name] for name in ("project_id", "project_key", "issue_type_id", "issue_type_name")))

    def __str__(self) -> str:
        return f"{self.issue_type_name} in {self.project_key}"


@dataclass(frozen=True)
class Mapped:
    """An attribute and the field it goes to, as the field was when the mapping was saved."""

    attribute: Attribute
    field: Field


class IssueTarget:
    """Issues of one type in one project."""

    system = "jira"
    creations_per_call = MOST_CREATED
    updates_per_call = UPDATES_PER_CALL

    def __init__(
        self,
        client: JiraClient,
        place: Place,
        mapping: Sequence[Mapped],
        look: Look,
        calls_at_once: int,
    ) -> None:
        self._client = client
        self._calls_at_once = calls_at_once
        self._place = place
        self._mapping = mapping
        self._look = look
        names = {each.field.id: each.field.name for each in mapping}
        self._issues = Issues(client, Wording(fields=names, place=str(place)))
        self._fields = {each.field.id: each.field for each in mapping}

    def check(self) -> None:
        """Asks Jira whether project, issue type and every mapped field are still as the mapping needs them."""
        # Without its index a look-up finds nothing, and every lost reply would end in a second issue.
        query = property_query(self._place.project_key, PROPERTY, DOCUMENT, ["any"])
        with ThreadPoolExecutor(self._calls_at_once, "check") as at_once:
            reading_screen = at_once.submit(self._read_screen)
            reading_fields = at_once.submit(FieldCatalogue.read, self._client)
            checking = at_once.submit(self._issues.check_query, query)
        screen = reading_screen.result()
        checking.result()
        problems = [*self._misfits(reading_fields.result(), screen), *self._unfilled(screen)]
        if problems:
            raise self._broken(
                " ".join(problems),
                "Open Mapping: Create missing fields puts mapped fields back, or choose other fields and save.",
                "jira.mapping-broken",
            )

    def _read_screen(self) -> CreateScreen:
        project = read_project(self._client, self._place.project_id, self._place.project_key)
        issue_type = project.issue_type(self._place.issue_type_id)
        if issue_type is None:
            raise self._broken(
                f"The issue type {self._place.issue_type_name} is no longer part of the project {project.key}.",
                "Add it to the project's issue types again, or choose another one under Where issues go.",
                "jira.issue-type-gone",
            )
        return read_create_screen(self._client, project, issue_type)

    def _misfits(self, catalogue: FieldCatalogue, screen: CreateScreen) -> Iterator[str]:
        """Mapped fields that are gone, off the screen, or of another type than when the mapping was saved."""
        for each in self._mapping:
            now = catalogue.get(each.field.id)
            verdict = judge(each.attribute.type, now, screen, each.field.id)
            if verdict.blocks:
                yield f"{each.attribute.label}: {verdict.sentence}"
            elif now is not None and now.kind is not each.field.kind:
                yield f"{each.attribute.label}: its field {now.in_words} has changed its type."

    def _unfilled(self, screen: CreateScreen) -> Iterator[str]:
        """Fields that Jira demands of every new issue and that nothing would fill."""
        for field in screen.required_besides(WRITTEN_ANYWAY | set(self._fields)):
            yield f"{field.name}: Jira requires it of a new {screen.issue_type}, and nothing is mapped to it."

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        fields = {
            each.field.id: values.encode(each.field, corrected(each.attribute, content, corrections))
            for each in self._mapping
        }
        return Payload.of({SUMMARY: self._look.summary(content), **fields})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        made = self._issues.create([self._new_issue(delivery) for delivery in deliveries])
        return [
            Settled(each.id, each.key) if isinstance(each, Created) else ladder.outcome_of(each.trouble)
            for each in made
        ]

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """After a trouble that is not one document's own the rest is not tried; it has not been touched."""
        wanted = [SUMMARY, *self._fields]
        ids = [delivery.target_id or "" for delivery in deliveries]
        current = {issue.id: issue for issue in self._issues.fetch(ids, fields=wanted, properties=[PROPERTY]).issues}
        outcomes: list[Outcome] = []
        for position, delivery in enumerate(deliveries):
            issue = current.get(delivery.target_id or "")
            if issue is None:
                outcomes.append(Refused(_gone(delivery)))
                continue
            try:
                self._edit(issue, delivery)
            except RecordTrouble as trouble:
                outcomes.append(Refused(trouble))
            except Trouble as trouble:
                rest = len(deliveries) - position - 1
                untouched = ladder.held_by(trouble)
                return [*outcomes, ladder.outcome_of(trouble), *[untouched] * rest]
            else:
                outcomes.append(Settled(issue.id, issue.key))
        return outcomes

    def find(self, deliveries: Sequence[Delivery], after: str | None) -> Mapping[str, Found]:
        """Known issues by their id. Others by our property, first in Jira's index, which shows new issues late.

        What the index does not show is looked for among all issues made since: one that lags must not lead to a
        second issue.
        """
        known = {each.target_id: each.document_key for each in deliveries if each.target_id}
        found: dict[str, Found] = {}
        for issue in self._issues.fetch(known, properties=[PROPERTY]).issues if known else ():
            found[known[issue.id]] = _found(issue)
        unknown = {each.document_key for each in deliveries if not each.target_id}
        if unknown:
            matches = self._issues.find_by_property(self._place.project_key, PROPERTY, DOCUMENT, unknown)
            found.update({key: _found(issues[0]) for key, issues in matches.items()})
            found.update(self._made_since(after, unknown - found.keys()))
        return found

    def _made_since(self, after: str | None, wanted: set[str]) -> dict[str, Found]:
        """Those of `wanted` that are among the issues numbered after `after`."""
        found: dict[str, Found] = {}
        if not wanted:
            return found
        project = self._place.project_key
        number = self._number(after) or self._number(self._newest_of_old())
        for issue in self._issues.numbered_after(project, number, properties=[PROPERTY]):
            key = (issue.properties.get(PROPERTY) or {}).get(DOCUMENT)
            if key in wanted:
                found.setdefault(key, _found(issue))
                if len(found) == len(wanted):
                    break
        return found

    def _newest_of_old(self) -> str | None:
        """Before this stream has made its first issue: the last one of those that are certainly older than it."""
        query = f'project = "{self._place.project_key}" AND created < "-2d" ORDER BY created DESC'
        newest = next(self._issues.search(query, page_size=1), None)
        return newest.key if newest else None

    def _number(self, key: str | None) -> int:
        """The number in a key of this project; 0 for a key of another, which says nothing about it."""
        project, _, number = (key or "").rpartition("-")
        return int(number) if project == self._place.project_key else 0

    def _new_issue(self, delivery: Delivery) -> NewIssue:
        filled = {name: value for name, value in delivery.payload.fields.items() if value is not None}
        return NewIssue(
            fields={
                "project": {"id": self._place.project_id},
                "issuetype": {"id": self._place.issue_type_id},
                **filled,
                DESCRIPTION: self._look.description(delivery.content),
            },
            properties={PROPERTY: _mark(delivery, delivery.payload.fields[SUMMARY])},
        )

    def _edit(self, issue: Issue, delivery: Delivery) -> None:
        wanted = delivery.payload.fields
        changes: dict[str, Any] = {
            name: wanted[name]
            for name, field in self._fields.items()
            if not values.same(field, wanted[name], issue.fields.get(name))
        }
        marked = issue.properties.get(PROPERTY) or {}
        ours = marked.get(SUMMARY)
        shown = issue.fields.get(SUMMARY)
        if shown == ours and shown != wanted[SUMMARY]:
            changes[SUMMARY] = wanted[SUMMARY]
        # A summary that a person has rewritten stays theirs: the mark keeps the last one that was ours.
        if changes or marked.get(DOCUMENT) != delivery.document_key:
            self._issues.edit(issue.id, changes, {PROPERTY: _mark(delivery, changes.get(SUMMARY, ours))}, issue.key)

    def _broken(self, got: str, remedy: str, code: str) -> ConfigurationTrouble:
        return ConfigurationTrouble(f"Issues of type {self._place} were about to be written.", got, remedy, code)


def _mark(delivery: Delivery, summary: str | None) -> JsonObject:
    """Our property: which document, which version, and the summary we last wrote."""
    return {DOCUMENT: delivery.document_key, "hash": delivery.payload.hash, SUMMARY: summary}


def _found(issue: Issue) -> Found:
    return Found(issue.id, issue.key, (issue.properties.get(PROPERTY) or {}).get("hash"))


def _gone(delivery: Delivery) -> RecordTrouble:
    return RecordTrouble(
        f"Updating issue {delivery.target_key}.",
        "It was deleted in Jira, or hidden from Counterfoil.",
        "If it was deleted by mistake, try again to have a new issue made for this document.",
        TARGET_GONE,
    )
