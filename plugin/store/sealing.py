"""Secrets at rest: AES-256-GCM, with the key's id beside the ciphertext and the secret's place as associated data.

A sealed text moved to another site, connection or field does not open (DESIGN, promise 6).
"""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from plugin.settings import Settings
from sage_adapters.errors import ConfigurationTrouble

NONCE_BYTES = 12
KEY_BYTES = 32
VERSION = "s1"


@dataclass(frozen=True)
class Place:
    """Where a secret lives. All three are bound into the seal."""

    site: str
    """The site's stable name at its door, or its id."""
    owner: str
    """E.g. `connection:7` or `installation:connect`."""
    field: str

    def associated_data(self) -> bytes:
        return "\x1f".join((self.site, self.owner, self.field)).encode()


class SealBroken(ConfigurationTrouble):
    """A sealed secret does not open: its key is missing, or it is not where it was sealed."""


class Seal:
    """Seals with the first key, opens with any: rotation is a new first key, then `counterfoil keys reseal`."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise ValueError("at least one key is needed")
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES or not key_id.isalnum():
                raise ValueError(f"key {key_id!r} must have a plain name and {KEY_BYTES} bytes")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = next(iter(keys))

    @classmethod
    def from_settings(cls, settings: Settings) -> Seal:
        """Keys from COUNTERFOIL_KEYS, else from the key file, made on first use and readable by its owner alone."""
        text = settings.sealing_keys or _key_file_text(settings.data_folder / "sealing-keys")
        try:
            return cls(_parse(text))
        except ValueError as error:
            raise ConfigurationTrouble(
                code="sealing.unreadable-keys",
                tried="Reading the keys that seal stored credentials.",
                got=f"They cannot be used: {error}.",
                remedy="Set COUNTERFOIL_KEYS to id:base64 of 32 bytes, or restore the file sealing-keys from a backup.",
            ) from error

    def seal(self, secret: str, place: Place) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.current].encrypt(nonce, secret.encode(), place.associated_data())
        return ".".join((VERSION, self.current, _encode(nonce + sealed)))

    def open(self, sealed: str, place: Place) -> str:
        """Raises SealBroken when the key is unknown, the text was changed, or it was sealed for another place."""
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        cipher = self._ciphers.get(key_id)
        if version != VERSION or cipher is None:
            raise _broken(place, f"the key {key_id!r} it was sealed with is not among the keys we have")
        try:
            raw = _decode(body)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.associated_data()).decode()
        except (InvalidTag, ValueError) as error:
            raise _broken(place, "it was changed, or sealed for another place") from error

    def is_current(self, sealed: str) -> bool:
        """True when it was sealed with the key that seals now."""
        return sealed.startswith(f"{VERSION}.{self.current}.")


def _broken(place: Place, reason: str) -> SealBroken:
    return SealBroken(
        code="sealing.broken",
        tried=f"Opening the stored {place.field} of {place.owner}.",
        got=f"It does not open: {reason}.",
        remedy="Restore the sealing keys that belong to this database, or enter the credentials again.",
    )


def _key_file_text(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"k{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n")
        try:
            os.link(fresh, path)  # fails where another process was first: its keys are the ones
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def _parse(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for item in text.replace("\n", ",").split(","):
        key_id, separator, encoded = item.strip().partition(":")
        if separator:
            keys[key_id] = base64.b64decode(encoded, validate=True)
    return keys


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
