"""The `counterfoil` command, as an operator uses it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from plugin.cli import counterfoil
from plugin.integrations.connections import credentials_place
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Connection, Counterfoil
from plugin.store.sealing import Seal
from tests.sync.conftest import make_bench


@pytest.fixture
def operator(tmp_path, monkeypatch):
    """Runs commands against a data folder of its own."""
    monkeypatch.setenv("COUNTERFOIL_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("COUNTERFOIL_KEYS", raising=False)

    def run(*words):
        return CliRunner().invoke(counterfoil, words)

    assert run("database", "upgrade").exit_code == 0
    return run


@pytest.fixture
def settings(operator):
    return Settings.from_environment()


def test_upgrading_says_what_it_did(operator):
    assert operator("database", "upgrade").output == "The database is up to date.\n"


def test_an_untouched_audit_trail_verifies_and_a_changed_one_names_the_entry(operator, settings, bench_on):
    database = Database.from_settings(settings)
    bench_on(database).pass_()
    told = operator("audit", "verify")
    assert (told.exit_code, told.output) == (0, "1 chains checked, no breaks found.\n")
    with database.writing_every_site() as session:
        session.execute(update(Counterfoil).where(Counterfoil.sequence == 2).values(target="elsewhere"))
    told = operator("audit", "verify")
    assert told.exit_code == 1
    assert "Acme, sage300_jira, invoices: Entry 2 (created books:INV-00001, " in told.output
    assert " UTC) was changed.\n" in told.output


def test_the_audit_trail_of_a_site_is_exported_for_a_period(operator, settings, bench_on, tmp_path):
    database = Database.from_settings(settings)
    bench_on(database).pass_()
    file = tmp_path / "trail.jsonl"
    told = operator("audit", "export", "--site", "acme", str(file))
    assert (told.exit_code, file.exists()) == (2, False)
    assert "1  Acme" in told.output
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    words = ("audit", "export", "--site", "Acme", "--since", today, "--until", today, "--format", "jsonl")
    assert operator(*words, str(file)).exit_code == 0
    assert [json.loads(line)["sequence"] for line in file.read_text("utf-8").splitlines()] == [1, 2, 3]
    table = operator("audit", "export", "-").output
    assert table.startswith("\ufeffStream,Entry,")
    assert table.count("sage300_jira invoices") == 3
    assert operator("audit", "export", "--since", "2001-01-01", "--until", "2001-01-31", "-").output.count("\n") == 1
    assert operator("audit", "export", "--until", "9999-12-31", "-").exit_code == 0
    assert "Traceback" not in operator("audit", "export", "--since", "yesterday", "-").output


def test_an_export_without_a_site_asks_which_where_there_are_several(operator, settings, bench_on):
    database = Database.from_settings(settings)
    bench_on(database)
    bench_on(database)
    told = operator("audit", "export", "-")
    assert told.exit_code == 2
    assert "several" in told.output


def test_keys_are_rotated_without_losing_a_secret(operator, settings, bench_on, monkeypatch):
    database = Database.from_settings(settings)
    bench = bench_on(database)
    place = credentials_place(bench.site_id, 1)
    with database.writing(bench.site_id) as session:
        sealed = Seal.from_settings(settings).seal("CANARY", place)
        session.execute(update(Connection).values(credentials=sealed))
    old = (settings.data_folder / "sealing-keys").read_text().strip()
    new = operator("keys", "new", "k2").output.strip()
    monkeypatch.setenv("COUNTERFOIL_KEYS", f"{new},{old}")
    assert operator("keys", "reseal").output == "1 secrets were sealed anew with the key k2.\n"
    monkeypatch.setenv("COUNTERFOIL_KEYS", new)
    with database.reading(bench.site_id) as session:
        kept = session.get(Connection, 1).credentials
    assert Seal.from_settings(Settings.from_environment()).open(kept, place) == "CANARY"
    assert operator("keys", "reseal").output.startswith("0 secrets")


def test_a_setting_that_cannot_be_understood_is_named_without_a_stack_trace(tmp_path):
    environment = {**os.environ, "COUNTERFOIL_DATA": str(tmp_path), "COUNTERFOIL_SLICE_SECONDS": "soon"}
    told = subprocess.run(
        [sys.executable, "-m", "plugin.cli", "database", "upgrade"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert "COUNTERFOIL_SLICE_SECONDS" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_fresh_key_has_full_length(operator):
    name, _, encoded = operator("keys", "new", "k9").output.strip().partition(":")
    assert (name, len(base64.b64decode(encoded))) == ("k9", 32)


def test_the_supervisor_starts_what_ended_again_and_stops_everything(tmp_path):
    """A process that ends is started again; SIGTERM stops it and its supervisor."""
    noted = tmp_path / "noted"
    child = f"open({str(noted)!r}, 'a').write(f'{{__import__(\"os\").getpid()}} '); __import__('time').sleep(60)"
    supervisor = (
        "import sys; from plugin.cli.supervisor import Supervisor; s = Supervisor();"
        f"s.start('child', [sys.executable, '-c', {child!r}]); s.keep()"
    )
    process = subprocess.Popen([sys.executable, "-c", supervisor])
    first = until(lambda: noted.exists() and noted.read_text().split())[0]
    os.kill(int(first), signal.SIGKILL)
    second = until(lambda: noted.read_text().split()[1:])[0]
    process.terminate()
    assert process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(second), 0)


def until(found):
    limit = time.monotonic() + 20
    while not (result := found()):
        assert time.monotonic() < limit
        time.sleep(0.02)
    return result


@pytest.fixture
def bench_on():
    def make(database):
        bench = make_bench(database)
        bench.books.fill(3)
        return bench

    return make
