"""A mock Jira under observation: every exchange is judged by Atlassian's OpenAPI while a test runs.

    def test_something(jira_mock):
        with checked_jira(jira_mock) as url:
            ...  # use the mock at `url`, from this process or any other, over any door

When the block ends without an error of its own, it fails with every violation, told once with its count. A violation
is either our client's (`query`, `request`) or the mock's (`answer`). The exchanges are judged in the server's
threads, but nothing is raised there. Where the OpenAPI is not at hand (it lies beside the repository, not in it), the
test is skipped with that reason.

Only `/rest/api/...` is judged, at the site or behind a gateway's `/ex/jira/{cloudId}`: the OpenAPI knows nothing else.
Replies that a fault replaced with the mock's error are judged as answers of a gateway.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.contract.jira_openapi import SPEC, Exchange, JiraOpenApi

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

    from mock_servers.harness.mock import Observer

_REST = re.compile(r"(?:/ex/jira/[^/]+)?(/rest/api/.*)")


@dataclass(frozen=True)
class Difference:
    """A place where the real Jira is known not to keep to its OpenAPI. `pattern` matches the whole violation."""

    pattern: str
    reason: str


DIFFERENCES = (
    Difference(
        r"(getFields|createCustomField) answer 20[01]: .*'untranslatedName' was unexpected.*",
        "The OpenAPI's own sample of a field carries it.",
    ),
    Difference(
        r"bulkFetchIssues answer 200: at \$: .*'expand' was unexpected.*",
        "The OpenAPI's own sample of a bulk fetch carries it.",
    ),
    Difference(
        r"getScreenSchemes answer 200: at \$\.values\[\d+\]\.screens: Tried to read write-only property.*",
        "The schema of a scheme's screens is marked write-only, yet the operation's own sample shows them.",
    ),
    Difference(
        r"(getDynamicWebhooksForApp|refreshWebhooks) answer 200: .*expirationDate.* is not of type 'integer'",
        "The OpenAPI's own samples show a text.",
    ),
    Difference(
        r"getCreateIssueMetaIssueType\w* answer 400: .*",
        "The sample of its refusal carries a field httpStatusCode that no schema has.",
    ),
    Difference(
        r"linkIssues answer 201: content type ''.*",
        "Linking answers 201 with nothing in it (contract jira-rest, section 2).",
    ),
    Difference(
        r".* answer 200: at \$\..*items\[\d+\]\.(from|to|fromString|toString): None .*",
        "A change has null where there was or is no value, as the samples of webhooks show.",
    ),
)


class Served(Protocol):
    """A mock being served, as the harness and its fixtures give it."""

    url: str

    @property
    def mock(self) -> Watchable: ...


class Watchable(Protocol):
    def watch(self, observer: Observer) -> None: ...


@dataclass
class Watch:
    """Collects what is wrong. Violations are counted by their text with positions left out."""

    api: JiraOpenApi
    seen: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    watching: bool = True

    def __call__(self, request: Request, response: Response) -> None:
        rest = _REST.fullmatch(request.path)
        if not self.watching or rest is None:
            return
        self.seen += 1
        # A reply without its body at hand is one that a fault is about to cut short.
        answer = response.get_data() if response.is_sequence else None
        exchange = Exchange(
            method=request.method,
            path=rest.group(1),
            query=request.query_string.decode(),
            content_type=request.headers.get("Content-Type", ""),
            body=request.get_data(),
            status=response.status_code,
            answer_type=response.headers.get("Content-Type", ""),
            answer=answer,
        )
        for violation in self.api.violations(exchange):
            if not any(re.fullmatch(each.pattern, violation, re.DOTALL) for each in DIFFERENCES):
                self.violations[re.sub(r"\[\d+\]", "[*]", violation)] += 1


@contextmanager
def checked_jira(served: Served) -> Iterator[str]:
    """See the module. Yields the mock's address."""
    if not SPEC.exists():
        pytest.skip(f"Atlassian's OpenAPI is not at hand: {SPEC.name} is missing beside the repository.")
    watch = Watch(JiraOpenApi.read())
    served.mock.watch(watch)
    try:
        yield served.url
    finally:
        watch.watching = False
    assert watch.seen, "No request reached the mock: nothing was checked."
    told = "\n".join(f"  {count} x {violation}" for violation, count in watch.violations.most_common())
    assert not watch.violations, f"{len(watch.violations)} kinds of violations of Jira's OpenAPI:\n{told}"
