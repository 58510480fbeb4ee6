"""Errors as Sage 300 shapes them: a code that decides, and a message for people (contract sage300, section 6)."""

from __future__ import annotations

from mock_servers.sage300 import messages

STATUS_OF = {
    "Unauthorized": 401,
    "Forbidden": 403,
    "TooManyRequests": 429,
    "InvalidParameters": 400,
    "InvalidEntityKey": 400,
    "InvalidPayload": 400,
    "InvalidAction": 400,
    "ResourceNotFound": 404,
    "RecordNotFound": 404,
    "MethodNotAllowed": 405,
    "RecordDuplicate": 409,
    "RecordInvalid": 409,
    "General": 409,
    "FieldInvalid": 409,
    "InternalServerError": 500,
    "SessionError": 500,
    "DBLinkError": 500,
}

_CODE_OF = {
    "unauthorized": "Unauthorized",
    "forbidden": "Forbidden",
    "too-many": "TooManyRequests",
    "parameters": "InvalidParameters",
    "entity-key": "InvalidEntityKey",
    "payload": "InvalidPayload",
    "action": "InvalidAction",
    "resource": "ResourceNotFound",
    "record": "RecordNotFound",
    "method": "MethodNotAllowed",
    "content-type": "InternalServerError",
    "internal": "InternalServerError",
    "company": "DBLinkError",
    "duplicate-record": "RecordDuplicate",
    "day-end": "RecordDuplicate",
    "duplicate-document": "FieldInvalid",
    "required": "FieldInvalid",
    "too-long": "FieldInvalid",
    "unknown": "FieldInvalid",
    "inactive": "FieldInvalid",
    "no-period": "FieldInvalid",
    "locked-period": "FieldInvalid",
    "no-schedule": "FieldInvalid",
}


class Sage300Error(Exception):
    """A refusal. `reason` is a key of `messages`; the rest fills the message's blanks."""

    def __init__(self, reason: str, *, code: str | None = None, **details: object) -> None:
        super().__init__(messages.text(reason, "en-US", details))
        self.reason = reason
        self.code = code or _CODE_OF.get(reason, "General")
        self.details = details

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS_OF[self.code]

    def text(self, language: str) -> str:
        """The message in one of `messages.LANGUAGES`."""
        return messages.text(self.reason, language, self.details)
