"""Reads what people type: values, or a sentence for each field that needs a correction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from plugin.integrations.connections import CALLS_AT_ONCE

WHOLE_FORM = "form"
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
    batch_link = fields.String(load_default="", validate=_batch_link)


class TargetForm(Form):
    """Where issues are made."""

    project = fields.String(required=True, validate=validate.Length(min=1, error="Choose a project."))
    issue_type = fields.String(load_default="", validate=validate.Length(min=1, error="Choose an issue type."))


class ScheduleForm(Form):
    """How often the source is asked, and how many calls to Jira may be in flight. A form without the latter keeps
    what is stored."""

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
