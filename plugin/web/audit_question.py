"""What somebody asks of the audit trail: typed into a form, or carried in a route from page to page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from plugin.sync.audit_search import Place, Wanted
from plugin.web.forms import WHOLE_FORM, Form, Reading, read
from plugin.web.visit import NotThere, Visit

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
_PLACE = re.compile(r"(\d{1,18})\.(\d{1,9})\.(\d{1,9})", re.ASCII)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    """`typed` is what was entered, by field. `problems` is empty when `wanted` can be looked for."""

    wanted: Wanted
    zone: str
    """In whose days the period is meant: the reader's, as the browser names it, or UTC."""
    typed: Mapping[str, str]
    problems: Mapping[str, str]

    @property
    def query(self) -> str:
        """The question as parameters of a route; "" when nothing narrows it."""
        said = {name: value for name, value in self.typed.items() if value and name != "zone"}
        return urlencode({**said, "zone": self.typed["zone"]} if said else {})

    @classmethod
    def of(cls, visit: Visit) -> Question:
        """From the form if one was sent, else from the route."""
        schema = _Form()
        asked = visit.form or {name: text for name, text in visit.parameters.items() if name in schema.fields}
        return _question(schema, read(schema, asked))


def _question(schema: Schema, reading: Reading) -> Question:
    typed = {name: reading.typed.get(name, "").strip() for name in schema.fields}
    problems, values = dict(reading.problems), reading.values
    zone, named = _zone(typed["zone"])
    if problems:
        return Question(Wanted(), named, typed, problems)
    since, until = values["since"], values["until"]
    if since and until and until < since:
        problems["until"] = "The last day is before the first one."
    stream = values["stream"]
    wanted = Wanted(
        document=values["document"],
        vendor=values["vendor"],
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + timedelta(days=1), zone) if until else None,
        actor=values["actor"],
        action=values["action"],
        stream_id=int(stream) if stream else None,
    )
    return Question(wanted, named, typed, problems)


def _zone(name: str) -> tuple[ZoneInfo | timezone, str]:
    """UTC stands in for a zone that is not known here."""
    if re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", name):
        try:
            return ZoneInfo(name), name
        except (KeyError, ValueError, OSError):
            pass
    return UTC, "UTC"


def _midnight(day: date, zone: ZoneInfo | timezone) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def place_of(visit: Visit) -> Place | None:
    """Where the page begins; None for the newest. Raises NotThere."""
    text = visit.parameters.get("before", "")
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise NotThere()
    microseconds, stream_id, sequence = map(int, found.groups())
    try:
        return Place(_BEGINNING + timedelta(microseconds=microseconds), stream_id, sequence)
    except OverflowError:
        raise NotThere() from None


def place_text(place: Place) -> str:
    return f"{(place.at - _BEGINNING) // timedelta(microseconds=1)}.{place.stream_id}.{place.sequence}"


def _far_away(day: date) -> None:
    if not EARLIEST <= day <= LATEST:
        raise ValidationError(f"A day from {EARLIEST.year} on.")


def _words(longest: int) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest, error=f"At most {longest} characters."))


def _day() -> fields.Date:
    invalid = "A day like 2026-03-01."
    return fields.Date(load_default=None, validate=_far_away, error_messages={"invalid": invalid, "null": invalid})


class _Form(Form):
    document = _words(100)
    vendor = _words(100)
    since = _day()
    until = _day()
    actor = _words(128)
    action = _words(32)
    stream = fields.String(load_default="", validate=validate.Regexp(r"\d{0,9}\Z", error="Choose one of the list."))
    zone = _words(64)

    @pre_load
    def _leave_out_days_that_were_not_typed(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value or name not in ("since", "until")}


def sentence(problems: Mapping[str, str]) -> str:
    """All that is wrong with a question, where there is no form to show it at."""
    labels = {"since": "From", "until": "To", WHOLE_FORM: "Form"}
    return " ".join(f"{labels.get(name, name.capitalize())}: {text}" for name, text in problems.items())
