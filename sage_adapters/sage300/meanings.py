"""What each refusal of Sage 300 means to the people who run it: the sentence, the remedy, the class of trouble."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from sage_adapters.errors import (
    ConfigurationTrouble,
    ConnectionTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)
from sage_adapters.http import Reply
from sage_adapters.sage300.error_body import ErrorBody, retry_after

MODULES: Mapping[str, str] = MappingProxyType(
    {
        "AP": "Accounts Payable",
        "BK": "Bank Services",
        "CS": "Common Services",
        "GL": "General Ledger",
        "PO": "Purchase Orders",
    }
)


Doing = Literal["read", "create", "change", "run"]

_WORDS: Mapping[Doing, tuple[str, str]] = MappingProxyType(
    {
        "read": ("was asked for", "view what {} holds"),
        "create": ("was sent a new entry for", "enter what {} holds"),
        "change": ("was sent a change of", "change what {} holds"),
        "run": ("was told to run", "run {}"),
    }
)
"""What was done, and which right that takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of Sage 300, for the sentences of a trouble. `conceal` takes secrets out of quoted texts."""

    company: str
    user: str
    module: str
    resource: str
    conceal: Callable[[str], str] = field(repr=False)
    doing: Doing = "read"

    @property
    def reading(self) -> bool:
        return self.doing == "read"

    @property
    def sentence(self) -> str:
        what = f"{self.module}/{self.resource}" if self.module else self.resource
        return f"Sage 300 company {self.company} {_WORDS[self.doing][0]} {what} as user {self.user}."

    @property
    def right(self) -> str:
        """The right that this takes, as in "view what APVendors holds"."""
        return _WORDS[self.doing][1].format(self.resource)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer with its question, from which troubles are made."""

    reply: Reply
    body: ErrorBody
    asked: Asked

    @property
    def quote(self) -> str:
        """What came back, in Sage's words where it used any."""
        kind = "an HTML page" if self.body.html else self.body.code or ("JSON" if self.body.text else "no text")
        text = "" if self.body.html or not self.body.text else f': "{self.asked.conceal(self.body.text)}"'
        return f"It answered {self.reply.status} with {kind}{text}."

    @property
    def windows_challenge(self) -> str:
        """The kind of Windows Authentication that IIS demands, "" if none."""
        challenge = self.reply.headers.get("WWW-Authenticate", "").lower()
        return next((kind for kind in ("Negotiate", "NTLM") if kind.lower() in challenge), "")

    def configuration(self, remedy: str, code: str, got: str = "") -> Trouble:
        return ConfigurationTrouble(self.asked.sentence, got or self.quote, remedy, f"sage300.{code}")

    def connection(self, remedy: str, code: str, got: str = "") -> Trouble:
        return ConnectionTrouble(self.asked.sentence, got or self.quote, remedy, f"sage300.{code}")

    def record(self, remedy: str, code: str) -> Trouble:
        return RecordTrouble(self.asked.sentence, self.quote, remedy, f"sage300.{code}")

    def unavailable(self, remedy: str, code: str, got: str = "") -> Trouble:
        return TransientTrouble(self.asked.sentence, got or self.quote, remedy, f"sage300.{code}")

    def uncertain(self, code: str) -> Trouble:
        return UncertainOutcome(
            self.asked.sentence,
            self.quote,
            "It may have been done: Sage 300 is asked before anything is sent again.",
            f"sage300.{code}",
        )


def credentials(said: Said) -> Trouble:
    if said.asked.user == "ADMIN":
        return admin_refused(said)
    return said.connection(
        "Check user and password by signing on to the Sage 300 desktop with them; the password may have expired "
        "or the user be locked. Both are sent in upper case.",
        "credentials",
        f"Sage 300 refused the user {said.asked.user} or the password: 401 {said.body.code}".rstrip() + ".",
    )


def iis_challenge(said: Said) -> Trouble:
    """IIS turned us away before Sage 300 saw the request: told from Sage's own 401 by the HTML page."""
    shape = "as an HTML page" if said.body.html else "without a message"
    if not said.windows_challenge:
        return said.connection(
            "In IIS, under Authentication of the Web API, turn Anonymous Authentication on and all others off.",
            "iis-auth",
            f"IIS refused the user {said.asked.user} before Sage 300 saw the request: 401 {shape}.",
        )
    return said.connection(
        "IIS has Windows Authentication on for the Web API: turn it off and Anonymous on.",
        "windows-auth",
        f"Sage 300 refused the user {said.asked.user}: 401 {shape} with a {said.windows_challenge} challenge.",
    )


def rights(said: Said) -> Trouble:
    asked = said.asked
    if asked.user == "ADMIN":
        return admin_refused(said)
    name = MODULES.get(asked.module, asked.module or "the module")
    return said.configuration(
        f"In Sage 300, under Administrative Services, Security Groups, edit the {name} group of this user: tick "
        f'"Sage 300 Web API" and the right to {asked.right}.',
        "rights",
        f"Sage 300 does not let the user {asked.user} use {asked.resource} of {name}: {said.reply.status}"
        f" {said.body.code}".rstrip()
        + ".",
    )


def admin_refused(said: Said) -> Trouble:
    return said.connection(
        "Make a Sage 300 user for this connection. (Only where that is impossible: set "
        "AllowWebApiAccessForAdmin to true in the web.config of both Web and WebApi and restart the app pool.)",
        "admin-user",
        f"Sage 300 refused the user ADMIN, which may not use the Web API as installed: {said.reply.status}.",
    )


def iis_forbidden(said: Said) -> Trouble:
    return said.connection(
        "In IIS, look at IP restrictions and at SSL settings of the Web API: it may demand https or a client "
        "certificate.",
        "iis-forbidden",
    )


def unknown_resource(said: Said) -> Trouble:
    return said.configuration(
        f"Check the address, that {said.asked.company} is a company database id of this server, that "
        f"{MODULES.get(said.asked.module, 'the module')} is activated in it, and that this release of the Web "
        "API offers the resource.",
        "unknown-resource",
    )


def base_path(said: Said) -> Trouble:
    if "404.13" in said.body.text:
        return too_large(said)
    return said.connection(
        "Nothing of the Web API is at that address. Give the address whose page shows the Sage 300 Web API, "
        "usually https://server/Sage300WebApi.",
        "base-path",
    )


def unknown_record(said: Said) -> Trouble:
    return said.record("It was deleted or renumbered in Sage 300.", "record-not-found")


def release(said: Said) -> Trouble:
    if said.asked.doing == "change":
        return said.configuration(
            "Approving and paying need Sage 300 2021 or later: before it the Web API changes no batch. Until an "
            "upgrade set batches ready to post and post them in Sage 300 itself.",
            "release",
        )
    return said.configuration(
        "This release of Sage 300 does not offer that call. Test the connection again after an upgrade.",
        "release",
    )


def throttled(said: Said) -> Trouble:
    return Throttled(
        said.asked.sentence,
        said.quote,
        "All work on this company slows down by itself; lower the number of parallel requests if it lasts.",
        "sage300.throttled",
        retry_after(said.reply, time.time()),
        f"sage300:{said.asked.company}",
    )


def not_understood(said: Said) -> Trouble:
    if said.asked.doing in ("read", "run"):
        return said.configuration(
            "This release of the Web API does not know a field or filter that is used here: report it with its "
            "version.",
            "not-understood",
        )
    return said.record("Correct the document or the mapping of its fields.", "payload-refused")


def duplicate_record(said: Said) -> Trouble:
    if re.search(r"day[ -]end|fin de journ[ée]e", said.body.text, re.IGNORECASE):
        return said.record("Run Day End Processing in Sage 300, then send the document again.", "day-end")
    return said.record(
        "A record with this key is in Sage 300 already. (Should the message ask for Day End Processing, run it.)",
        "duplicate-record",
    )


def field_invalid(said: Said) -> Trouble:
    text = said.body.text
    if re.search(r"duplicat|already (exists|used)|existe d[ée]j[àa]|en double|doublon", text, re.IGNORECASE):
        return said.record(
            "Sage 300 has a document with this number from this vendor. Compare the two; if they differ, give "
            "this one its true number.",
            "duplicate-document",
        )
    if re.search(r"fiscal|period|période|exercice", text, re.IGNORECASE):
        return said.record(
            "Open the fiscal period in Common Services, Fiscal Calendar, or change the date.", "period-closed"
        )
    return said.record("Correct the field that Sage 300 names, then send the document again.", "field-invalid")


def refused(said: Said) -> Trouble:
    """A refusal without a code that says more. A read cannot be at fault itself, so it is tried again."""
    if said.asked.reading:
        return said.unavailable(
            "This is tried again by itself; if it lasts, see who has the record open in Sage 300.", "refused"
        )
    return said.record("Do what Sage 300 asks for, then send the document again.", "refused")


def session_failed(said: Said) -> Trouble:
    return said.unavailable(
        "Sage 300 could open no session: free licences or restart the app pool if it lasts.", "session"
    )


def database_failed(said: Said) -> Trouble:
    if not said.asked.reading:
        return said.uncertain("database")
    return said.unavailable(
        f"Sage 300 could not open the database of {said.asked.company}: check the company id and, in Database "
        "Setup, that its SQL Server answers.",
        "database",
    )


def server_failure(said: Said) -> Trouble:
    if not said.asked.reading:
        return said.uncertain("server-error")
    return said.unavailable(
        "This is tried again by itself; if it lasts, look at the Windows event log of the Sage 300 web server.",
        "server-error",
    )


def wrong_host(said: Said) -> Trouble:
    return said.connection(
        "Check host name and port: IIS has no site bound to that name.",
        "wrong-host",
        "The web server refused the request before Sage 300 saw it: 400 as an HTML page.",
    )


def too_large(said: Said) -> Trouble:
    return said.record("The document is larger than the web server accepts: split it.", "too-large")


def pool_stopped(said: Said) -> Trouble:
    return said.unavailable(
        "The application pool of the Web API is stopped or recycling: start it in IIS if it does not come back.",
        "app-pool",
    )
