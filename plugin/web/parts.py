"""What the pages are built on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from plugin.settings import Settings
from plugin.sites.parts import Cache, Outcomes
from plugin.store.database import Database
from plugin.store.sealing import Seal


class Queue(Protocol):
    """Work that a page asks for and a worker does. Each method only enqueues; what came of it is read from rows."""

    def check_connection(self, site_id: int, connection_id: int) -> None:
        """Ends with `Connection.state` `ok` or `trouble`, and its `findings`, `trouble` and `checked_at`."""

    def read_projects(self, site_id: int) -> None:
        """Ends with the snapshot `projects` in state `read`."""

    def read_fields(self, site_id: int, project_id: str, issue_type_id: str) -> None:
        """Ends with the snapshot `fields:{project_id}:{issue_type_id}` in state `read`."""

    def read_choices(self, site_id: int, subject: str) -> None:
        """Ends with this snapshot in state `read`; `plugin.integrations.choosing` says which there are."""

    def create_missing_fields(self, site_id: int, stream_id: int) -> None:
        """Makes a field for each attribute that `Integration.settings["fields_to_create"]` names, puts it and the
        mapped fields on the create screen, maps it, and reads the fields snapshot anew."""

    def run_stream(self, site_id: int, stream_id: int) -> None:
        """Starts a pass of the stream now, unless one is going on."""

    def check_chains(self, site_id: int) -> None:
        """Follows the site's chains of counterfoils. Ends with the snapshot `chains` in state `read`."""

    def run_sweep(self, site_id: int, sweep_id: int) -> None:
        """Goes on with a backfill, a dry run or a reconciliation; its row tells how far it is."""

    def release_findings(self, site_id: int, sweep_id: int, actor: str, *finding_ids: int) -> None:
        """Takes our mark off issues. Ends with `Finding.repaired_at`, or with why not in `Finding.trouble`."""

    def mend_findings(self, site_id: int, sweep_id: int, verdict: str, actor: str) -> None:
        """Repairs all findings of a verdict, likewise; documents that are delivered again go with the next pass."""

    def send_messages(self, site_id: int) -> None:
        """Ends with every `Message` that is due sent, or with the reason in `Recipient.trouble`."""

    def attend(self, site_id: int, duty: str) -> None:
        """Does a duty of the site's webhooks now; `HookDuty` tells what came of it."""

    def refresh_document(self, site_id: int, ledger_entry_id: int) -> None:
        """Reads one document anew; its `LedgerEntry.read_at` moves even when nothing changed."""

    def compare_document(self, site_id: int, ledger_entry_id: int) -> None:
        """Puts one document beside the issue that its snapshot `comparison:{ledger_entry_id}` names; ends with that
        snapshot in state `read`, and what delivering would change there."""


@dataclass(frozen=True)
class WebParts:
    """The application's parts as pages and doors use them: `plugin.sites.parts.Parts`, and the queue."""

    settings: Settings
    database: Database
    seal: Seal
    cache: Cache
    outcomes: Outcomes
    queue: Queue
