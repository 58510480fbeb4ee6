"""What every trouble must come to: told in the run and the pages, nothing lost or doubled, healed by the next poll."""

from __future__ import annotations

from collections.abc import Callable

from plugin.store.models import Run
from tests.integrations.agreement import assert_in_step, issues_by_document
from tests.integrations.office import Office

Act = Callable[[Office], object]
ALWAYS = 1000
BULK = "/issue/bulk$"
ISSUE = r"/rest/api/3/issue/\d+$"
STANDS, WAITS = "stands still", "is waiting"
LEFT_ALONE = (
    "has not answered since",
    "has asked Counterfoil to wait since",
    "has turned Counterfoil away since",
    "lets Counterfoil call no site for now",
)
"""What the overview says instead when it is a whole system that is in trouble."""


def change_both_ways(office: Office) -> None:
    """A new document and a changed one: what trouble must neither lose nor double."""
    office.invoice("NEW-1")
    office.clerk("invoice", "edit", vendor="1200", number="OLD-1", amount="111.00")


def assert_told(office: Office, run: Run, *words: str) -> None:
    """The run says what happened and what to do, and so do the overview and the activity."""
    assert run.state == "stopped"
    assert run.trouble is not None
    overview, activity = office.page("overview"), office.page("activity")
    for sentence in (run.trouble["got"], run.trouble["remedy"], *words):
        assert sentence in overview
        assert sentence in activity
    own = f"to Jira {STANDS if run.trouble['kind'] == 'configuration' else WAITS}"
    assert any(words in overview for words in (own, *LEFT_ALONE))
    assert "othing is lost." in overview


def assert_heals(office: Office) -> None:
    """The next poll that the schedule brings puts everything right, and the pages no longer complain."""
    run = office.poll()
    assert (run.state, run.trouble) == ("done", None)
    assert_in_step(office)
    assert office.stream().trouble is None
    overview = office.page("overview")
    assert not [words for words in (STANDS, WAITS, *LEFT_ALONE) if words in overview]
    assert "No failures" in office.page("failures")


def issues_with(office: Office, number: str) -> list[str]:
    return [document for document in issues_by_document(office) if document.endswith(f":{number}")]
