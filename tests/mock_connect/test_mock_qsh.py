"""The mock's query string hash against the published answers (contract jira-connect, section 3)."""

import pytest

from mock_servers.jira.connect.qsh import canonical_request, query_string_hash


@pytest.mark.parametrize(
    ("target", "canonical", "digest"),
    [
        ("/", "GET&/&", "c88caad15a1c1a90"),
        ("/path", "GET&/path&", "799be84a7fa35570"),
        ("/path/to/service?A=2&b=3&a=1&B=4", "GET&/path/to/service&A=2&B=4&a=1&b=3", "70282c7cf82834bd"),
    ],
)
def test_published_hashes_are_reproduced(target: str, canonical: str, digest: str) -> None:
    assert canonical_request("get", target) == canonical
    assert query_string_hash("GET", target).startswith(digest)


@pytest.mark.parametrize(
    ("target", "canonical"),
    [
        ("/test/", "GET&/test&"),
        ("", "GET&/&"),
        ("/a&b", "GET&/a%26b&"),
        ("/x?name=", "GET&/x&name="),
        ("/x?q=a+b%2Ac~", "GET&/x&q=a%20b%2Ac~"),
        ("/x?a10=1&a1=2&a=3", "GET&/x&a=3&a1=2&a10=1"),
        ("/x?v=b&v=a%2Cc&v=a", "GET&/x&v=a,a%2Cc,b"),
        ("/x?jwt=secret&lic=none", "GET&/x&lic=none"),
    ],
)
def test_the_rules_of_the_contract_hold(target: str, canonical: str) -> None:
    assert canonical_request("GET", target) == canonical


def test_the_path_of_the_base_url_is_not_hashed() -> None:
    assert canonical_request("POST", "https://app.example.com/jira/app/installed", "/jira/app") == "POST&/installed&"
    assert canonical_request("POST", "/application/x", "/app") == "POST&/application/x&"
