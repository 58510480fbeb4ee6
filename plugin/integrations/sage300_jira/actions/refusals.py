"""Why an action is refused, or goes on later, as troubles that people read."""

from __future__ import annotations

from plugin.integrations.sage300_jira.actions.wish import Wish
from sage_adapters.errors import ONE_DOCUMENT, RecordTrouble, Throttled

ASK_AGAIN = "Then ask for it again."


def refused(wish: Wish, code: str, got: str, remedy: str) -> RecordTrouble:
    """Nothing was done for this wish, or nothing more. `code` begins with "actions."."""
    return RecordTrouble(wish.tried, got, remedy, code)


def later(wish: Wish, code: str, got: str, seconds: float) -> Throttled:
    """This action goes on by itself after a while; others need not wait for it."""
    return Throttled(
        wish.tried, got, "Nothing to do: it goes on by itself.", code, retry_after=seconds, scope=ONE_DOCUMENT
    )


def is_later(trouble: Throttled) -> bool:
    """Told from a limit on requests, which holds for the whole connection."""
    return trouble.scope == ONE_DOCUMENT


def with_advice(trouble: RecordTrouble, advice: str) -> RecordTrouble:
    """The same refusal, and what is to be done about something that stands in Sage 300."""
    return RecordTrouble(trouble.tried, trouble.got, f"{trouble.remedy} {advice}", trouble.code)
