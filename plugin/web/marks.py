"""Lozenges: a state in one or two words, with a tone."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.store.models import Connection, Run, Stream
from plugin.web.wording import counted


@dataclass(frozen=True)
class Mark:
    """`tone` is a class of the style sheet: ok, info, warn, bad, wait, or "" for neutral."""

    words: str
    tone: str = ""


def of_connection(connection: Connection) -> Mark:
    return _CONNECTIONS.get(connection.state, Mark(connection.state))


_CONNECTIONS = {
    "unchecked": Mark("Not tested"),
    "checking": Mark("Testing", "info"),
    "ok": Mark("Connected", "ok"),
    "trouble": Mark("Needs you", "bad"),
}


def of_stream(stream: Stream | None, run: Run | None, parked: int, left_alone: bool) -> Mark:
    """How an integration's stream is doing, the most pressing thing first. `left_alone`: a system it needs is."""
    if stream is None:
        return Mark("Not started")
    if not stream.active:
        return Mark("Paused")
    if stream.trouble is not None:
        return Mark("Needs you", "bad") if stream.trouble["kind"] == "configuration" else Mark("Waiting", "warn")
    if left_alone:
        return Mark("Waiting", "warn")
    if run is not None and run.finished_at is None:
        return Mark("Syncing", "info")
    if parked:
        return Mark(counted(parked, "failure"), "bad")
    return Mark("In step", "ok") if run is not None else Mark("Queued", "info")


def of_run(run: Run) -> Mark:
    if run.state == "stopped":
        return Mark("Stopped", "bad" if (run.trouble or {}).get("kind") == "configuration" else "warn")
    if run.finished_at is None:
        return Mark("Running", "info")
    return Mark("With failures", "warn") if run.failed else Mark("Done", "ok")


def of_entry(state: str) -> Mark:
    """Where a document stands on its way, by its state in the ledger."""
    return _ENTRIES.get(state, Mark(state))


_ENTRIES = {
    "pending": Mark("On its way", "info"),
    "sending": Mark("On its way", "info"),
    "uncertain": Mark("Not confirmed", "wait"),
    "settled": Mark("In step", "ok"),
    "parked": Mark("Refused", "bad"),
    "unreadable": Mark("Unreadable", "bad"),
    "ignored": Mark("Ignored"),
}


def of_document(status: str) -> Mark:
    """The status that the source gives a document."""
    return Mark(status, _DOCUMENTS.get(status, ""))


_DOCUMENTS = {
    "Posted": "ok",
    "Ready to post": "info",
    "Post in progress": "info",
    "On hold": "warn",
    "Deleted": "bad",
    "Part paid": "warn",
    "Paid": "ok",
    "Part received": "info",
    "Received": "ok",
    "Complete": "ok",
}
