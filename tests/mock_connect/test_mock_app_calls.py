"""What Jira demands of an app's own calls (contract jira-connect, sections 3, 4 and 9, item 7)."""

import time
from typing import Any

import jwt
import pytest
import requests

from mock_servers.jira.connect.qsh import query_string_hash
from mock_servers.jira.mock import JiraMock

PATH = "/rest/api/3/myself?expand=groups"


def call(jira: JiraMock, secret: str, algorithm: str = "HS256", path: str = PATH, **changes: Any) -> requests.Response:
    now = int(time.time())
    claims = {"iss": "tiny.app", "iat": now, "exp": now + 180, "qsh": query_string_hash("GET", PATH), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"Authorization": f"JWT {jwt.encode(claims, secret, algorithm)}"}
    return requests.get(jira.site.base_url + path, headers=headers, timeout=5)


def test_a_signed_call_acts_as_the_app_user(jira: JiraMock, installed) -> None:
    answer = call(jira, installed.secrets[0])
    assert answer.status_code == 200
    assert answer.json()["accountId"] == jira.site.installed_apps["tiny.app"].account_id


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other.app"},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"qsh": None},
        {"qsh": "context-qsh"},
        {"exp": 1},
        {"iat": 4_000_000_000, "exp": 4_000_000_100},
        {"aud": ["another-tenant"]},
        {"path": "/rest/api/3/myself?expand=groups&more=1"},
        {"path": "/rest/api/3/serverInfo?expand=groups"},
        {"algorithm": "HS512"},
    ],
)
def test_a_token_that_is_not_for_this_call_is_401(jira: JiraMock, installed, changes: dict[str, Any]) -> None:
    assert call(jira, installed.secrets[0], **changes).status_code == 401


def test_a_wrong_secret_and_a_disabled_app_are_401(jira: JiraMock, installed, control) -> None:
    assert call(jira, "x" * 48).status_code == 401
    control("disable", key="tiny.app")
    assert call(jira, installed.secrets[0]).status_code == 401


def test_a_call_beyond_the_scopes_is_403(jira: JiraMock, installed) -> None:
    path = "/rest/api/3/field"
    now = int(time.time())
    claims = {"iss": "tiny.app", "iat": now, "exp": now + 60, "qsh": query_string_hash("POST", path)}
    headers = {"Authorization": f"JWT {jwt.encode(claims, installed.secrets[0])}"}
    answer = requests.post(jira.site.base_url + path, json={"name": "x", "type": "y"}, headers=headers, timeout=5)
    assert answer.status_code == 403
