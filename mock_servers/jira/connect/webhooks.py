"""Signing what Jira delivers to an app's webhooks (contract jira-connect, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect.tokens import request_token

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock


def sign_webhook(mock: JiraMock, app: InstalledApp, method: str, url: str) -> str:
    """The token of a delivery to `url`, a whole address; it goes into `Authorization: JWT <token>`."""
    return request_token(app, method, url, mock.token_time())
