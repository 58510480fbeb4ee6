"""Atlassian's installation keys: fetched from hosts that the operator set, never from an address in a message."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from plugin.settings import Settings
from plugin.sites.parts import Cache
from plugin.sites.refusals import Reason, Refused
from sage_adapters.errors import Trouble
from sage_adapters.http import AddressPolicy, Transport

TIMEOUT = (2.0, 3.0)
"""Jira waits for our answer to an installation, about ten seconds in all (contract jira-connect, section 2)."""
LARGEST_KEY = 16 * 1024
REMEMBER_SECONDS = 3600.0
SMALLEST_KEY_BITS = 2048


def installation_key(kid: str, settings: Settings, cache: Cache) -> RSAPublicKey:
    """The public key with this id, which must be one that `tokens.key_id` let through.

    The hosts are asked in order, each for the same id, until one knows it. Raises Refused: UNKNOWN_KEY when every
    host that answered has no such key, KEY_HOSTS_SILENT when none could be asked.
    """
    remembered = cache.get(_cache_key(kid))
    if remembered is not None:
        return _rsa_key(remembered)
    text = _fetch(kid, settings)
    key = _rsa_key(text)
    cache.set(_cache_key(kid), text, REMEMBER_SECONDS)
    return key


def _fetch(kid: str, settings: Settings) -> str:
    policy = AddressPolicy(settings.allow_private_addresses, settings.allow_plain_http)
    silences: list[str] = []
    with Transport("connect-keys", policy, timeout=TIMEOUT, largest_reply=LARGEST_KEY) as transport:
        for host in settings.connect_key_hosts:
            try:
                tried = "An installation key was asked for."
                reply = transport.send("GET", f"{host.rstrip('/')}/{kid}", tried=tried)
            except Trouble as trouble:
                silences.append(str(trouble))
                continue
            if reply.status == 200:
                return reply.body.decode("ascii", "replace")
            if reply.status != 404:
                silences.append(f"{host} answered with status {reply.status}.")
    if len(silences) == len(settings.connect_key_hosts):
        raise Refused(Reason.KEY_HOSTS_SILENT, " ".join(silences))
    raise Refused(Reason.UNKNOWN_KEY, " ".join(silences))


def _rsa_key(text: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(Reason.UNKNOWN_KEY, "The key host's answer is not a public key in PEM.") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY_BITS:
        raise Refused(Reason.UNKNOWN_KEY, "The key host's answer is not an RSA key of 2048 bits or more.")
    return key


def _cache_key(kid: str) -> str:
    return f"connect-installation-key:{kid}"
