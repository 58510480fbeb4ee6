"""Documents as Jira issues: the target that every integration into Jira delivers to.

An issue is recognised by our mark on it (issue_marks.py). Only mapped fields are ever written, and the summary as long
as no person has changed it (DESIGN, promises 1 and 8).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plugin.integrations.attributes import AMOUNT
from plugin.integrations.corrections import corrected
from plugin.integrations.issue_marks import PROPERTY, RELEASED, Mark, MarkedIssues
from plugin.integrations.issue_place import DESCRIPTION, SUMMARY, Mapped, Place, PlaceCheck
from plugin.jira import adf, values
from plugin.jira.bulk_create import Created, NewIssue
from plugin.jira.client import JiraClient
from plugin.jira.issues import MOST_CREATED, Issue, Issues
from plugin.jira.purpose import Wording
from plugin.jira.throttling import ISSUE_WRITES
from plugin.sync import ladder
from plugin.sync.documents import (
    TARGET_GONE,
    Change,
    Delayed,
    Delivery,
    Found,
    JsonObject,
    Marked,
    Outcome,
    Payload,
    Refused,
    Settled,
    Sight,
    There,
)
from sage_adapters.errors import RecordTrouble, Throttled, Trouble

UPDATES_PER_CALL = 12
"""Edits are one call each; a share of this many goes to one thread, with one look at the issues before."""


@dataclass(frozen=True)
class Look:
    """How a kind of record becomes an issue."""

    summary: Callable[[JsonObject], str]
    description: Callable[[JsonObject], adf.Node]


@dataclass(frozen=True)
class Owner:
    """Whose issues these are: the stream's id, the site's other streams, and whether to look before making any."""

    stream_id: int
    other_streams: Callable[[], Collection[int]]
    look_first: bool


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
        owner: Owner,
        calls_at_once: int,
    ) -> None:
        self._place = place
        self._mapping = mapping
        self._look = look
        self._owner = owner
        self._look_first = owner.look_first
        self._fields = {each.field.id: each.field for each in mapping}
        self._writing = [(each.field.id, each.attribute, values.encoder_for(each.field)) for each in mapping]
        names = {each.field.id: each.field.name for each in mapping}
        self._issues = Issues(client, Wording(fields=names, place=str(place)))
        self._marked = MarkedIssues(self._issues, place, owner.stream_id, owner.other_streams)
        self._place_check = PlaceCheck(client, place, mapping, calls_at_once)

    def check(self) -> None:
        self._place_check.run(self._marked.check, *([self._see_whether_to_look] if self._look_first else []))

    def _see_whether_to_look(self) -> None:
        self._look_first = self._marked.any()

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        fields = {
            field_id: encode(corrected(attribute, content, corrections) if corrections else attribute.read(content))
            for field_id, attribute, encode in self._writing
        }
        return Payload.of({SUMMARY: self._look.summary(content), **fields})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        there: Mapping[str, Found] = {}
        if self._look_first:
            there = _found(self._marked.find({delivery.document_key for delivery in deliveries}))
        new = [delivery for delivery in deliveries if delivery.document_key not in there]
        made = iter(self._issues.create([self._new_issue(delivery) for delivery in new]))
        return [
            There(there[delivery.document_key]) if delivery.document_key in there else _outcome(next(made))
            for delivery in deliveries
        ]

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """After a trouble that is not one document's own the rest is not tried; it has not been touched. An issue that
        Jira lets nobody write for a moment waits by itself."""
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
                if isinstance(trouble, Throttled) and trouble.scope == ISSUE_WRITES:
                    outcomes.append(Delayed(trouble))
                    continue
                rest = len(deliveries) - position - 1
                untouched = ladder.held_by(trouble)
                return [*outcomes, ladder.outcome_of(trouble), *[untouched] * rest]
            else:
                outcomes.append(Settled(issue.id, issue.key))
        return outcomes

    def find(self, deliveries: Sequence[Delivery], after: str | None) -> Mapping[str, Found]:
        """Known issues by their id. Others by our mark, first in Jira's index, then among all issues made since."""
        known = {each.target_id: each.document_key for each in deliveries if each.target_id}
        found: dict[str, Found] = {}
        for issue in self._issues.fetch(known, properties=[PROPERTY]).issues if known else ():
            mark = Mark.on(issue)
            found[known[issue.id]] = Found(issue.id, issue.key, mark.hash if mark else None)
        unknown = {each.document_key for each in deliveries if not each.target_id}
        if unknown:
            found.update(_found(self._marked.find(unknown)))
            found.update(_found(self._marked.made_since(after, unknown - found.keys())))
        return found

    def look(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sight]:
        wanted = {(delivery.target_id or "").upper(): delivery for delivery in deliveries if delivery.target_id}
        seen: dict[str, Sight] = {}
        for issue in self._issues.fetch(wanted, fields=[SUMMARY, *self._fields], properties=[PROPERTY]).issues:
            delivery = wanted.get(issue.id) or wanted.get(issue.key.upper())
            if delivery is not None:
                mark = Mark.on(issue)
                changes = [*self._changes(issue, delivery)]
                document = mark.document if mark else None
                seen[delivery.document_key] = Sight(issue.id, issue.key, document, self._amount(issue), changes)
        return seen

    def preview(self, payload: Payload) -> Sequence[Change]:
        said = ((self._fields.get(name), value) for name, value in payload.fields.items() if value is not None)
        return [
            Change(field.name, "", _shown(values.decode(field, value))) if field else Change("Summary", "", str(value))
            for field, value in said
        ]

    def release(self, target_id: str) -> None:
        self._issues.edit(target_id, {}, {PROPERTY: RELEASED})

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        amounts = [field for field in [self._amount_field()] if field]
        for page in self._marked.walk(after, amounts):
            yield [Marked(issue.id, issue.key, mark.document, self._amount(issue)) for issue, mark in page]

    def _amount_field(self) -> str | None:
        return next((each.field.id for each in self._mapping if each.attribute.name == AMOUNT), None)

    def _amount(self, issue: Issue) -> Decimal | None:
        field = self._fields.get(self._amount_field() or "")
        shown = values.decode(field, issue.fields.get(field.id)) if field else None
        return shown if isinstance(shown, Decimal) else None

    def _changes(self, issue: Issue, delivery: Delivery) -> Iterator[Change]:
        for name, wanted in self._differing(issue, delivery.payload).items():
            field = self._fields.get(name)
            now = issue.fields.get(name)
            if field is None:
                yield Change("Summary", str(now or ""), str(wanted))
            else:
                yield Change(field.name, _shown(values.decode(field, now)), _shown(values.decode(field, wanted)))

    def _differing(self, issue: Issue, payload: Payload) -> dict[str, Any]:
        """What has to be written so that the issue says what it shall."""
        wanted = payload.fields
        changes = {
            name: wanted[name]
            for name, field in self._fields.items()
            if not values.same(field, wanted[name], issue.fields.get(name))
        }
        mark = Mark.on(issue)
        shown = issue.fields.get(SUMMARY)
        # A summary that a person has rewritten stays theirs: the mark keeps the last one that was ours.
        if mark is not None and shown == mark.summary and shown != wanted[SUMMARY]:
            changes[SUMMARY] = wanted[SUMMARY]
        return changes

    def _new_issue(self, delivery: Delivery) -> NewIssue:
        filled = {name: value for name, value in delivery.payload.fields.items() if value is not None}
        return NewIssue(
            fields={
                "project": {"id": self._place.project_id},
                "issuetype": {"id": self._place.issue_type_id},
                **filled,
                DESCRIPTION: self._look.description(delivery.content),
            },
            properties={PROPERTY: self._mark(delivery, delivery.payload.fields[SUMMARY])},
        )

    def _edit(self, issue: Issue, delivery: Delivery) -> None:
        changes = self._differing(issue, delivery.payload)
        mark = Mark.on(issue)
        summary = changes.get(SUMMARY, mark.summary if mark else None)
        if changes or mark is None or mark.document != delivery.document_key:
            self._issues.edit(issue.id, changes, {PROPERTY: self._mark(delivery, summary)}, issue.key)

    def _mark(self, delivery: Delivery, summary: str | None) -> JsonObject:
        return Mark(delivery.document_key, self._owner.stream_id, delivery.payload.hash, summary).to_json()


def _found(issues: Mapping[str, tuple[Issue, Mark]]) -> dict[str, Found]:
    return {key: Found(issue.id, issue.key, mark.hash) for key, (issue, mark) in issues.items()}


def _outcome(made: Any) -> Outcome:
    return Settled(made.id, made.key) if isinstance(made, Created) else ladder.outcome_of(made.trouble)


def _shown(value: object) -> str:
    """As people write it; an amount with two decimals, which Jira keeps as a bare number."""
    if not isinstance(value, Decimal):
        return "" if value is None else str(value)
    whole, _, cents = f"{value:,f}".partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def _gone(delivery: Delivery) -> RecordTrouble:
    return RecordTrouble(
        f"Updating issue {delivery.target_key}.",
        "It was deleted in Jira, or hidden from Counterfoil.",
        "If it was deleted by mistake, try again to have a new issue made for this document.",
        TARGET_GONE,
    )
