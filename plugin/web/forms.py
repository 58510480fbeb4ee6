"""Reads what people type: values, or a sentence for each field that needs a correction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from plugin.integrations.connections import CALLS_AT_ONCE
from sage_adapters.address import split_address
from sage_adapters.errors import Trouble

WHOLE_FORM = "form"
LONGEST_ADDRESS = 500
_MISSING: dict[str, Any] = {"required": "Fill this in.", "null": "Fill this in."}


@dataclass(frozen=True)
class Reading:
    """`values` is complete when `problems` is empty. `typed` is what the person entered, for showing it again."""

    values: Mapping[str, Any]
    problems: Mapping[str, str]
    typed: Mapping[str, str]


def read(schema: Schema, form: Mapping[str, Any]) -> Reading:
    """Each problem is one sentence under its field's name, or under WHOLE_FORM."""
    typed = {name: value for name, value in form.items() if isinstance(value, str) and name in schema.fields}
    try:
        return Reading(schema.load(form), {}, typed)
    except ValidationError as error:
        messages: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        problems = {name: _first(message) for name, message in messages.items() if name in schema.fields}
        if unknown := sorted(set(messages) - set(problems)):
            problems[WHOLE_FORM] = (
                f"The page sent something that does not belong to this form ({', '.join(unknown)[:80]}). "
                "Reload the page and try again."
            )
        return Reading({}, problems, typed)


def _first(message: Any) -> str:
    while not isinstance(message, str):
        message = next(iter(message.values() if isinstance(message, dict) else message))
    return message


class Form(Schema):
    """Texts are trimmed, except secrets; fields that the form does not have are refused."""

    class Meta:
        unknown = RAISE

    kept_as_typed: tuple[str, ...] = ("password",)

    @pre_load
    def _trim(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {
            name: value.strip() if isinstance(value, str) and name not in self.kept_as_typed else value
            for name, value in data.items()
        }


def _text(longest: int, **options: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(max=longest, error=f"At most {longest} characters."),
        error_messages={**_MISSING, "invalid": "This must be text."},
        **options,
    )


def _filled(text: str) -> None:
    if not text:
        raise ValidationError("Fill this in.")


def _web_api_address(text: str) -> None:
    _filled(text)
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError for a port that is none
    except ValueError:
        raise ValidationError("This is not a web address. It looks like https://server/Sage300WebApi.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise ValidationError("Enter the whole address with https:// in front, like https://server/Sage300WebApi.")
    if parts.username or parts.password:
        raise ValidationError("Leave user and password out of the address; they have fields of their own.")
    if parts.query or parts.fragment:
        raise ValidationError("Leave out everything from the ? or # on.")


def _company(text: str) -> None:
    _filled(text)
    if not re.fullmatch(r"[A-Za-z0-9_]{1,32}", text):
        raise ValidationError("This is the short database ID, letters and digits only, like SAMLTD.")


def _user(text: str) -> None:
    _filled(text)
    if ":" in text:
        raise ValidationError("A user ID has no colon.")


def _certificate(text: str) -> None:
    if text and "-----BEGIN CERTIFICATE-----" not in text:
        raise ValidationError("Paste the certificate in PEM form: it begins with -----BEGIN CERTIFICATE-----.")


def _batch_link(text: str) -> None:
    if text and (not text.startswith(("https://", "http://")) or "{batch}" not in text):
        raise ValidationError("Enter an address with https:// in front and {batch} where the batch number goes.")


class _OptionalDay(fields.Date):
    """Blank is None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages={"invalid": "Enter a date as year-month-day, like 2027-03-31."}, **options)

    def _deserialize(self, value: Any, *arguments: Any, **options: Any) -> Any:
        return None if value == "" else super()._deserialize(value, *arguments, **options)


class _OptionalNumber(fields.Integer):
    """Blank is None."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        words = f"Enter a whole number between {least:,} and {most:,}, or nothing."
        checked = validate.Range(least, most, error=words)
        super().__init__(validate=checked, error_messages={"invalid": words}, allow_none=True, **options)

    def deserialize(self, value: Any, *arguments: Any, **options: Any) -> Any:
        return super().deserialize(None if value == "" else value, *arguments, **options)


class ConnectionForm(Form):
    """The Sage 300 connection. A blank password keeps the one that is stored."""

    address = fields.String(required=True, validate=_web_api_address, error_messages=_MISSING)
    company = fields.String(required=True, validate=_company, error_messages=_MISSING)
    user = fields.String(required=True, validate=_user, error_messages=_MISSING)
    password = _text(200, load_default="")
    certificate = fields.String(load_default="", validate=_certificate)
    concurrency = fields.Integer(
        load_default=CALLS_AT_ONCE,
        validate=validate.Range(1, 8, error="Between 1 and 8."),
        error_messages={"invalid": "Enter a whole number between 1 and 8."},
    )
    calls_per_minute = _OptionalNumber(10, 10000, load_default=None)
    batch_link = fields.String(load_default="", validate=_batch_link)
    expires_on = _OptionalDay(load_default=None)


def _webhook_address(text: str) -> None:
    _filled(text)
    try:
        split_address(text)
    except Trouble as trouble:
        raise ValidationError(f"{trouble.got} {trouble.remedy}") from None
    if "#" in text or len(text) > LONGEST_ADDRESS:
        raise ValidationError(f"Leave out everything from the # on, and at most {LONGEST_ADDRESS} characters.")


def _signing_secret(text: str) -> None:
    if text and not 16 <= len(text) <= 200:
        raise ValidationError("Between 16 and 200 characters, or nothing to have one made.")


class WebhookForm(Form):
    """A recipient of notices. A blank secret has one made."""

    kept_as_typed = ("secret",)

    address = fields.String(required=True, validate=_webhook_address, error_messages=_MISSING)
    secret = fields.String(load_default="", validate=_signing_secret)


class EmailForm(Form):
    """A recipient of notices."""

    email = fields.String(
        required=True,
        validate=(_filled, validate.Email(error="Enter one address like payables@example.com.")),
        error_messages=_MISSING,
    )


class TargetForm(Form):
    """Where issues are made."""

    project = fields.String(required=True, validate=validate.Length(min=1, error="Choose a project."))
    issue_type = fields.String(load_default="", validate=validate.Length(min=1, error="Choose an issue type."))


EARLIEST_DAY = date(1980, 1, 1)


def _day_of_documents(day: date | None) -> None:
    if day is not None and not EARLIEST_DAY <= day <= datetime.now(UTC).date() + timedelta(days=1):
        raise ValidationError(f"Enter a day that has come, from {EARLIEST_DAY.year} on; nothing for all documents.")


class SinceForm(Form):
    """From which day on documents are gone through; blank for all."""

    since = _OptionalDay(load_default=None, validate=_day_of_documents)


class ScheduleForm(SinceForm):
    """How often the source is asked, and how many calls to Jira may be in flight. A form without the latter keeps
    what is stored. `since` is asked when a stream is started."""

    minutes = fields.Integer(
        required=True,
        validate=validate.Range(1, 1440, error="Between 1 minute and 1,440 minutes, which is a day."),
        error_messages={**_MISSING, "invalid": "Enter a whole number of minutes."},
    )
    jira_calls_at_once = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 8, error="Between 1 and 8."),
        error_messages={"invalid": "Enter a whole number between 1 and 8."},
    )
