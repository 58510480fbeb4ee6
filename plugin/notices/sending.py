"""Sends what is due in the outbox of a site. Safe to run twice, at the same time too, and to be killed."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

import structlog

from plugin.notices import attempts, mail, webhook
from plugin.notices.attempts import Attempt
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.sealing import Place, Seal
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import TransientTrouble, Trouble

log = structlog.get_logger()

WEBHOOK, EMAIL = "webhook", "email"


def secret_place(site_id: int, recipient_id: int) -> Place:
    """Where the secret is sealed with which a webhook's messages are signed."""
    return Place(site=str(site_id), owner=f"recipient:{recipient_id}", field="secret")


def send_messages(database: Database, seal: Seal, settings: Settings, site_id: int, now: datetime) -> None:
    """Until nothing is due. A recipient who cannot be reached is not tried again in this run."""
    unreachable: set[int] = set()
    while True:
        with database.writing(site_id) as session:
            attempt = attempts.begin(session, now, unreachable)
        if attempt is None:
            return
        trouble = _send(attempt, seal, settings, site_id, now)
        with database.writing(site_id) as session:
            if trouble is None:
                attempts.arrived(session, attempt, now)
            else:
                attempts.failed(session, attempt, trouble, now)
        if trouble is not None:
            unreachable.add(attempt.recipient_id)
            log.warning(
                "message.not-sent", recipient=attempt.recipient_id, attempt=attempt.number,
                code=trouble.code, got=trouble.got,
            )  # fmt: skip


def _send(attempt: Attempt, seal: Seal, settings: Settings, site_id: int, now: datetime) -> Trouble | None:
    try:
        if attempt.kind == EMAIL:
            mail.send(settings, attempt.address, attempt.body, attempt.delivery_id, now)
        else:
            assert attempt.sealed_secret is not None
            secret = seal.open(attempt.sealed_secret, secret_place(site_id, attempt.recipient_id))
            policy = AddressPolicy(settings.allow_private_addresses, settings.allow_plain_http)
            webhook.post(attempt.address, secret, attempt.body, attempt.delivery_id, now, policy)
    except Trouble as trouble:
        return trouble
    except Exception:
        # A defect of ours is told like any other trouble: it must not keep the other messages from being sent.
        reference = token_hex(4)
        log.exception("message.broke", reference=reference)
        return TransientTrouble(
            "A message was about to be sent.",
            "Something went wrong on our side.",
            f"It is tried again. If it lasts, give the operator of Counterfoil the reference {reference}.",
            "notices.defect",
        )
    return None
