"""A served mock Sage 300 and a client that knows no more than the contract."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from mock_servers.harness import Clock
from mock_servers.sage300 import Sage300Mock

TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Api:
    """Calls the Web API of one company as COUNTERFOIL."""

    def __init__(self, server, company="SAMLTD"):
        self.server = server
        self.mock = server.mock
        self.root = f"{server.url}/Sage300WebApi/v1.0/-"
        self.base = f"{self.root}/{company}"
        self.session = requests.Session()
        self.session.auth = ("COUNTERFOIL", "REHEARSAL")
        self.session.headers["Content-Type"] = "application/json"

    def call(self, method, path, **rest):
        return self.session.request(method, f"{self.base}/{path}", timeout=10, **rest)

    def get(self, path, **params):
        return self.call("GET", path, params=params)

    def rows(self, path, **params):
        reply = self.get(path, **params)
        assert reply.status_code == 200, reply.text
        return reply.json()["value"]

    def post(self, path, body):
        return self.call("POST", path, json=body)

    def patch(self, path, body):
        return self.call("PATCH", path, json=body)

    def invoice(self, number="INV-77120", **changes):
        """The values of one entry for 100.00 of repairs."""
        return {
            "VendorNumber": "1350",
            "DocumentNumber": number,
            "DocumentType": "Invoice",
            "DocumentDate": "2026-02-27T00:00:00Z",
            "DocumentTotalIncludingTax": 100.00,
            "InvoiceDetails": [{"GLAccount": "6300", "DistributedAmount": 100.00}],
            **changes,
        }

    def enter(self, *entries, **batch):
        """POSTs a batch of these entries (or one usual one) and gives it back."""
        reply = self.post("AP/APInvoiceBatches", {**batch, "Invoices": list(entries) or [self.invoice()]})
        assert reply.status_code == 201, reply.text
        return reply.json()

    def batch(self, number):
        return self.get(f"AP/APInvoiceBatches({number})").json()

    def post_batch(self, number):
        """Runs the posting process for one batch."""
        body = {"ProcessAllBatches": "Donotpostallbatches", "FromBatch": number, "ToBatch": number}
        return self.post("AP/APPostInvoices('$process')", body)

    def posted(self, *entries):
        """A batch that was entered, set ready and posted."""
        number = self.enter(*entries)["BatchNumber"]
        assert self.patch(f"AP/APInvoiceBatches({number})", {"BatchStatus": "ReadyToPost"}).status_code == 204
        assert self.post_batch(number).status_code == 204
        return self.batch(number)


def code_of(reply):
    """Status and code of a refusal."""
    return reply.status_code, reply.json()["error"]["code"]


@pytest.fixture
def make_api(serve_mock):
    """Serves a mock with these knobs; its business date is 2026-03-02."""

    def make(**options):
        return Api(serve_mock(Sage300Mock(clock=Clock(TODAY), **options)))

    return make


@pytest.fixture
def api(make_api):
    return make_api()


@pytest.fixture
def refusal():
    return code_of


@pytest.fixture
def person(api):
    """Does something in Sage by the control API; gives the document."""

    def act(type, **body):
        reply = requests.post(f"{api.server.url}/__mock__/documents/{type}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    return act
