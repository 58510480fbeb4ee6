"""Where a rehearsal takes place: both systems, the administrator's pages, and a look into the app's own ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.ledger_view import LedgerView
from scripts.rehearsal.outside import Issue, Outside
from scripts.rehearsal.processes import Systems
from scripts.rehearsal.waiting import expect, until


@dataclass(frozen=True)
class Scene:
    outside: Outside
    administrator: Administrator
    view: LedgerView

    @classmethod
    def of(cls, systems: Systems, administrator: Administrator) -> Self:
        return cls(Outside(systems.addresses), administrator, LedgerView(systems))

    def pressing(self, *streams: str) -> Callable[[], None]:
        """*Sync now* of these streams: nobody waits a minute here."""
        ids = [self.view.stream_id(name) for name in streams]

        def press() -> None:
            for each in ids:
                self.administrator.sync_now(each)

        return press

    def issue(self, stream: str, number: str) -> Issue:
        key = self.view.issue_key(stream, number)
        expect(bool(key), f"{number} of {stream} has no issue.")
        return self.outside.issue(key or "")

    def until_issued(self, stream: str, number: str) -> Issue:
        until(
            lambda: self.view.issue_key(stream, number) is not None,
            f"{number} of {stream} becomes an issue.",
            press=self.pressing(stream),
        )
        return self.issue(stream, number)

    def until_linked(self, stream: str, number: str, order: Issue) -> Issue:
        """To the issue of its order."""
        issue = self.until_issued(stream, number)
        until(
            lambda: order.key in self.outside.issue(issue.key).links,
            f"{issue.key} is linked to the issue of its order, {order.key}.",
            press=self.pressing(stream),
        )
        return issue
