"""Keeps Jira's webhooks in step with what a site listens to.

One webhook per project, compared with Jira's own list, which is the truth: a registration may have been lost, or made
although its reply was. What is missing is registered, what is too much deleted, and all are renewed long before their
thirty days end. A run that broke off, or was made twice, leaves what the next one mends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.connections import open_jira_client
from plugin.integrations.hooks import duties, listening
from plugin.integrations.hooks.duties import Held
from plugin.integrations.parts import Parts
from plugin.jira import jql
from plugin.jira.webhooks import Registered, Wanted, Webhooks
from plugin.store.models import LedgerEntry, WebhookRegistration
from plugin.sync import ladder
from sage_adapters.errors import ConfigurationTrouble

EVERY = timedelta(days=1)
AFTER_A_REFUSAL = timedelta(hours=1)
RENEW_BELOW = timedelta(days=20)
"""A renewal brings thirty days. So they are renewed every ten days, and at the worst moment there are twenty in which
every day may fail: a renewal that fails is tried again within minutes, and administrators are told thirteen days before
the last one. Renewing daily would gain nine days more for ten times the writes."""
MOST = 100
"""Webhooks of a Connect app on one site (contract jira-connect, section 6, assumed)."""
ADDRESS = "/connect/webhooks/dynamic"
EVENTS = frozenset(
    {
        *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
        *("comment_created", "comment_updated", "comment_deleted"),
    }
)
UPDATES_OF = frozenset({"status"})
"""Our own edits would come back to us else: thousands in a first pass."""
PROJECTS = "projects"
"""In the position: the configured projects that the last run knew of."""


def keep(parts: Parts, site_id: int, held: Held, now: datetime) -> duties.Done:
    """Raises a Trouble of Jira's; UncertainOutcome when a reply was lost: the next look sees what came of it."""
    with parts.database.writing(site_id) as session:
        configured = list(listening.projects(session).get(site_id, ()))
        wanted = _wanted(session, configured, now)
        duties.remember(session, duties.KEEP, {PROJECTS: configured})
    with open_jira_client(parts, site_id) as client:
        found = _bring_in_step(Webhooks(client), parts.settings.base_url + ADDRESS, wanted, now)
    with parts.database.writing(site_id) as session:
        _write(session, found, now)
    if not wanted:
        return duties.Done(None)
    return duties.Done(now + (AFTER_A_REFUSAL if found.refusals else EVERY))


def filter_of(project_key: str) -> str:
    """Webhooks understand little JQL; a custom field such as ours is beyond it (contract jira-rest, section 1)."""
    return f"project = {jql.quoted(project_key)}"


@dataclass(frozen=True)
class Found:
    """How it stands at Jira afterwards, by project; those that Jira did not take, with the reason."""

    registered: Mapping[str, Registered]
    renewed_until: datetime | None
    refusals: Mapping[str, ConfigurationTrouble]


def _wanted(session: Session, configured: Sequence[str], now: datetime) -> list[str]:
    """Configured projects, and those of earlier days in which documents still stand; each gets its row."""
    rows = {row.project_key: row for row in session.scalars(select(WebhookRegistration))}
    left = [key for key in rows if key not in configured]
    wanted = [*configured, *(key for key in left if _has_documents(session, key))]
    for key in wanted:
        if key not in rows:
            new = WebhookRegistration(project_key=key, jql=filter_of(key), events=sorted(EVENTS), missing_since=now)
            session.add(new)
    for key in set(rows) - set(wanted):
        session.delete(rows[key])
    return wanted


def _has_documents(session: Session, project_key: str) -> bool:
    """A look through the whole ledger where there are none: done once a day, for former projects alone."""
    there = LedgerEntry.target_key.startswith(f"{project_key}-", autoescape=True)
    return session.scalars(select(LedgerEntry.id).where(there).limit(1)).first() is not None


def _bring_in_step(hooks: Webhooks, address: str, wanted: Sequence[str], now: datetime) -> Found:
    present = hooks.all()
    useful = _useful(present, address, wanted)
    # An app has one address on a site: those at an earlier one of ours lead nowhere, and keep the new one out.
    hooks.delete(each.id for each in present if each.url != address)
    missing = [key for key in wanted if key not in useful]
    superfluous = [each.id for each in present if each.url == address and each not in useful.values()]
    full = len(useful) + len(superfluous) + len(missing) > MOST
    if full:
        hooks.delete(superfluous)
    refusals = _register(hooks, address, missing, MOST - len(useful))
    if not full:  # after their successors: at no time nobody listens
        hooks.delete(superfluous)
    if missing:
        useful = _useful(hooks.all(), address, wanted)
    renewed_until = None
    if useful and any(_ends_soon(each, now) for each in useful.values()):
        renewed_until = hooks.refresh(each.id for each in useful.values())
    return Found(useful, renewed_until, {key: why for key, why in refusals.items() if key not in useful})


def _useful(present: Iterable[Registered], address: str, wanted: Iterable[str]) -> dict[str, Registered]:
    """By project, the one that is kept: of doubles the one that lives longest."""
    projects = {filter_of(key): key for key in wanted}
    mine = [each for each in present if each.url == address and each.events == EVENTS and each.jql in projects]
    living = sorted(mine, key=lambda each: (each.expires_at.timestamp() if each.expires_at else 0.0, each.id))
    return {projects[each.jql]: each for each in living}


def _register(hooks: Webhooks, address: str, missing: Sequence[str], room: int) -> Mapping[str, ConfigurationTrouble]:
    """Answers 200 even where entries fail: each has to be looked at. Returns the refusals."""
    asked = missing[:room]
    results = hooks.register(address, [Wanted(EVENTS, filter_of(key), UPDATES_OF) for key in asked])
    refused = {key: _refusal(key, words) for key, words in zip(asked, results, strict=True) if isinstance(words, str)}
    return refused | {key: _no_room(key) for key in missing[room:]}


def _ends_soon(hook: Registered, now: datetime) -> bool:
    return hook.expires_at is None or hook.expires_at < now + RENEW_BELOW


def _write(session: Session, found: Found, now: datetime) -> None:
    for row in session.scalars(select(WebhookRegistration)):
        hook = found.registered.get(row.project_key)
        why = found.refusals.get(row.project_key)
        row.trouble = ladder.describe(why) if why else None
        if hook is None:
            row.jira_id, row.expires_at, row.missing_since = None, None, row.missing_since or now
            continue
        if found.renewed_until or hook.id != row.jira_id:
            row.refreshed_at = now
        row.jira_id, row.missing_since = hook.id, None
        row.expires_at = found.renewed_until or hook.expires_at


def _refusal(project_key: str, words: str) -> ConfigurationTrouble:
    return ConfigurationTrouble(
        f"A webhook for the project {project_key} was about to be registered.",
        f"Jira did not take it: {words}",
        "Check that the project exists and that the app may browse it, then press Register now. Until then "
        "status changes there are found by looking, some minutes later.",
        "jira.webhook-refused",
    )


def _no_room(project_key: str) -> ConfigurationTrouble:
    return ConfigurationTrouble(
        f"A webhook for the project {project_key} was about to be registered.",
        f"Jira lets an app have {MOST} of them on a site, and that many are taken by other projects.",
        "Bring documents into fewer projects, or leave it: status changes there are found by looking, minutes later.",
        "jira.webhook-limit",
    )
