"""One look at a page, or one action on it, and what comes back. Knows no door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from plugin.web.parts import WebParts
from plugin.web.templating import render


@dataclass(frozen=True)
class Flag:
    """A short message that Jira shows at the edge of the window. Plain text."""

    title: str
    body: str = ""
    kind: str = "success"
    """`success`, `info`, `warning` or `error`."""


@dataclass(frozen=True)
class Fragment:
    """What a view answers: HTML to be shown, or a route to go to."""

    html: str
    title: str
    flag: Flag | None = None
    redirect: str | None = None

    @classmethod
    def of(cls, template: str, title: str, flag: Flag | None = None, **values: Any) -> Fragment:
        return cls(render(template, title=title, **values), title, flag)

    @classmethod
    def go(cls, route: str, flag: Flag | None = None) -> Fragment:
        return cls("", "", flag, redirect=route)


@dataclass(frozen=True)
class Download:
    """What a view answers instead when it is asked for a file. The shell hands it over in the way of its door."""

    name: str
    """Letters, digits, dots and hyphens."""
    media_type: str
    content: Iterable[bytes]
    """Made while it is sent, and never the whole of it at once."""


class Unanswerable(Exception):
    """A visit that cannot be answered as asked; shown as a small page of its own."""

    status = 400

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__(title, sentence)
        self.title = title
        self.sentence = sentence


class NotThere(Unanswerable):
    """The page, or the thing it is about, does not exist on this site."""

    status = 404

    def __init__(
        self, sentence: str = "It may have been removed meanwhile. Go back to the overview and try again."
    ) -> None:
        super().__init__("There is nothing here", sentence)


@dataclass(frozen=True)
class Visit:
    """Who asks for what. The right that the route demands has been proven before a view sees a visit."""

    parts: WebParts
    site_id: int
    account_id: str | None
    issue_id: str | None
    """The issue on which the page stands, when it stands on one; the visitor may see it."""
    parameters: Mapping[str, str]
    form: Mapping[str, Any]
    now: datetime
    may_write: bool

    def reading(self) -> AbstractContextManager[Session]:
        return self.parts.database.reading(self.site_id)

    def writing(self) -> AbstractContextManager[Session]:
        """Only actions get one: looking at a page never changes anything."""
        if not self.may_write:
            raise PermissionError("a page that only looks was about to write")
        return self.parts.database.writing(self.site_id)

    def number(self, name: str) -> int:
        """A parameter that must be a row's id; raises NotThere."""
        text = self.parameters.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise NotThere()
        return int(text)

    @property
    def asked(self) -> datetime | None:
        """When the visitor asked for the work whose outcome this page waits for."""
        text = self.parameters.get("asked", "")
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            return None
        return datetime.fromtimestamp(int(text), UTC)

    @property
    def asked_now(self) -> str:
        """The parameter to put into the route of a page that waits for work asked for now."""
        return f"asked={int(self.now.timestamp())}"

    def waited_long(self, seconds: int = 45) -> bool:
        """True when work asked for should have been done by now: perhaps no worker is running."""
        return self.asked is not None and (self.now - self.asked).total_seconds() > seconds
