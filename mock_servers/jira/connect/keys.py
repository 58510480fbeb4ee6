"""The key that signs installs, and the key server from which apps fetch its public half.

Contract jira-connect, section 2 (RS256 and kid) and section 9, item 2.
"""

import uuid
from functools import cached_property

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_SIZE = 2048


class InstallKey:
    """One RSA pair with its key id. The pair is made when it is first needed."""

    def __init__(self, kid: str | None = None) -> None:
        self.kid = kid or str(uuid.uuid4())

    @cached_property
    def private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=KEY_SIZE)

    @cached_property
    def public_pem(self) -> bytes:
        """SubjectPublicKeyInfo as PEM, which is what the key server answers."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class KeyServer:
    """The published keys of one mock, and the key of an attacker that is never published."""

    def __init__(self) -> None:
        self.current = InstallKey()
        self.attacker = InstallKey()
        self._published = {self.current.kid: self.current}

    def pem(self, kid: str) -> bytes | None:
        """The public key of `kid`, or None for one that was never published."""
        key = self._published.get(kid)
        return key.public_pem if key else None

    def replace(self) -> InstallKey:
        """Publishes a new key and signs with it from now on; the old one stays published, as at the vendor."""
        self.current = InstallKey()
        self._published[self.current.kid] = self.current
        return self.current
