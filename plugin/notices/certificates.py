"""Until when a connection's own certificates are good."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from cryptography.x509 import load_pem_x509_certificates


@lru_cache(maxsize=256)
def last_day(bundle: str) -> date | None:
    """The last day on which everything in this PEM bundle is valid; None for a text without a readable certificate,
    of which the connection's test tells.

    Of several certificates for one name the newest counts: a renewed one is pasted beside the old.
    """
    try:
        certificates = load_pem_x509_certificates(bundle.encode())
    except ValueError:
        return None
    by_name: dict[bytes, date] = {}
    for each in certificates:
        name, until = each.subject.public_bytes(), each.not_valid_after_utc.date()
        by_name[name] = max(until, by_name.get(name, until))
    return min(by_name.values(), default=None)
