"""A Sage 300 client against answers written by hand, with names resolved without a network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses

from sage_adapters.http import AddressPolicy
from sage_adapters.sage300.client import Sage300Client

ROOT = "https://erp.acme.test/Sage300WebApi/v1.0"
COMPANY = f"{ROOT}/-/SAMLTD"
PASSWORD = "Canary-Pa55word"

Names = dict[str, str | int]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What the name server knows: an address, or the error number it fails with."""
    known: Names = {"erp.acme.test": "93.184.216.34"}

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = known.get(host, socket.EAI_NONAME)
        if isinstance(found, int):
            raise socket.gaierror(found, "no")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def sage(names: Names) -> Iterator[responses.RequestsMock]:
    """The Web API as far as a test describes it; any other request fails the test."""
    with responses.RequestsMock() as mocked:
        yield mocked


@pytest.fixture
def client_of() -> Callable[..., Sage300Client]:
    def make(base_url: str = ROOT, user: str = "acme_api", **options: Any) -> Sage300Client:
        settings = {"policy": AddressPolicy()} | options
        return Sage300Client(base_url, "samltd", user, PASSWORD, **settings)

    return make


@pytest.fixture
def client(client_of: Callable[..., Sage300Client]) -> Sage300Client:
    return client_of()
