"""No secret passes into a log, by name or by shape."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from plugin import logs

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJDQU5BUlkifQ.CANARYsignature"


@pytest.fixture
def log_lines(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    before = logging.getLogger().handlers[:]
    logs.configure("json")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before


@pytest.mark.parametrize(
    "event",
    [
        {"password": "CANARY"},
        {"shared_secret": "CANARY"},
        {"headers": {"Authorization": "Basic Q0FOQVJZOkNBTkFSWQ=="}},
        {"url": f"https://app.example/connect/panel?issueId=1&jwt={TOKEN}"},
        {"url": "https://CANARY:CANARY@sage.example/"},
        {"seen": [f"Authorization: JWT {TOKEN}", "Bearer CANARY.CANARY"]},
    ],
)
def test_secrets_are_masked(log_lines, event):
    structlog.get_logger().info("something", **event)
    text = json.dumps(log_lines())
    assert "CANARY" not in text
    assert "Q0FOQVJZ" not in text
    assert "something" in text


def test_a_secret_inside_an_exception_is_masked(log_lines):
    try:
        raise RuntimeError(f"refused: JWT {TOKEN}")
    except RuntimeError:
        structlog.get_logger().exception("failed")
    (line,) = log_lines()
    assert "RuntimeError" in line["exception"]
    assert "CANARY" not in json.dumps(line)


def test_the_libraries_words_are_masked_too(log_lines):
    logging.getLogger("somelibrary").warning("sending %s", f"Bearer {TOKEN}")
    assert "CANARY" not in json.dumps(log_lines())


def test_ordinary_words_stay(log_lines):
    structlog.get_logger().info("stream.stopped", tried="Reading AP batch 58.", site=3)
    (line,) = log_lines()
    assert (line["event"], line["tried"], line["site"]) == ("stream.stopped", "Reading AP batch 58.", 3)
