"""The Web API of one Sage 300 company: requests, paging, and answers as plain data.

What the data means is in the modules beside this one: `vendors`, `invoices`, `payments`, `posting` and others.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import TIMEOUT, AddressPolicy, Gate, Reply, RequestLog, Transport
from sage_adapters.sage300.bodies import LARGEST_BODY, Body, encoded
from sage_adapters.sage300.credentials import Credentials
from sage_adapters.sage300.errors import Asked, Doing, not_json, too_large_to_send, trouble_of, trouble_within
from sage_adapters.sage300.filters import Filter, literal
from sage_adapters.sage300.service_root import ServiceRoot

SYSTEM = "sage300"
Entry = dict[str, Any]
Key = str | int | Mapping[str, str | int]
"""An entry's key; named segments where it has several, as in `{"BatchSelector": "PY", "BatchNumber": 83}`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a feed. `count` is the size of the whole where it was asked for, `more` whether a page follows."""

    entries: list[Entry]
    count: int | None
    more: bool


class Sage300Client:
    """One company as one user sees it; may be shared between threads.

    `base_url` is what the administrator typed; `root.understood` says what was made of it. Company, user and
    password are sent in upper case, as Sage 300 keeps them (contract sage300, section 2); an empty password is
    right where system security is off. At most `concurrency` requests are in flight at once.

    Every method raises a Trouble when Sage 300 cannot be reached or refuses. A write is sent once: one whose answer
    was lost raises UncertainOutcome, and nothing here sends it again.
    """

    def __init__(
        self,
        base_url: str,
        company: str,
        user: str,
        password: str,
        *,
        policy: AddressPolicy,
        timeout: tuple[float, float] = TIMEOUT,
        ca_bundle: str | None = None,
        request_log: RequestLog | None = None,
        gate: Gate | None = None,
        concurrency: int = 4,
    ) -> None:
        self.root = ServiceRoot.of(base_url)
        self.company = _company_id(company)
        self.user = _user_id(user)
        self._credentials = Credentials(self.user, password.upper())
        self._places = threading.BoundedSemaphore(concurrency)
        self._transport = Transport(
            SYSTEM,
            policy,
            auth=self._credentials,
            timeout=timeout,
            ca_bundle=ca_bundle,
            request_log=request_log,
            gate=gate,
        )

    def __repr__(self) -> str:
        return f"Sage300Client({self.root.url!r}, company={self.company!r}, user={self.user!r})"

    def __enter__(self) -> Sage300Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections of all threads."""
        self._transport.close()

    def pages(
        self,
        module: str,
        resource: str,
        *,
        where: Filter | None = None,
        select: Sequence[str] = (),
        top: int | None = None,
        count: bool = False,
    ) -> Iterator[Page]:
        """The feed page by page, one held at a time. The server decides how large a page is.

        `top` asks for that many entries in all, `count` for the size of the whole feed.
        """
        url = self._resource_url(module, resource) + _query(
            {
                "$filter": str(where or ""),
                "$select": ",".join(select),
                "$top": str(top or ""),
                "$count": "true" if count else "",
            }
        )
        asked = self._asked(module, resource)
        links = _LoopGuard(asked)
        while url:
            feed = self._get(url, asked)
            entries = feed.get("value")
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                raise not_json(asked)
            following = feed.get("@odata.nextLink") or feed.get("odata.nextLink") or ""
            yield Page(entries, _count(feed), bool(following))
            url = self._own_link(url, following, asked) if following else ""
            links.pass_by(url)

    def entries(
        self, module: str, resource: str, *, where: Filter | None = None, select: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """All entries of a feed, one after the other."""
        for page in self.pages(module, resource, where=where, select=select):
            yield from page.entries

    def entry(self, module: str, resource: str, key: Key) -> Entry:
        """One entry by its key. RecordTrouble (sage300.record-not-found) when there is none."""
        return self._get(self._resource_url(module, resource) + _segments(key), self._asked(module, resource))

    def create(self, module: str, resource: str, body: Body) -> Entry:
        """Makes an entry; returns it as Sage 300 then holds it. UncertainOutcome when that cannot be read."""
        asked = self._asked(module, resource, "create")
        return _parsed(self._write("POST", self._resource_url(module, resource), body, asked), asked)

    def change(self, module: str, resource: str, key: Key, body: Body) -> None:
        """Changes what the body names of an entry and keeps the rest.

        Batches take it since Sage 300 2021: ConfigurationTrouble (sage300.release) before.
        """
        asked = self._asked(module, resource, "change")
        _check_accepted(self._write("PATCH", self._resource_url(module, resource) + _segments(key), body, asked), asked)

    def process(self, module: str, resource: str, body: Body) -> None:
        """Runs a process, as posting is one. That it ends well says little: read again what it was to change."""
        asked = self._asked(module, resource, "run")
        url = f"{self._resource_url(module, resource)}('$process')"
        _check_accepted(self._write("POST", url, body, asked), asked)

    def companies(self) -> list[str]:
        """The company ids this server offers. The shape of the answer is (assumed): texts, or objects."""
        feed = self._get(f"{self.root.url}/-/Companies", self._asked("", "Companies"))
        found = (_company_in(each) for each in feed.get("value", ()))
        return [company for company in found if company]

    def _get(self, url: str, asked: Asked) -> Entry:
        with self._places:
            reply = self._transport.send("GET", url, tried=asked.sentence, headers=_HEADERS)
        return _parsed(reply, asked)

    def _write(self, method: str, url: str, body: Body, asked: Asked) -> Reply:
        sent = encoded(body)
        if len(sent) > LARGEST_BODY:
            raise too_large_to_send(asked, len(sent))
        with self._places:
            return self._transport.send(method, url, tried=asked.sentence, headers=_HEADERS, body=sent)

    def _resource_url(self, module: str, resource: str) -> str:
        return f"{self.root.url}/-/{quote(self.company)}/{module}/{resource}"

    def _asked(self, module: str, resource: str, doing: Doing = "read") -> Asked:
        return Asked(self.company, self.user, module, resource, conceal=self._credentials.conceal, doing=doing)

    def _own_link(self, url: str, link: str, asked: Asked) -> str:
        """The next page's address, which must be one of ours: it is called with our credentials."""
        target = urljoin(url, link)
        if not self.root.holds(target):
            raise ConfigurationTrouble(
                asked.sentence,
                "The answer names a next page on another server or path, which is not followed.",
                "If a proxy stands in front of the Web API, let it pass on the original Host header and scheme.",
                "sage300.foreign-next-link",
            )
        return target


class _LoopGuard:
    """Notices links that go round in a circle, however long, while remembering only one of them."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._landmark = ""
        self._passed = 0

    def pass_by(self, link: str) -> None:
        if link and link == self._landmark:
            raise ConfigurationTrouble(
                self._asked.sentence,
                "Its pages lead back to a page that was read already.",
                "Look for a cache or proxy in front of the Web API that ignores the query of an address.",
                "sage300.paging-loop",
            )
        self._passed += 1
        if self._passed & (self._passed - 1) == 0:
            self._landmark = link


# Without this content type on every request, reads included, the Web API may answer 500 (contract sage300, section 3).
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def _segments(key: Key) -> str:
    """A key as an address has it: one value, or named segments, all of which Sage 300 requires."""
    if isinstance(key, Mapping):
        return "(" + ",".join(f"{name}={_segment(value)}" for name, value in key.items()) + ")"
    return f"({_segment(key)})"


def _segment(value: str | int) -> str:
    return quote(literal(value), safe="'")


def _query(options: dict[str, str]) -> str:
    """Each option once and only where it says something; blanks as %20, which every server reads alike."""
    given = {name: value for name, value in options.items() if value}
    return "?" + urlencode(given, quote_via=quote, safe="$,':") if given else ""


def _parsed(reply: Reply, asked: Asked) -> Entry:
    if not 200 <= reply.status < 300:
        raise trouble_of(reply, asked)
    try:
        found = json.loads(reply.body, parse_float=Decimal)
    except ValueError:
        raise not_json(asked, reply) from None
    if not isinstance(found, dict):
        raise not_json(asked, reply)
    return found


def _check_accepted(reply: Reply, asked: Asked) -> None:
    """A change is answered with nothing, and so is a process; some failures are known to come as a success."""
    if not 200 <= reply.status < 300:
        raise trouble_of(reply, asked)
    if trouble := trouble_within(reply, asked):
        raise trouble


def _count(feed: Entry) -> int | None:
    found = feed.get("@odata.count", feed.get("odata.count"))
    return None if found is None else int(found)


def _company_in(each: Any) -> str:
    if isinstance(each, str):
        return each
    names = ("CompanyID", "CompanyId", "DatabaseID", "OrgID", "Company", "ID", "Id", "Name", "name")
    return next((str(each[name]) for name in names if each.get(name)), "") if isinstance(each, dict) else ""


def _company_id(company: str) -> str:
    found = company.strip().upper()
    if not found or not all(character.isalnum() or character in "_-" for character in found):
        raise ConfigurationTrouble(
            "The company of the Sage 300 connection was read.",
            f"{company.strip()!r} cannot be a company database id.",
            "Give the database id of the company as shown when signing on to Sage 300, for example SAMLTD.",
            "sage300.company-malformed",
        )
    return found


def _user_id(user: str) -> str:
    found = user.strip().upper()
    if not found or ":" in found:
        raise ConfigurationTrouble(
            "The user of the Sage 300 connection was read.",
            "It is empty or contains a colon.",
            "Give the user ID of a Sage 300 user made for this purpose.",
            "sage300.user-malformed",
        )
    return found
