"""What came of an approval or a payment, told on the issue to whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_servers import jira
from mock_servers.sage300 import Sage300Mock, Seed
from plugin.integrations.own_ledger import LedgerSource, OwnLedger, begins
from plugin.integrations.sage300_jira.actions.ledgers import Ledgers
from plugin.integrations.sage300_jira.actions.outcome import Outcome as CameTo
from plugin.integrations.sage300_jira.actions.outcome import State
from plugin.integrations.sage300_jira.actions.settings import Action, ActionSettings
from plugin.integrations.sage300_jira.actions.source import WishSource
from plugin.integrations.sage300_jira.actions.wishes import Asked, wish
from plugin.integrations.sage300_jira.outcomes import Outcomes
from plugin.integrations.sage300_jira.outcomes_comment import OutcomeComments
from plugin.store.database import Database
from plugin.store.models import LedgerEntry
from plugin.sync import failures
from plugin.sync.documents import Delivery, Found, Outcome, Payload, Refused, Settled
from plugin.sync.run import Ending
from sage_adapters.errors import RecordTrouble
from tests.contract.checked_jira import checked_jira
from tests.contract.jira_openapi import SPEC
from tests.integrations.comments_desk import Desk, Died, Interrupted, die
from tests.integrations.office import Json, jira_site, sage300

if not SPEC.exists():
    pytest.skip("Atlassian's OpenAPI is not at hand", allow_module_level=True)

COMMENT, TRANSITIONS = r"/issue/\d+/comment$", r"/issue/\d+/transitions$"
INVOICE = "sage300:SAMLTD:1200:invoice:P-1"
PAID = "Paid in Sage 300: batch 83, entry 1, USD 108.25 from SEATAC."
MOVES = {"pay": {"done_status": {"id": "10004", "name": "Done"}, "refused_status": {"id": "3", "name": "In review"}}}


@dataclass
class Sage300:
    """A target of actions that comes to what a test wants: an outcome, or a refusal."""

    ledgers: Ledgers
    comes_to: CameTo | RecordTrouble
    system: str = "sage300"
    creations_per_call: int = 1
    updates_per_call: int = 1
    series: Sequence[str] = field(default=())

    def check(self) -> None: ...

    def payload(self, content: Json, corrections: Json) -> Payload:
        return Payload.of({"wish": content["wish"]})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        (delivery,) = deliveries
        if isinstance(self.comes_to, RecordTrouble):
            return [Refused(self.comes_to)]
        self.ledgers.note(delivery, outcome=self.comes_to.to_json())
        return [Settled("PY83-1", "PY83-1")]

    update = create

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        return {}


class Counter(Desk):
    """Where people ask for payments on the issue of the invoice P-1, and are told what came of them."""

    settings: Json

    def ask(self, number: int = 1, action: Action = "pay") -> None:
        invoice = next(entry for entry in self.entries("invoices") if entry.document_key == INVOICE)
        asked = Asked(
            action, INVOICE, invoice.target_id or "", invoice.target_key or "", self.finn, "Finn Finance",
            datetime.now(UTC), "transition", str(number),
        )  # fmt: skip
        with self.writing() as session:
            wish(session, self.stream("actions"), asked)

    def act(self, comes_to: CameTo | RecordTrouble) -> None:
        ledgers = Ledgers(self.database, self.site_id, self.integration_id, self.streams["actions"])
        self.pass_("actions", WishSource(), Sage300(ledgers, comes_to))

    def tell(self, target: Any = None) -> Ending:
        actions = OwnLedger(self.database, self.site_id, self.streams["actions"])
        retelling = Outcomes(ActionSettings.of(self.settings))
        source = LedgerSource("sage300", actions, retelling, begins(self.stream("outcomes")))
        return self.pass_("outcomes", source, target or self.target())

    def target(self) -> Any:
        return self.comments_target("outcomes", OutcomeComments())

    def settle(self) -> None:
        while self.tell().again or self.only("outcomes").state != "settled":
            pass

    @property
    def finn(self) -> str:
        users: list[Json] = self.jira.mock.state("users")["users"]
        return next(str(user["account_id"]) for user in users if user["name"] == "Finn Finance")

    @property
    def key(self) -> str:
        return self.issues.keys["P-1"]

    @property
    def told(self) -> list[str]:
        return self.thread(self.key)

    @property
    def status(self) -> str:
        return str(self.issue(self.key)["status"])


@pytest.fixture
def counter(database: Database, serve_mock: Callable[..., Any]) -> Iterator[Counter]:
    site = serve_mock(jira.create())
    with checked_jira(site):
        desk = Counter(database, jira_site(site), sage300(serve_mock(Sage300Mock(seeded=Seed(invoices=1)))))
        desk.settings = {}
        desk.set_up("invoices", "posted", "vendors", "actions", "outcomes")
        desk.clerk("vendor", "enter", number="1200", name="Chloride Systems")
        desk.enter("P-1")
        desk.poll_invoices()
        yield desk


def paid(state: State = State.POSTED, said: str = PAID) -> CameTo:
    return CameTo(state, 83, 1, said)


def refused(got: str = "Vendor 1200 is on hold in Sage 300.") -> RecordTrouble:
    return RecordTrouble("P-1 was to be paid.", got, "Release the vendor, then ask again.", "actions.held")


def test_a_payment_is_told_once_to_the_person_who_asked_for_it(counter: Counter) -> None:
    counter.ask()
    counter.tell()
    assert counter.told == [], "nothing has come of it yet"
    counter.act(paid())
    counter.tell()
    counter.tell()
    assert counter.told == [f"Counterfoil: paid.\n{PAID}\n@Finn Finance asked for this."]
    (comment,) = counter.jira.journal("POST", COMMENT)
    assert f'"id": "{counter.finn}"' in comment["body"], "a mention, so that Jira tells him"


def test_a_refusal_is_told_in_its_three_sentences(counter: Counter) -> None:
    counter.ask()
    counter.act(refused())
    counter.tell()
    (comment,) = counter.told
    assert comment.splitlines() == [
        "Counterfoil: not paid.",
        "P-1 was to be paid.",
        "Vendor 1200 is on hold in Sage 300.",
        "Release the vendor, then ask again.",
        "@Finn Finance asked for this.",
    ]


@pytest.mark.parametrize(
    ("action", "state", "head"),
    [
        ("approve", State.WAITING, "approved, and waits for others"),
        ("approve", State.READY, "approved"),
        ("pay", State.ENTERED, "payment entered"),
        ("pay", State.READY, "payment ready to post"),
    ],
)
def test_what_is_left_to_people_is_not_told_as_done(counter: Counter, action: Action, state: State, head: str) -> None:
    counter.ask(action=action)
    counter.act(paid(state, "Somebody in Sage 300 goes on."))
    counter.tell()
    (comment,) = counter.told
    assert comment.splitlines()[:2] == [f"Counterfoil: {head}.", "Somebody in Sage 300 goes on."]


def test_each_outcome_is_told_in_a_comment_of_its_own(counter: Counter) -> None:
    counter.ask(1)
    counter.act(refused())
    counter.tell()
    counter.ask(2)
    counter.act(refused())
    counter.tell()
    counter.ask(3)
    counter.act(paid())
    counter.tell()
    assert [comment.splitlines()[0] for comment in counter.told] == [
        "Counterfoil: not paid.",
        "Counterfoil: not paid.",
        "Counterfoil: paid.",
    ]


def test_a_refusal_that_is_replayed_in_vain_is_told_once_and_one_that_ends_otherwise_again(counter: Counter) -> None:
    counter.ask()
    counter.act(refused())
    counter.tell()
    replay = LedgerEntry.kind == "pay"
    failures.replay(counter.writing, replay, failures.Decision("ada"))
    counter.act(refused())
    counter.tell()
    assert len(counter.told) == 1
    failures.replay(counter.writing, replay, failures.Decision("ada"))
    counter.act(paid())
    counter.tell()
    assert counter.told[1].startswith("Counterfoil: paid.")


def test_who_asks_for_what_is_done_already_is_told_so(counter: Counter) -> None:
    counter.ask(1)
    counter.act(paid())
    counter.tell()
    counter.ask(2)
    counter.act(paid())
    counter.tell()
    counter.ask(2)
    counter.tell()
    assert counter.told[1:] == [f"Counterfoil: paid already; nothing more was done.\n{PAID}"]


def test_the_issue_moves_to_the_status_that_is_configured_for_the_end(counter: Counter) -> None:
    counter.settings = MOVES
    counter.ask(1)
    counter.act(refused())
    counter.tell()
    assert counter.status == "In review"
    counter.ask(2)
    counter.act(paid())
    counter.tell()
    assert (counter.status, len(counter.told)) == ("Done", 2)


def test_an_approval_that_waits_for_others_moves_no_issue(counter: Counter) -> None:
    counter.settings = {"approve": MOVES["pay"]}
    counter.ask(action="approve")
    counter.act(paid(State.WAITING))
    counter.tell()
    assert (counter.status, len(counter.told)) == ("Open", 1)


def test_an_issue_stays_where_no_transition_leads_on(counter: Counter) -> None:
    counter.settings = {"pay": {"done_status": {"id": "10002", "name": "Paid"}}}
    counter.ask()
    counter.act(paid())
    counter.tell()
    assert (counter.status, len(counter.told)) == ("Open", 1)
    assert counter.only("outcomes").state == "settled"


def test_where_people_have_moved_the_issue_afterwards_it_stays(counter: Counter) -> None:
    counter.settings = MOVES
    counter.ask()
    counter.act(paid())
    counter.tell()
    counter.jira.act("issue", "transition", key=counter.key, to="Open")
    with counter.writing() as session:
        session.query(LedgerEntry).filter(LedgerEntry.kind == "outcome").update(
            {"state": "pending", "payload_hash": None}
        )
    counter.settle()
    assert (counter.status, len(counter.told)) == ("Open", 1)


@pytest.mark.parametrize("kind", ["lost_reply", "reset", "status"])
def test_trouble_at_the_transition_leads_to_no_second_comment_and_the_issue_moves(counter: Counter, kind: str) -> None:
    counter.settings = MOVES
    counter.ask()
    counter.act(paid())
    more = {"status": 503} if kind == "status" else {}
    counter.jira.fault(kind, "POST", TRANSITIONS, **more)
    counter.tell()
    counter.settle()
    assert (counter.status, len(counter.told)) == ("Done", 1)
    assert len(_moves(counter)) == 1


def test_a_lost_reply_to_the_comment_leads_to_no_second_one_and_the_issue_moves_all_the_same(counter: Counter) -> None:
    counter.settings = MOVES
    counter.ask()
    counter.act(paid())
    counter.jira.fault("lost_reply", "POST", COMMENT)
    counter.tell()
    assert counter.only("outcomes").state == "uncertain"
    counter.settle()
    assert (counter.status, len(counter.told)) == ("Done", 1)
    assert len(_moves(counter)) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_at_a_comment_is_made_up_for_without_a_second_one(counter: Counter, moment: str) -> None:
    counter.settings = MOVES
    counter.ask()
    counter.act(paid())
    with pytest.raises(Died):
        counter.tell(Interrupted(counter.target(), "create", moment, die))
    counter.die("outcomes")
    counter.settle()
    assert (counter.status, len(counter.told)) == ("Done", 1)
    assert len(_moves(counter)) == 1


def test_an_issue_without_permission_to_move_it_is_told_once_and_shows_the_trouble(counter: Counter) -> None:
    counter.settings = MOVES
    counter.ask()
    counter.act(paid())
    counter.jira.fault("status", "POST", TRANSITIONS, status=403, times=100)
    counter.tell()
    assert counter.tell().trouble is not None
    assert len(counter.told) == 1
    counter.jira.recover()
    counter.settle()
    assert (counter.status, len(counter.told)) == ("Done", 1)


def _moves(counter: Counter) -> Sequence[Json]:
    """The times that the issue has come to the status Done."""
    with counter.jira.mock.lock:
        issue = counter.jira.mock.site.find_issue(counter.key)
        return [item for change in issue.history for item in change.items if item.after == "10004"]
