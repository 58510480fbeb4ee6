"""Answers a visit: finds the route, proves the right, calls the view. The one place where that is decided."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

import structlog

from plugin.sites.caller import Caller
from plugin.sites.outcomes import note_refusal
from plugin.sites.refusals import Reason, Refused
from plugin.web.parts import WebParts
from plugin.web.routes import Right, Route, Routes
from plugin.web.visit import Download, Fragment, Unanswerable, Visit
from sage_adapters.errors import Trouble

log = structlog.get_logger(__name__)

NO_PAGE = "This address cannot be opened as a page."


class Permissions(Protocol):
    """What Jira says of a caller, asked `afresh` or remembered for a minute. Both raise Refused without an answer."""

    def is_administrator(self, caller: Caller, *, afresh: bool) -> bool: ...

    def may_see_issue(self, caller: Caller, issue_id: str, *, afresh: bool) -> bool: ...


@dataclass(frozen=True)
class Ask:
    """`route` is a name with parameters, like "connection?id=7". `form` is None when a page is only looked at."""

    route: str
    form: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """A fragment with its HTTP status."""

    fragment: Fragment
    status: int = 200

    def as_json(self) -> dict[str, Any]:
        fragment = self.fragment
        flag = fragment.flag and {
            "title": fragment.flag.title,
            "body": fragment.flag.body,
            "type": fragment.flag.kind,
        }
        return {"html": fragment.html, "title": fragment.title, "flag": flag, "redirect": fragment.redirect}


@dataclass(frozen=True)
class Desk:
    """Where a door hands in what its visitors ask for."""

    parts: WebParts
    routes: Routes
    permissions: Permissions

    def open(self, caller: Caller, route: str) -> Answer:
        """The first GET of a page, which can be repeated: it never writes. No exception of a view comes out."""
        result = self._serve(caller, Ask(route), opening=True)
        return result if isinstance(result, Answer) else apology("This is a file", NO_PAGE, 400)

    def serve(self, caller: Caller, ask: Ask) -> Answer | Download:
        """What an opened page asks for. No exception of a view comes out, but a download may break while it is sent."""
        return self._serve(caller, ask, opening=False)

    def _serve(self, caller: Caller, ask: Ask, *, opening: bool) -> Answer | Download:
        name, _, query = ask.route.partition("?")
        try:
            route = self.routes.find(name)
            if route.writes and (opening or ask.form is None):
                raise Unanswerable("Nothing was changed", NO_PAGE)
            self._demand(route, caller)
            result = route.view(self._visit(route, caller, ask, query))
            return Answer(result) if isinstance(result, Fragment) else _watched(name, result)
        except Refused as refusal:
            note_refusal(refusal)
            return turned_away(refusal)
        except Unanswerable as refusal:
            return apology(refusal.title, refusal.sentence, refusal.status)
        except Trouble as trouble:
            log.warning("page.trouble", route=name, code=trouble.code)
            return apology("This page could not be made", str(trouble), 503)
        except Exception:
            return _failed(name)

    def _demand(self, route: Route, caller: Caller) -> None:
        """What changes something is never allowed on the strength of an older answer."""
        afresh = route.writes
        if route.right is Right.ADMINISTRATOR:
            if not self.permissions.is_administrator(caller, afresh=afresh):
                raise Refused(Reason.NOT_ADMINISTRATOR)
        elif caller.issue_id is None or not self.permissions.may_see_issue(caller, caller.issue_id, afresh=afresh):
            raise Refused(Reason.ISSUE_HIDDEN)

    def _visit(self, route: Route, caller: Caller, ask: Ask, query: str) -> Visit:
        return Visit(
            parts=self.parts,
            site_id=caller.site_id,
            account_id=caller.account_id,
            issue_id=caller.issue_id if route.right is Right.ISSUE else None,
            parameters=dict(parse_qsl(query, keep_blank_values=True)),
            form=ask.form or {},
            now=datetime.now(UTC),
            may_write=route.writes,
        )


def _watched(route: str, download: Download) -> Download:
    """A defect met while a file is sent can no longer be told on a page: the log tells it, and the file breaks off."""

    def content() -> Iterator[bytes]:
        try:
            yield from download.content
        except Exception:
            log.exception("page.failed", route=route, reference=secrets.token_hex(4))
            raise

    return replace(download, content=content())


def turned_away(refusal: Refused) -> Answer:
    """A small page for a caller whom a door, or Jira, does not let in."""
    return apology("This page is not shown", refusal.reason.sentence, refusal.reason.status)


def apology(title: str, sentence: str, status: int) -> Answer:
    """A small page that says why there is no other."""
    return Answer(Fragment.of("apology.html", title, sentence=sentence), status)


def _failed(route: str) -> Answer:
    reference = secrets.token_hex(4)
    log.exception("page.failed", route=route, reference=reference)
    return apology(
        "Something went wrong on our side",
        "Go back and try again. If it happens again, give the operator of Counterfoil the reference "
        f"{reference}, under which the log tells what happened.",
        500,
    )
