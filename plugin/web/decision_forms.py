"""What people type when they decide about a failed document."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields

from plugin.web.forms import Form

LONGEST_REASON = 500
NO_KEY = "Enter the issue's key, like AP-42."
_UNWRITABLE = {"Cc", "Cs"}
"""Control characters, and halves of characters, which no database keeps."""


def _reason(text: str) -> None:
    if len(text) > LONGEST_REASON:
        raise ValidationError(f"At most {LONGEST_REASON} characters.")
    if any(unicodedata.category(each) in _UNWRITABLE for each in text):
        raise ValidationError("Write it on one line, in ordinary characters.")


def _given(text: str) -> None:
    if not text:
        raise ValidationError("Say why: the audit trail keeps it.")


class ReplayForm(Form):
    """Trying again needs no reason."""

    reason = fields.String(load_default="", validate=_reason)


class DecisionForm(Form):
    """A decision with its reason."""

    reason = fields.String(load_default="", validate=(_given, _reason))


class CorrectionForm(DecisionForm):
    """What goes with corrected values, which are read by attribute. `version` is of the document that was shown."""

    class Meta:
        unknown = EXCLUDE

    version = fields.Integer(required=True)


class LinkForm(DecisionForm):
    """`key` is the issue with which the document was compared."""

    key = fields.String(required=True)


class IssueKey(fields.String):
    """An issue by its key, or by an address that ends with it."""

    def _deserialize(self, value: Any, *arguments: Any, **options: Any) -> str:
        text: str = super()._deserialize(value, *arguments, **options) or ""
        found = re.search(r"(?:^|/)([A-Za-z][A-Za-z0-9_]{0,79}-[0-9]{1,15})/?$", text)
        if found is None:
            raise ValidationError(NO_KEY)
        return found[1].upper()


class IssueForm(Form):
    """Which issue stands for the document."""

    key = IssueKey(required=True, error_messages={"required": NO_KEY})
