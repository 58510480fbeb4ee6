"""Documents as Jira issues: the target that every integration into Jira delivers to.

An issue is recognised by our mark on it (issue_marks.py). Only mapped fields are ever written, and the summary as long
as no person has changed it (DESIGN, promises 1 and 8).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from plugin.integrations.attributes import AMOUNT
from plugin.integrations.issue_birth import Birth, Births
from plugin.integrations.issue_marks import PROPERTY, RELEASED, Mark, MarkedIssues
from plugin.integrations.issue_place import DESCRIPTION, LINKS, STATUS, SUMMARY, PlaceCheck
from plugin.integrations.issue_ties import LinkChoice, Ties, status_of
from plugin.integrations.issue_wording import IssueWording
from plugin.jira import values
from plugin.jira.bulk_create import Created, NewIssue
from plugin.jira.bulk_create import Refused as NotCreated
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
class Owner:
    """Whose issues these are: the stream's id, the site's other streams, and whether to look before making any."""

    stream_id: int
    other_streams: Callable[[], Collection[int]]
    look_first: bool


class IssueTarget:
    """Issues about the documents of one stream."""

    system = "jira"
    creations_per_call = MOST_CREATED
    updates_per_call = UPDATES_PER_CALL

    def __init__(
        self,
        client: JiraClient,
        births: Births,
        wording: IssueWording,
        link: LinkChoice,
        owner: Owner,
        calls_at_once: int,
    ) -> None:
        self.places = births.places
        self.series = list(dict.fromkeys(place.project_key for place in self.places))
        self._births = births
        self._wording = wording
        self._write = wording.writer()
        self._owner = owner
        self._look_first = owner.look_first
        self._fields = wording.fields
        self._read = [SUMMARY, *self._fields, *([STATUS] if wording.statuses else [])]
        names = {field.id: field.name for field in self._fields.values()}
        self._issues = Issues(client, Wording(fields=names, place=" or ".join(map(str, self.places))))
        self._ties = Ties(client, link)
        self._marked = MarkedIssues(self._issues, self.series, owner.stream_id, owner.other_streams)
        filled = [field for _, field in wording.filled]
        self._place_check = PlaceCheck(client, self.places, wording.mapping, filled, calls_at_once)

    def check(self) -> None:
        self._place_check.run(self._marked.check, *([self._see_whether_to_look] if self._look_first else []))

    def _see_whether_to_look(self) -> None:
        self._look_first = self._marked.any()

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        return self._write(content, corrections)

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        there: Mapping[str, Found] = {}
        if self._look_first:
            there = _found(self._marked.find({delivery.document_key for delivery in deliveries}))
        new = [delivery for delivery in deliveries if delivery.document_key not in there]
        made = iter(self._create(new))
        return [
            There(there[delivery.document_key]) if delivery.document_key in there else next(made)
            for delivery in deliveries
        ]

    def _create(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """Those that Jira refuses only for what a rule or an order adds to them are made without that."""
        births = self._births.of([delivery.content for delivery in deliveries], self._issues)
        new = [self._new_issue(*pair) for pair in zip(deliveries, births, strict=True)]
        made = self._issues.create(new)
        plain = {
            position: self._new_issue(deliveries[position], Birth(birth.place, {}))
            for position, (birth, each) in enumerate(zip(births, made, strict=True))
            if isinstance(each, NotCreated) and birth.adds_all_of(each.trouble)
        }
        if plain:
            made = list(made)
            for position, each in zip(plain, self._again(list(plain.values())), strict=True):
                made[position] = each
        return [self._outcome(*pair) for pair in zip(deliveries, made, strict=True)]

    def _again(self, plain: Sequence[NewIssue]) -> Sequence[Created | NotCreated]:
        try:
            return self._issues.create(plain)
        except Trouble as trouble:  # what the first call has made must be told all the same
            return [NotCreated(trouble)] * len(plain)

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """After a trouble that is not one document's own the rest is not tried; it has not been touched. An issue that
        Jira lets nobody write for a moment waits by itself."""
        ids = [delivery.target_id or "" for delivery in deliveries]
        current = {
            issue.id: issue for issue in self._issues.fetch(ids, fields=self._read, properties=[PROPERTY]).issues
        }
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

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
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
        for issue in self._issues.fetch(wanted, fields=self._read, properties=[PROPERTY]).issues:
            delivery = wanted.get(issue.id) or wanted.get(issue.key.upper())
            if delivery is not None:
                mark = Mark.on(issue)
                changes = [*self._changes(issue, delivery)]
                document = mark.document if mark else None
                seen[delivery.document_key] = Sight(issue.id, issue.key, document, self._amount(issue), changes)
        return seen

    def preview(self, payload: Payload) -> Sequence[Change]:
        written = [SUMMARY, *self._fields]
        said = ((name, payload.fields[name]) for name in written if payload.fields[name] is not None)
        return [Change(self._name(name), "", self._shown(name, value)) for name, value in said]

    def release(self, target_id: str) -> None:
        self._issues.edit(target_id, {}, {PROPERTY: RELEASED})

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        amounts = [field for field in [self._amount_field()] if field]
        for page in self._marked.walk(after, amounts):
            yield [Marked(issue.id, issue.key, mark.document, self._amount(issue)) for issue, mark in page]

    def _amount_field(self) -> str | None:
        return next((each.field.id for each in self._wording.mapping if each.attribute.name == AMOUNT), None)

    def _amount(self, issue: Issue) -> Decimal | None:
        field = self._fields.get(self._amount_field() or "")
        shown = values.decode(field, issue.fields.get(field.id)) if field else None
        return shown if isinstance(shown, Decimal) else None

    def _changes(self, issue: Issue, delivery: Delivery) -> Iterator[Change]:
        for name, wanted in self._differing(issue, delivery.payload).items():
            yield Change(self._name(name), self._shown(name, issue.fields.get(name)), self._shown(name, wanted))
        mark, fields = Mark.on(issue), delivery.payload.fields
        if LINKS in fields and (mark is None or mark.order != fields[LINKS]):
            yield Change("Link to its order", "", delivery.content["order_issue"]["key"])
        if STATUS in fields and (mark is None or mark.status != fields[STATUS]) and status_of(issue) != fields[STATUS]:
            yield Change("Status", str((issue.fields.get(STATUS) or {}).get("name", "")), self._status(delivery))

    def _name(self, field_id: str) -> str:
        return self._fields[field_id].name if field_id in self._fields else "Summary"

    def _shown(self, field_id: str, value: Any) -> str:
        return _in_words(values.decode(self._fields[field_id], value)) if field_id in self._fields else str(value or "")

    def _status(self, delivery: Delivery) -> str:
        return f"that of {self._wording.look.state(delivery.content)}"

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

    def _new_issue(self, delivery: Delivery, birth: Birth) -> NewIssue:
        payload = delivery.payload
        filled = {name: payload.fields[name] for name in (SUMMARY, *self._fields)}
        # A link needs the issue's key, a status its workflow: both come with the next update.
        said = "" if self._ties.wanted(payload) else payload.hash
        mark = Mark(delivery.document_key, self._owner.stream_id, said, payload.fields[SUMMARY])
        return NewIssue(
            fields={
                **birth.fields,
                "project": {"id": birth.place.project_id},
                "issuetype": {"id": birth.place.issue_type_id},
                **{name: value for name, value in filled.items() if value is not None},
                DESCRIPTION: self._wording.look.description(delivery.content),
            },
            properties={PROPERTY: mark.to_json()},
        )

    def _outcome(self, delivery: Delivery, made: Created | NotCreated) -> Outcome:
        if isinstance(made, NotCreated):
            return ladder.outcome_of(made.trouble)
        return Settled(made.id, made.key, in_part=self._ties.wanted(delivery.payload))

    def _edit(self, issue: Issue, delivery: Delivery) -> None:
        """The mark is written last: until then it says that something is missing."""
        changes = self._differing(issue, delivery.payload)
        mark = Mark.on(issue)
        before = mark or Mark(delivery.document_key, self._owner.stream_id, "", None)
        after = replace(
            self._ties.tie(issue, delivery.payload, before),
            document=delivery.document_key,
            stream=self._owner.stream_id,
            hash=delivery.payload.hash,
            summary=changes.get(SUMMARY, before.summary),
        )
        if changes or mark is None or after != replace(mark, hash=mark.hash and delivery.payload.hash):
            self._issues.edit(issue.id, changes, {PROPERTY: after.to_json()}, issue.key)


def _found(issues: Mapping[str, tuple[Issue, Mark]]) -> dict[str, Found]:
    return {key: Found(issue.id, issue.key, mark.hash) for key, (issue, mark) in issues.items()}


def _in_words(value: object) -> str:
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
