"""Who reaches the addresses of webhooks: Jira, or somebody who pretends to be."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from werkzeug.test import TestResponse

from plugin.integrations.hooks import keeper
from plugin.sites.admin_webhook import address_path, renew_secret
from plugin.sites.connect.qsh import query_hash
from plugin.store.models import AdminWebhook, InboxMessage
from tests.hooks.office import APP, Office

DYNAMIC, DESCRIPTOR = keeper.ADDRESS, "/connect/webhooks/descriptor"
MOVED = {
    "timestamp": 1_790_000_000_000,
    "webhookEvent": "jira:issue_updated",
    "user": {"accountId": "person-1", "displayName": "Ada Ashby"},
    "issue": {"id": "10000", "key": "AP-1", "fields": {"summary": "Private words"}},
    "changelog": {"id": "77", "items": [{"field": "Status", "from": "10000", "to": "3"}]},
}


@dataclass
class Sender:
    """What can reach the address: Jira, or somebody who pretends to be."""

    office: Office
    path: str = DYNAMIC
    said: dict[str, Any] = field(default_factory=lambda: dict(MOVED))

    @property
    def installed(self) -> Any:
        return self.office.jira.site.installed_apps[APP]

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        qsh = query_hash("POST", self.path, "")
        claims = {"iss": self.installed.client_key, "iat": now, "exp": now + 900, "qsh": qsh, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, secret: str | None = None, **changes: Any) -> str:
        return jwt.encode(self.claims(**changes), secret or self.installed.shared_secret, "HS256")

    def post(self, token: str | None = None, body: bytes | None = None, **headers: str) -> TestResponse:
        given = {"Content-Type": "application/json", "X-Atlassian-Webhook-Identifier": "delivery-1", **headers}
        if token is not None:
            given["Authorization"] = f"JWT {token}"
        content = json.dumps(self.said).encode() if body is None else body
        headers_ = {name: value for name, value in given.items() if value}
        return self.office.app.test_client().post(self.path, data=content, headers=headers_)

    @property
    def kept(self) -> list[InboxMessage]:
        return self.office.rows(InboxMessage)


@dataclass
class Admin(Sender):
    """A webhook that an administrator has set up."""

    secret: str = ""

    @classmethod
    def of(cls, office: Office) -> Admin:
        with office.database.writing(office.site_id) as session:
            secret = renew_secret(session, office.parts.seal, office.site_id, datetime.now(UTC))
            session.flush()
        [row] = office.rows(AdminWebhook)
        return cls(office, address_path(row.token), secret=secret)

    def sign(self, body: bytes | None = None, secret: str = "", method: str = "sha256") -> dict[str, str]:
        content = json.dumps(self.said).encode() if body is None else body
        digest = hmac.new((secret or self.secret).encode(), content, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature": f"{method}={digest}"}
