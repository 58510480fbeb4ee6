"""A message as a webhook: JSON, signed so that the receiver knows that it is ours, and fresh."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from plugin.store.models import JsonObject
from sage_adapters.address import AddressPolicy, split_address
from sage_adapters.errors import ConfigurationTrouble, TransientTrouble, UncertainOutcome
from sage_adapters.http import Transport

SIGNATURE = "X-Counterfoil-Signature"
TIMESTAMP = "X-Counterfoil-Timestamp"
DELIVERY = "X-Counterfoil-Delivery"
TIMEOUT = (5.0, 10.0)
LARGEST_ANSWER = 64 * 1024


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and, in hexadecimal, the HMAC-SHA256 of timestamp, full stop and body."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def post(
    address: str, secret: str, message: JsonObject, delivery_id: str, now: datetime, policy: AddressPolicy
) -> None:
    """Raises a Trouble unless the receiver answers 2xx; UncertainOutcome when it may have taken the message.

    The address appears in no sentence: at many receivers its path is a key.
    """
    tried = f"A message was sent to {split_address(address)[1]}."
    body = json.dumps(message, ensure_ascii=False).encode()
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        DELIVERY: delivery_id,
        TIMESTAMP: timestamp,
        SIGNATURE: signature(secret, timestamp, body),
    }
    try:
        with Transport("webhook", policy, timeout=TIMEOUT, largest_reply=LARGEST_ANSWER) as transport:
            status = transport.send("POST", address, tried=tried, headers=headers, body=body).status
    except UncertainOutcome as trouble:
        remedy = "It is sent again, with the same delivery id. If it lasts, look at the load of that server."
        raise UncertainOutcome(tried, trouble.got, remedy, trouble.code) from None
    if status >= 500 or status == 429:
        remedy = "It is sent again. If it lasts, look at the log of that server."
        raise TransientTrouble(tried, f"It answered with status {status}.", remedy, "notices.webhook-unavailable")
    if not 200 <= status < 300:
        remedy = "Check the address, and that the receiver knows the signing secret. It is tried again for a day."
        raise ConfigurationTrouble(tried, f"It answered with status {status}.", remedy, "notices.webhook-refused")
