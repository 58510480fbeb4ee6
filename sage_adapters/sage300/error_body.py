"""The shapes in which Sage 300, ASP.NET and IIS say no, reduced to one.

Contract sage300, section 6: the Web API's own JSON, ASP.NET's `{"Message": …}`, IIS pages in HTML, nothing at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from sage_adapters.http import Reply

LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """`code` is Sage's own, "" where there is none; `text` what was said, on one line; `html` tells an IIS page."""

    code: str
    text: str
    html: bool

    @classmethod
    def of(cls, reply: Reply) -> ErrorBody:
        raw = reply.body.decode("utf-8", "replace").strip()
        if reply.content_type == "text/html" or raw[:1] == "<":
            return cls("", _one_line(re.sub(r"(?is)<(style|script).*?</\1>|<[^>]+>", " ", raw)), True)
        try:
            found = json.loads(raw) if raw else {}
        except ValueError:
            return cls("", _one_line(raw), False)
        return cls(*_spoken(found), False)


def retry_after(reply: Reply, now: float) -> float | None:
    """Seconds to wait, from a header that Sage does not document but a proxy may send; None without one."""
    value = reply.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (TypeError, ValueError):
        return None


def _spoken(found: Any) -> tuple[str, str]:
    if not isinstance(found, dict):
        return "", _one_line(str(found))
    error = found.get("error") or found.get("odata.error")
    if not isinstance(error, dict):
        detail = found.get("MessageDetail") or found.get("ExceptionMessage") or ""
        return "", _one_line(f"{found.get('Message') or found.get('message') or ''} {detail}")
    message = error.get("message", "")
    text = message.get("value", "") if isinstance(message, dict) else message
    return str(error.get("code") or ""), _one_line(str(text))


def _one_line(text: str) -> str:
    """Sage's messages have several lines, some of them pages long."""
    joined = " ".join(text.split())
    return joined if len(joined) <= LONGEST_QUOTE else joined[: LONGEST_QUOTE - 1] + "…"
