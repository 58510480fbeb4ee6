import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from mock_servers.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(tmp_path):
    """Starts `python -m mock_servers` with these arguments; gives the process and its addresses."""
    started = []

    def start(*arguments):
        addresses = tmp_path / "addresses.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "mock_servers", "--addresses-file", str(addresses), *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        deadline = time.monotonic() + 30
        while not addresses.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return process, json.loads(addresses.read_text("utf-8"))

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_the_mocks_are_and_stops_when_told(command, number):
    process, addresses = command("--only", "sage300", "--generate-invoices", "120", "--latency", "sage300=1ms")
    reply = requests.get(
        f"{addresses['sage300']}/Sage300WebApi/v1.0/-/SAMLTD/AP/APInvoiceBatches?$count=true&$select=BatchNumber",
        auth=("COUNTERFOIL", "REHEARSAL"), timeout=10,
    )  # fmt: skip
    assert reply.json()["@odata.count"] == 3
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert addresses["sage300"] in said
    assert "Assumed in sage300:" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "sage400"], "There is no mock sage400; there are sage300, jira."),
        (["--only", "sage300", "--latency", "sage300=fast"], "is not of the form sage300=120ms"),
        (["--only", "sage300", "--port", "jira=8000"], "No mock jira is started"),
        (["--only", "sage300", "--release", "2019"], "release is one of 2020, 2021, 2022.2"),
        (["--only", "sage300", "--seed-csv", "missing.csv"], "missing.csv cannot be read: No such file"),
    ],
)
def test_bad_options_give_a_sentence_and_no_trace(arguments, sentence):
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 1
    assert sentence in outcome.output
    assert "Traceback" not in outcome.output


def test_a_busy_port_is_named_with_its_remedy(serve_mock, sage300_mock):
    outcome = CliRunner().invoke(main, ["--only", "sage300", "--port", f"sage300={sage300_mock.port}"])
    assert outcome.exit_code == 1
    assert f"cannot use port {sage300_mock.port}" in outcome.output
    assert "Leave --port out" in outcome.output
