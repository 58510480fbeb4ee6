"""Every answer of Jira that is no success, as one of our troubles (contract jira-rest, section 4).

| status                | trouble                                                          |
|-----------------------|------------------------------------------------------------------|
| 400, 422, other 4xx   | of the record or the configuration, as the purpose and fields say |
| 401, 403, 410         | ConfigurationTrouble                                             |
| 404                   | as the purpose says; a web page: ConfigurationTrouble            |
| 408, 409, 425, 503    | TransientTrouble: nothing was done                               |
| 413                   | RecordTrouble: the issue is full, for good                       |
| 429                   | Throttled                                                        |
| other 5xx, unreadable | TransientTrouble for reads, UncertainOutcome for writes          |
"""

from __future__ import annotations

from collections.abc import Mapping

from plugin.jira.complaints import Complaint, sentence
from plugin.jira.field_errors import refusal_of_fields
from plugin.jira.purpose import Blame, Purpose
from plugin.jira.throttling import throttled
from sage_adapters.errors import (
    ConfigurationTrouble,
    ConnectionTrouble,
    RecordTrouble,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)
from sage_adapters.http import Reply

_NOT_DONE = {
    408: "Jira gave up waiting for our request",
    409: "Somebody else was changing the same thing at that moment",
    425: "Jira was not ready for our request",
    503: "Jira is not available at the moment",
}
_BY_ITSELF = "Counterfoil tries again by itself; if it lasts, look at status.atlassian.com."


def trouble_of(reply: Reply, purpose: Purpose, *, reading: bool) -> Trouble:
    """The trouble for a whole answer. `reading` says that the request changed nothing."""
    return _trouble(reply.status, Complaint.of(reply), reply.headers, purpose, reading)


def trouble_of_element(status: int, complaint: Complaint, purpose: Purpose) -> Trouble:
    """The trouble for one element of a bulk write, which has a status and a complaint of its own."""
    return _trouble(status, complaint, {}, purpose, reading=False)


def unreadable(reply: Reply, purpose: Purpose, *, reading: bool) -> Trouble:
    """The trouble for a success whose body is not what Jira would send."""
    said = Complaint.of(reply)
    got = f"Jira answered {reply.status}, but not with its data. {said.words}".rstrip()
    if reading:
        return TransientTrouble(purpose.tried, got, _BY_ITSELF, "jira.unreadable")
    return UncertainOutcome(
        purpose.tried,
        got,
        "It may have been done: Jira is asked before anything is sent again.",
        "jira.unreadable",
    )


def _trouble(status: int, complaint: Complaint, headers: Mapping[str, str], purpose: Purpose, reading: bool) -> Trouble:
    if status == 429:
        return throttled(headers, purpose)
    if status in _NOT_DONE:
        got = _got(status, _NOT_DONE[status], complaint)
        return TransientTrouble(purpose.tried, got, _BY_ITSELF, f"jira.status-{status}")
    if status >= 500:
        return _failed(status, complaint, purpose, reading)
    if status in (401, 403):
        return _not_allowed(status, complaint, purpose)
    if status == 413:
        return RecordTrouble(
            purpose.tried,
            _got(status, "This issue has reached the most that Jira keeps of these", complaint),
            "Jira does not lift this limit: continue on another issue, or delete some on this one.",
            "jira.issue-full",
        )
    return _refused(status, complaint, purpose)


def _failed(status: int, complaint: Complaint, purpose: Purpose, reading: bool) -> Trouble:
    got = _got(status, "Jira failed inside", complaint)
    if reading:
        return TransientTrouble(purpose.tried, got, _BY_ITSELF, f"jira.status-{status}")
    # Jira can fail after the issue is saved, in what it does next.
    return UncertainOutcome(
        purpose.tried,
        got,
        "It may have been done: Jira is asked before anything is sent again.",
        f"jira.status-{status}",
    )


def _not_allowed(status: int, complaint: Complaint, purpose: Purpose) -> ConfigurationTrouble:
    if complaint.speaks_of("scope"):
        return ConfigurationTrouble(
            purpose.tried,
            _got(status, f"Counterfoil was not granted the scope {purpose.scope}", complaint),
            "Approve the app's new permissions under Apps > Manage apps, or connect the site again.",
            "jira.scope",
        )
    if status == 401:
        return ConnectionTrouble(
            purpose.tried,
            _got(status, "Jira did not accept our credentials", complaint),
            "The app was uninstalled from this site, or its credentials were replaced or have expired: "
            "install it again, or give a new API token.",
            "jira.unauthorised",
        )
    return ConfigurationTrouble(
        purpose.tried,
        _got(status, "Jira does not allow this to Counterfoil", complaint),
        f"It needs the scope {purpose.scope} and {purpose.scope.besides}.",
        "jira.forbidden",
    )


def _refused(status: int, complaint: Complaint, purpose: Purpose) -> Trouble:
    if complaint.page:
        return ConnectionTrouble(
            purpose.tried,
            _got(status, "What answered was not Jira's interface for programs", complaint),
            "Open the site in a browser: it may be suspended, renamed, or its address may be wrong.",
            "jira.no-site",
        )
    if status == 410:
        return ConfigurationTrouble(
            purpose.tried,
            _got(status, "Jira no longer offers this", complaint),
            "Update Counterfoil to a version that uses what replaced it.",
            "jira.removed",
        )
    if complaint.fields:
        return refusal_of_fields(complaint, purpose)
    # A 404 speaks of permissions too, because Jira does not tell what is missing from what is hidden.
    if status == 400 and complaint.speaks_of("permission"):
        return ConfigurationTrouble(
            purpose.tried,
            _got(status, "Jira does not allow this to Counterfoil", complaint),
            "Give the app's user the permission that Jira names, in the project's permission scheme.",
            "jira.forbidden",
        )
    kind = ConfigurationTrouble if purpose.blame is Blame.CONFIGURATION else RecordTrouble
    if status == 404:
        return kind(
            purpose.tried,
            _got(status, "Jira has no such thing, or does not let Counterfoil see it", complaint),
            "Check that it was not deleted and that the app's user may see it.",
            "jira.not-found",
        )
    return kind(
        purpose.tried,
        _got(status, "Jira refused the request", complaint),
        _RESTORE if purpose.blame is Blame.CONFIGURATION else _CORRECT,
        "jira.refused",
    )


_CORRECT = "Correct what Jira names; if it is unclear, keep this message for support."
_RESTORE = (
    "If the project was archived, restore it, or choose another one; "
    "and check that Counterfoil may create issues there."
)


def _got(status: int, words: str, complaint: Complaint) -> str:
    return " ".join(filter(None, [sentence(f"{words} ({status})"), complaint.words]))
