"""What a storm is made of: decisions that come again with their seed, and an eye for planted secrets."""

from __future__ import annotations

import base64
import sqlite3
import zlib
from itertools import islice

import pytest

from scripts.storm import faults, plan
from scripts.storm.canaries import Canaries
from scripts.storm.faults import LONGEST_SECONDS
from scripts.storm.stage import UNCERTAIN_WAIT_SECONDS

LANES = (plan.kills, plan.weather, plan.edits, plan.nuisances, plan.moves, plan.moods)
SECRET = "CANARY0123456789"
KEY = base64.b64encode(bytes(range(32))).decode()


def first(lane, seed):
    return list(islice(lane(seed), 200))


@pytest.mark.parametrize("lane", LANES)
def test_a_seed_makes_the_same_decisions_again_and_another_one_others(lane):
    assert first(lane, 4) == first(lane, 4)
    assert first(lane, 4) != first(lane, 5)


def test_every_kind_of_trouble_comes_on_both_systems():
    ordered = {(front.system, fault["kind"]) for _, front in first(plan.weather, 1) for fault in front.faults}
    kinds = {"status", "html", "slow", "timeout", "reset", "lost_reply", "truncate", "throttle"}
    assert ordered == {(system, kind) for system in ("sage300", "jira") for kind in kinds}
    assert {each.kind for _, each in first(plan.nuisances, 1)} == set(plan.TROUBLES)
    assert {each.victim for _, each in first(plan.kills, 1)} == set(plan.VICTIMS)
    assert {each.kind for _, each in first(plan.moods, 1)} == set(plan.MOODS)
    assert {each.action for _, each in first(plan.moves, 1)} == set(plan.MOVES)


def test_replies_get_lost_to_all_that_is_written_in_both_systems():
    fronts = [front for _, front in islice(plan.weather(1), 2000)]
    lost = {
        (fault["match"]["method"], fault["match"]["path"])
        for front in fronts
        for fault in front.faults
        if fault["kind"] == "lost_reply"
    }
    assert {*faults.WRITES["jira"], *faults.WRITES["sage300"]} <= lost


def test_nothing_takes_effect_later_than_an_uncertain_document_waits():
    assert LONGEST_SECONDS < UNCERTAIN_WAIT_SECONDS


@pytest.fixture
def canaries():
    return Canaries({"password": SECRET, "key": KEY})


@pytest.mark.parametrize(
    "text",
    [
        f'{{"event": "sent {SECRET}"}}'.encode(),
        SECRET.lower().encode(),
        b"\x00\x01" + zlib.compress(f"job({SECRET!r})".encode()),
        base64.b64encode(zlib.compress(f"Traceback: {SECRET}".encode())),
    ],
    ids=["plain", "lower case", "a packed job", "a packed and encoded result"],
)
def test_a_planted_secret_is_seen_in_every_dress(canaries, text):
    assert canaries.found_in("the log", text) == ["The password is in the log."]


@pytest.mark.parametrize("form", [KEY.encode(), bytes(range(32)), bytes(range(32)).hex().encode()])
def test_a_key_is_seen_as_text_and_as_bytes(canaries, form):
    assert canaries.found_in("a file", b"..." + form) == ["The key is in a file."]


def test_secrets_in_files_are_told_by_their_place_and_those_of_the_mocks_are_theirs(canaries, tmp_path):
    connection = sqlite3.connect(tmp_path / "store.sqlite3")
    with connection:
        connection.execute("CREATE TABLE rows (said TEXT)")
        connection.execute("INSERT INTO rows VALUES (?)", [f"user:{SECRET}"])
    connection.close()
    (tmp_path / "jira.log").write_text(SECRET)
    (tmp_path / "web.log").write_text("nothing to see")
    assert canaries.in_files(tmp_path) == ["The password is in store.sqlite3."]
