"""What can go wrong outside, sorted by what the caller should do about it.

| the outside said or did                           | raise                | the caller then               |
|---------------------------------------------------|----------------------|-------------------------------|
| wrong address, credentials, certificate           | ConnectionTrouble    | stops all work on that system |
| a right, a setting or a field is missing          | ConfigurationTrouble | stops, tells an administrator |
| this one document is refused or malformed         | RecordTrouble        | parks the document, goes on   |
| too many requests                                 | Throttled            | waits as told                 |
| down, unreachable, slow; nothing can have changed | TransientTrouble     | tries again later             |
| a write may or may not have happened              | UncertainOutcome     | asks the system, never resends|
"""

from __future__ import annotations


class Trouble(Exception):
    """Base of all five. Read by people, so it carries three sentences.

    `tried` says what we attempted, `got` what came back, `remedy` what a person should do.
    `code` is a short stable slug ("sage300.windows-auth") by which equal troubles are grouped.
    None of them ever holds a secret. Instances survive pickling.
    """

    def __init__(self, tried: str, got: str, remedy: str, code: str) -> None:
        super().__init__(tried, got, remedy, code)
        self.tried = tried
        self.got = got
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        return " ".join(sentence for sentence in (self.tried, self.got, self.remedy) if sentence)


class ConfigurationTrouble(Trouble):
    """An administrator must change something; the same request would fail for ever."""


class ConnectionTrouble(ConfigurationTrouble):
    """Whatever is asked over this connection would fail alike, so that nothing else needs to be tried over it."""


class RecordTrouble(Trouble):
    """Only the document at hand is affected; others can go on."""


ONE_DOCUMENT = "issue-writes"
A_MOMENT = "burst"
EVERY_SITE = "quota-global"


class Throttled(Trouble):
    """The system asks for fewer requests.

    `retry_after` is in seconds, None when the system did not say. `scope` names what shares the limit, so that all
    workers can hold back together: ONE_DOCUMENT, the calls of A_MOMENT, those of EVERY_SITE; any other scope, for
    example "sage300:SAMLTD", is that of the whole connection.
    """

    def __init__(self, tried: str, got: str, remedy: str, code: str, retry_after: float | None, scope: str) -> None:
        super().__init__(tried, got, remedy, code)
        self.args = (tried, got, remedy, code, retry_after, scope)
        self.retry_after = retry_after
        self.scope = scope


class TransientTrouble(Trouble):
    """The system could not answer now, and nothing was changed there."""


class UncertainOutcome(Trouble):
    """A write was sent and its reply lost: it may have taken effect."""
