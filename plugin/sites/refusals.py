"""Why a request is turned away: a stable reason for logs and counts, a status, and a sentence for the reader."""

from __future__ import annotations

from enum import Enum

_REOPEN = "Reload the page in Jira. If it stays, ask a Jira administrator to reinstall the app."
_UNPROVEN = f"Counterfoil could not verify that this request comes from your Jira site. {_REOPEN}"
_UNSIGNED = "Counterfoil takes this webhook only with the secret that its page Webhooks has shown. Enter it in Jira."
_EXPIRED = "This page was opened too long ago. Reload it in Jira."
_OFF = "Counterfoil is not switched on for this Jira site. A Jira administrator can switch it on in Manage apps."
_SIGN_IN = "Sign in to Jira to see this."
_ADMINISTRATORS_ONLY = "Only Jira administrators can do this. Ask one of them, or for the Administer Jira permission."
_ISSUE_HIDDEN = "You have no permission to see this issue in Jira, so what belongs to it is not shown either."
_JIRA_SILENT = "Jira did not tell whether you may do this, so it was not done. Try again in a minute."
_UNUSABLE = "The message could not be used. It is refused, and nothing was stored."


class Reason(Enum):
    """Each is a distinct log reason and metric label (its value)."""

    NO_TOKEN = ("no-token", 401, _UNPROVEN)
    SEVERAL_TOKENS = ("several-tokens", 401, _UNPROVEN)
    WRONG_METHOD = ("wrong-method", 401, _UNPROVEN)
    UNREADABLE_TOKEN = ("unreadable-token", 401, _UNPROVEN)
    WRONG_ALGORITHM = ("wrong-algorithm", 401, _UNPROVEN)
    MISSING_CLAIM = ("missing-claim", 401, _UNPROVEN)
    EXPIRED = ("expired", 401, _EXPIRED)
    NOT_YET_VALID = ("not-yet-valid", 401, _UNPROVEN)
    WRONG_SIGNATURE = ("wrong-signature", 401, _UNPROVEN)
    WRONG_AUDIENCE = ("wrong-audience", 401, _UNPROVEN)
    WRONG_REQUEST = ("wrong-request", 401, _UNPROVEN)
    """The token was made for another method, path or query, or for another kind of route."""
    UNKNOWN_SITE = ("unknown-site", 401, _UNPROVEN)
    SITE_OFF = ("site-off", 401, _OFF)
    BAD_KEY_ID = ("bad-key-id", 401, _UNPROVEN)
    UNKNOWN_KEY = ("unknown-key", 401, _UNPROVEN)
    KEY_HOSTS_SILENT = ("key-hosts-silent", 401, _UNPROVEN)
    OTHER_SITE = ("other-site", 401, _UNPROVEN)
    """The body speaks of another site than the token's."""
    OTHER_APP = ("other-app", 401, _UNPROVEN)
    OTHER_EVENT = ("other-event", 401, _UNPROVEN)
    NO_SIGNATURE = ("no-signature", 401, _UNSIGNED)
    """A webhook that an administrator set up, without the secret."""
    UNREADABLE_BODY = ("unreadable-body", 400, _UNUSABLE)
    BAD_ADDRESS = ("bad-address", 400, _UNUSABLE)
    NOT_SIGNED_IN = ("not-signed-in", 403, _SIGN_IN)
    NOT_ADMINISTRATOR = ("not-administrator", 403, _ADMINISTRATORS_ONLY)
    ISSUE_HIDDEN = ("issue-hidden", 403, _ISSUE_HIDDEN)
    JIRA_SILENT = ("jira-silent", 503, _JIRA_SILENT)

    def __init__(self, label: str, status: int, sentence: str) -> None:
        self.label = label
        self.status = status
        self.sentence = sentence


class Refused(Exception):
    """A request that is not served. `detail` is for the operator's log: our own words, never a token or secret."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.label, detail)
        self.reason = reason
        self.detail = detail
