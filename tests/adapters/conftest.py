"""A Sage 300 client against answers written by hand, with names resolved without a network, and against the mock."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
import responses

from sage_adapters.http import AddressPolicy
from sage_adapters.sage300.client import Sage300Client

ROOT = "https://erp.acme.test/Sage300WebApi/v1.0"
COMPANY = f"{ROOT}/-/SAMLTD"
PASSWORD = "Canary-Pa55word"

Names = dict[str, str | int]
Connect = Callable[..., Sage300Client]


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


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A client of a served mock; what is not said is as it should be."""
    with ExitStack() as stack:

        def make(served: Any, **said: Any) -> Sage300Client:
            options = {
                "company": "SAMLTD",
                "user": "counterfoil",
                "password": "rehearsal",
                "policy": AddressPolicy(allow_private=True),
            } | said
            base_url = options.pop("base_url", served.url)
            return stack.enter_context(Sage300Client(base_url, **options))

        yield make


@pytest.fixture
def people(sage300_mock: Any) -> Callable[..., dict[str, Any]]:
    """What somebody does in Sage 300's own screens."""

    def do(document_type: str, **body: Any) -> dict[str, Any]:
        url = f"{sage300_mock.url}/__mock__/documents/{document_type}"
        reply = requests.post(url, json=body, timeout=30)
        assert reply.ok, reply.text
        done: dict[str, Any] = reply.json()
        return done

    return do


def order_fault(served: Any, kind: str, path: str = ".*", **more: Any) -> None:
    fault = {"match": {"path": path}, "kind": kind, "times": 50} | more
    assert requests.post(f"{served.url}/__mock__/faults", json=[fault], timeout=30).ok
