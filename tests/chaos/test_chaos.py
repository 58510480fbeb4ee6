"""Promises 1 to 6 under fire, in both directions: `scripts/chaos` as an operator runs it, shorter."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from scripts.storm.verdict import MUST_BE_ZERO

LONGEST_SECONDS = 900
RUN = 'runpy.run_module("scripts.storm", run_name="__main__", alter_sys=True)'
SENDS_AGAIN_WITHOUT_ASKING = f"""
import runpy, sys
from plugin.integrations.issues import IssueTarget
IssueTarget.find = lambda self, deliveries, after: {{}}
{RUN}
"""
PAYS_WITHOUT_LOOKING = f"""
import runpy, sys
from plugin.integrations.sage300_jira.actions import paying
from plugin.integrations.sage300_jira.actions.paying import Paying
from sage_adapters.sage300.payments import find_payment_batches
Paying.carry_out = lambda self, task: self._bring_on(task, self._enter(task))
Paying.own_batch = lambda self, wish: max(
    find_payment_batches(self._client, paying.batch_key(wish)), key=lambda batch: batch.number, default=None
)
Paying._see_others = lambda self, wish, own: None
{RUN}
"""
COMMENTS_WITHOUT_LOOKING = f"""
import runpy, sys
from plugin.integrations.issue_comments import IssueComments
IssueComments.find = lambda self, deliveries, after: {{}}
IssueComments._last_said = lambda self, delivery: None
{RUN}
"""
KILLED_AND_UNANSWERED = {
    "before a call", "after a call", "before a commit", "after a commit", "without a reply to a call",
}  # fmt: skip


def chaos(*options, program=("-m", "scripts.storm")):
    """The line it prints last, and its exit status."""
    done = subprocess.run(
        [sys.executable, *program, *options], capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )
    assert done.stdout, f"It said nothing but:\n{done.stderr[-3000:]}"
    return json.loads(done.stdout.splitlines()[-1]), done.returncode, done.stderr


@pytest.mark.timeout(LONGEST_SECONDS)
def test_a_storm_of_kills_faults_and_people_leaves_nothing_lost_doubled_or_untrue():
    line, status, told = chaos("--seconds", "25", "--seed", "7", "--documents", "120")
    assert line["ok"], f"{line}\n{told}"
    assert status == 0
    assert {name: line[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0)
    for deeds in ("kills", "faults", "edits", "moves", "wishes", "approved", "comments"):
        assert line[deeds] > 0, f"{deeds}: {line}"
    assert line["documents"] >= 100, "a comparison of nothing would agree"


@pytest.mark.timeout(LONGEST_SECONDS)
def test_a_worker_struck_at_its_calls_and_commits_is_made_up_for_each_time():
    line, status, told = chaos("--systematic", "--every", "23")
    assert line["ok"], f"{line}\n{told}"
    assert status == 0
    assert set(line["points"]) == {
        "creations", "changes", "lost replies", "purchases", "an approval", "a posting", "a payment"
    }  # fmt: skip
    assert {kind for scene in line["points"].values() for kind in scene} == KILLED_AND_UNANSWERED
    assert line["approved"] > 0
    assert line["paid"] > 0


@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.parametrize(
    ("scene", "every", "program", "count", "words"),
    [
        ("creations", "5", SENDS_AGAIN_WITHOUT_ASKING, "duplicated", "has 2 issues"),
        ("a payment", "9", PAYS_WITHOUT_LOOKING, "paid_twice", "is paid by several batches of ours"),
        ("a posting", "2", COMMENTS_WITHOUT_LOOKING, "told_twice", "has the same comment about"),
    ],
    ids=["issues", "payments", "comments"],
)
def test_an_engine_that_does_again_what_it_has_done_is_found_out(scene, every, program, count, words):
    line, status, told = chaos("--systematic", "--every", every, "--scene", scene, program=("-c", program))
    assert line[count] > 0, f"{line}\n{told}"
    assert status == 1
    assert words in told
    kept = re.search(r"kept in (\S+)", told)
    assert kept, "what failed keeps its folder"
    shutil.rmtree(kept[1])
