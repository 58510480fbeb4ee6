"""The Web API of one Sage 300 company: requests, paging, and answers as plain data.

This client only reads. What the data means is in `vendors`, `invoices`, `accounts` and `purchasing`.
"""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from requests import PreparedRequest
from requests.auth import AuthBase

from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import TIMEOUT, AddressPolicy, Gate, Reply, RequestLog, Transport
from sage_adapters.sage300.errors import Asked, not_json, trouble_of
from sage_adapters.sage300.filters import Filter, literal
from sage_adapters.sage300.service_root import ServiceRoot

SYSTEM = "sage300"
SHORTEST_SECRET = 4  # shorter passwords would blot out ordinary words
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a feed. `count` is the size of the whole where it was asked for, `more` whether a page follows."""

    entries: list[Entry]
    count: int | None
    more: bool


class Sage300Client:
    """Reads from one company as one user; may be shared between threads.

    `base_url` is what the administrator typed; `root.understood` says what was made of it. Company, user and
    password are sent in upper case, as Sage 300 keeps them (contract sage300, section 2); an empty password is
    right where system security is off. At most `concurrency` requests are in flight at once.

    Every method raises a Trouble when Sage 300 cannot be reached or refuses.
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
        self._credentials = _Credentials(self.user, password.upper())
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

    def entry(self, module: str, resource: str, key: str | int) -> Entry:
        """One entry by its key. RecordTrouble (sage300.record-not-found) when there is none."""
        segment = quote(literal(key), safe="'")
        return self._get(f"{self._resource_url(module, resource)}({segment})", self._asked(module, resource))

    def companies(self) -> list[str]:
        """The company ids this server offers. The shape of the answer is (assumed): texts, or objects."""
        feed = self._get(f"{self.root.url}/-/Companies", self._asked("", "Companies"))
        found = (_company_in(each) for each in feed.get("value", ()))
        return [company for company in found if company]

    def _get(self, url: str, asked: Asked) -> Entry:
        # Without this header on every request, reads included, the Web API may answer 500 (contract sage300,
        # section 3).
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        with self._places:
            reply = self._transport.send("GET", url, tried=asked.sentence, headers=headers)
        return _parsed(reply, asked)

    def _resource_url(self, module: str, resource: str) -> str:
        return f"{self.root.url}/-/{quote(self.company)}/{module}/{resource}"

    def _asked(self, module: str, resource: str) -> Asked:
        return Asked(self.company, self.user, module, resource, conceal=self._credentials.conceal)

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


class _Credentials(AuthBase):
    """Basic authentication that never shows itself."""

    def __init__(self, user: str, password: str) -> None:
        self._password = password
        self._token = b64encode(f"{user}:{password}".encode()).decode()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Basic {self._token}"
        return request

    def conceal(self, text: str) -> str:
        """The text without our secrets, should a server repeat them."""
        for secret in (self._token, self._password):
            if len(secret) >= SHORTEST_SECRET:
                text = re.sub(re.escape(secret), "•••", text, flags=re.IGNORECASE)
        return text


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
