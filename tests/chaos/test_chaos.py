"""Promises 1 to 6 under fire: `scripts/chaos` as an operator runs it, shorter."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

LONGEST_SECONDS = 600
SENDS_AGAIN_WITHOUT_ASKING = """
import runpy, sys
from plugin.integrations.issues import IssueTarget
IssueTarget.find = lambda self, deliveries, after: {}
runpy.run_module("scripts.storm", run_name="__main__", alter_sys=True)
"""


def chaos(*options, program=("-m", "scripts.storm")):
    """The line it prints last, and its exit status."""
    done = subprocess.run(
        [sys.executable, *program, *options], capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )
    assert done.stdout, f"It said nothing but:\n{done.stderr[-3000:]}"
    return json.loads(done.stdout.splitlines()[-1]), done.returncode, done.stderr


@pytest.mark.timeout(LONGEST_SECONDS)
def test_a_storm_of_kills_faults_and_edits_leaves_every_document_in_jira_once():
    line, status, told = chaos("--seconds", "25", "--seed", "7", "--documents", "120")
    assert line["ok"], f"{line}\n{told}"
    assert status == 0
    zeros = ("lost", "duplicated", "different", "parked", "chain_breaks", "secrets_found")
    assert [line[name] for name in zeros] == [0] * len(zeros)
    assert line["kills"] > 0
    assert line["faults"] > 0
    assert line["edits"] > 0
    assert line["documents"] >= 100, "a comparison of nothing would agree"


@pytest.mark.timeout(LONGEST_SECONDS)
def test_a_worker_killed_around_its_calls_and_commits_is_made_up_for_each_time():
    line, status, told = chaos("--systematic", "--every", "4")
    assert line["ok"], f"{line}\n{told}"
    assert status == 0
    for scene in ("creations", "changes", "lost replies"):
        assert set(line["points"][scene]) == {
            "before a call", "after a call", "before a commit", "after a commit"
        }, f"{scene}: {line['points']}"  # fmt: skip


@pytest.mark.timeout(LONGEST_SECONDS)
def test_an_engine_that_sends_again_without_asking_is_found_out():
    program = ("-c", SENDS_AGAIN_WITHOUT_ASKING)
    line, status, told = chaos("--systematic", "--every", "13", program=program)
    assert line["duplicated"] > 0, f"{line}\n{told}"
    assert status == 1
    assert "has two issues" in told
    kept = re.search(r"kept in (\S+)", told)
    assert kept, "what failed keeps its folder"
    shutil.rmtree(kept[1])
