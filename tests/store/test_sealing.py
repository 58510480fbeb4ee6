"""Secrets at rest (DESIGN, promise 6)."""

from __future__ import annotations

import base64

import pytest

from plugin.settings import Settings
from plugin.store.sealing import Place, Seal, SealBroken
from sage_adapters.errors import ConfigurationTrouble

PLACE = Place(site="1", owner="connection:7", field="credentials")
OLD, NEW = b"o" * 32, b"n" * 32


def test_a_sealed_secret_opens_where_it_was_sealed():
    seal = Seal({"k1": OLD})
    sealed = seal.seal("CANARY-1", PLACE)
    assert "CANARY" not in sealed
    assert seal.open(sealed, PLACE) == "CANARY-1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place(site="2", owner="connection:7", field="credentials"),
        Place(site="1", owner="connection:8", field="credentials"),
        Place(site="1", owner="connection:7", field="token"),
    ],
)
def test_a_secret_moved_to_another_site_connection_or_field_does_not_open(elsewhere):
    seal = Seal({"k1": OLD})
    with pytest.raises(SealBroken):
        seal.open(seal.seal("CANARY-1", PLACE), elsewhere)


def test_a_changed_secret_does_not_open():
    seal = Seal({"k1": OLD})
    version, key, body = seal.seal("CANARY-1", PLACE).split(".")
    raw = bytearray(base64.urlsafe_b64decode(body + "=="))
    raw[-1] ^= 1
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    with pytest.raises(SealBroken, match="changed"):
        seal.open(f"{version}.{key}.{changed}", PLACE)


def test_after_rotation_old_secrets_open_and_new_ones_use_the_new_key():
    sealed_before = Seal({"k1": OLD}).seal("CANARY-1", PLACE)
    rotated = Seal({"k2": NEW, "k1": OLD})
    assert rotated.open(sealed_before, PLACE) == "CANARY-1"
    assert not rotated.is_current(sealed_before)
    assert rotated.is_current(rotated.seal("CANARY-2", PLACE))


def test_a_secret_whose_key_was_taken_away_says_what_to_do():
    sealed = Seal({"k1": OLD}).seal("CANARY-1", PLACE)
    with pytest.raises(SealBroken) as caught:
        Seal({"k2": NEW}).open(sealed, PLACE)
    assert "'k1'" in caught.value.got
    assert "enter the credentials again" in caught.value.remedy


def test_without_keys_in_the_environment_a_key_file_is_made_once_for_its_owner_alone(tmp_path):
    settings = Settings.from_environment({"COUNTERFOIL_DATA": str(tmp_path)})
    sealed = Seal.from_settings(settings).seal("CANARY-1", PLACE)
    assert Seal.from_settings(settings).open(sealed, PLACE) == "CANARY-1"
    assert (tmp_path / "sealing-keys").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("keys", ["k1:tooshort", "k1", "k-1:" + base64.b64encode(OLD).decode()])
def test_unusable_keys_are_refused_with_a_remedy_and_never_shown(tmp_path, keys):
    settings = Settings.from_environment({"COUNTERFOIL_DATA": str(tmp_path), "COUNTERFOIL_KEYS": keys})
    with pytest.raises(ConfigurationTrouble) as caught:
        Seal.from_settings(settings)
    assert "COUNTERFOIL_KEYS" in caught.value.remedy
    assert keys not in repr(settings)
