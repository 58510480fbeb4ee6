"""Which trouble opens the circuit of a system, for how long, and what closes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.sync.circuits import (
    CLOSED,
    FAILURES_TO_OPEN,
    PROBE,
    Contact,
    Doorkeeper,
    Kept,
    Needs,
    State,
    barred_until,
    every_site_until,
    state_after,
)
from sage_adapters.errors import (
    ConfigurationTrouble,
    ConnectionTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    UncertainOutcome,
)
from tests.sync.conftest import trouble

NOW = datetime(2026, 11, 2, 10, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INTERVAL = timedelta(minutes=5)
OPEN = State(FAILURES_TO_OPEN, NOW - 60 * SECOND, NOW - SECOND)


def after(state, met=None, *, answered=False, probed=False):
    return state_after(state, Contact("jira", answered, met), probed=probed, now=NOW, interval=INTERVAL)


def test_it_opens_after_the_third_transient_trouble_in_a_row_and_not_before():
    state = CLOSED
    opened = []
    for _ in range(3):
        state = after(state, trouble(TransientTrouble))
        opened.append(state.opened_at)
    assert opened == [None, None, NOW]
    assert NOW + 10 * SECOND <= state.next_try_at <= NOW + 20 * SECOND


def test_an_answer_in_between_makes_the_count_begin_anew():
    twice = after(after(CLOSED, trouble(TransientTrouble)), trouble(TransientTrouble))
    assert after(after(twice, answered=True), trouble(TransientTrouble)).opened_at is None


def test_each_try_in_vain_waits_longer_and_never_more_than_a_quarter_of_an_hour():
    state, waits = OPEN, []
    for _ in range(12):
        state = after(state, trouble(TransientTrouble), probed=True)
        waits.append(state.next_try_at - NOW)
    assert waits[0] <= 40 * SECOND < waits[2] < waits[5]
    assert max(waits) <= timedelta(minutes=15)
    assert state.opened_at == OPEN.opened_at, "it is told since when the system does not answer"


@pytest.mark.parametrize("kind", [TransientTrouble, ConnectionTrouble])
def test_passes_that_were_under_way_when_it_opened_do_not_make_the_wait_longer(kind):
    assert after(OPEN, trouble(kind)) == OPEN


def test_trouble_of_the_whole_connection_opens_it_at_once_until_the_next_regular_look():
    assert after(CLOSED, trouble(ConnectionTrouble)) == State(0, NOW, NOW + INTERVAL)


@pytest.mark.parametrize("kind", [ConfigurationTrouble, RecordTrouble])
def test_a_refusal_that_concerns_one_stream_or_document_is_an_answer_too(kind):
    assert after(OPEN, trouble(kind), probed=True) == CLOSED


def test_throttled_as_a_whole_opens_it_for_as_long_as_told_and_counts_no_failure():
    until = NOW + 1800 * SECOND
    assert after(CLOSED, trouble(Throttled, retry_after=1800.0, scope="quota-tenant")) == State(0, NOW, until)
    longer = State(0, NOW, until + SECOND)
    assert after(longer, trouble(Throttled, retry_after=60.0, scope="quota-tenant")) == longer


@pytest.mark.parametrize("scope", ["burst", "issue-writes", "quota-global"])
def test_throttled_for_a_moment_one_document_or_every_site_leaves_this_sites_circuit(scope):
    assert after(CLOSED, trouble(Throttled, retry_after=1800.0, scope=scope)) == CLOSED
    assert after(OPEN, trouble(Throttled, retry_after=1800.0, scope=scope), probed=True) == OPEN


def test_an_outcome_that_nobody_knows_and_no_contact_at_all_find_out_nothing():
    assert after(OPEN, trouble(UncertainOutcome), probed=True) == OPEN
    assert after(OPEN, None, probed=True) == OPEN


def test_only_a_limit_that_all_sites_share_pauses_all_of_them():
    assert every_site_until(trouble(Throttled, retry_after=60.0, scope="quota-global"), NOW) == NOW + 60 * SECOND
    assert every_site_until(trouble(Throttled, retry_after=60.0, scope="quota-tenant"), NOW) is None


def test_a_system_that_names_an_absurd_wait_is_asked_again_after_a_day():
    until = after(CLOSED, trouble(Throttled, retry_after=1e15, scope="quota-tenant")).next_try_at
    assert until == NOW + timedelta(days=1)


def test_a_stream_waits_for_the_last_of_the_systems_it_needs_and_for_no_other():
    kept = [
        Kept("connection:1", State(3, NOW, NOW + 5 * SECOND), for_every_site=False),
        Kept("jira", State(0, NOW, NOW + 9 * SECOND), for_every_site=True),
        Kept("connection:2", State(3, NOW, NOW + 99 * SECOND), for_every_site=False),
    ]
    assert barred_until(kept, Needs("connection:1", "jira"), NOW) == NOW + 9 * SECOND
    assert barred_until(kept, Needs("connection:3", "connection:4"), NOW) is None


def test_one_stream_of_a_system_that_may_be_tried_goes_first_and_others_go_on():
    kept = {1: [Kept("connection:1", OPEN, for_every_site=False)], 2: []}
    doorkeeper = Doorkeeper(kept, NOW)
    assert doorkeeper.later(1, Needs("connection:1", "jira")) is None
    assert doorkeeper.later(1, Needs("connection:1", "jira")) == NOW + PROBE
    assert doorkeeper.later(1, Needs("connection:2", "jira")) is None
    assert doorkeeper.later(2, Needs("connection:1", "jira")) is None, "the other site's connection is another one"
