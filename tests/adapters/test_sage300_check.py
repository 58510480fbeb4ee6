"""*Test connection*: what an administrator is told, and how the release is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import responses

from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import AddressPolicy
from sage_adapters.sage300.check import Findings, check_connection
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.release import detect_release
from tests.adapters.conftest import COMPANY, ROOT


def says(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": {"lang": "en-US", "value": "No."}}}


def feed(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"value": list(entries)} | more


@pytest.fixture
def healthy(sage: responses.RequestsMock) -> responses.RequestsMock:
    """A server of 2022.2 or newer on which everything is as it should be. Tests spoil one thing."""
    sage.assert_all_requests_are_fired = False
    sage.get(f"{ROOT}/-/Companies", json=feed({"CompanyID": "SAMINC"}, {"CompanyID": "SAMLTD"}))
    vendors = feed({"VendorNumber": "1200"}, **{"@odata.count": 2500, "@odata.nextLink": f"{COMPANY}/AP/x?$skip=1"})
    sage.get(f"{COMPANY}/AP/APVendors", json=vendors)
    sage.get(f"{COMPANY}/AP/APInvoiceBatches", json=feed(**{"@odata.count": 0}))
    sage.get(f"{COMPANY}/GL/GLAccounts", json=feed())
    sage.get(f"{COMPANY}/PO/POPurchaseOrders", json=feed())
    sage.get(f"{COMPANY}/PO/POGetReceipts", json=feed())
    sage.get(f"{COMPANY}/GL/GLPostedTransactions", json=feed())
    sage.get(f"{COMPANY}/BK/BKBanks", json=feed())
    sage.get(f"{COMPANY}/CS/CSFiscalCalendars", json=feed())
    return sage


def problems(findings: Findings) -> list[str]:
    return [finding.code for finding in findings.findings if finding.severity == "problem"]


def test_a_sound_connection_is_described_by_reading_only(
    healthy: responses.RequestsMock, client: Sage300Client
) -> None:
    findings = check_connection(client)
    assert findings.ok
    assert (findings.vendors, findings.batches, findings.page_size) == (2500, 0, 1)
    assert findings.companies == ["SAMINC", "SAMLTD"]
    assert findings.release is not None
    assert findings.release.batch_patch is True
    assert any("PageSize 1000" in finding.remedy for finding in findings.findings)
    assert {call.request.method for call in healthy.calls} == {"GET"}


def test_wrong_credentials_are_told_once_and_nothing_more_is_asked(
    healthy: responses.RequestsMock, client: Sage300Client
) -> None:
    healthy.replace("GET", f"{ROOT}/-/Companies", status=401, json=says("Unauthorized"))
    findings = check_connection(client)
    assert problems(findings) == ["sage300.credentials"]
    assert len(healthy.calls) == 1


def test_an_unknown_company_is_answered_with_those_there_are(
    healthy: responses.RequestsMock, client: Sage300Client
) -> None:
    healthy.replace("GET", f"{ROOT}/-/Companies", json=feed({"CompanyID": "SAMINC"}))
    findings = check_connection(client)
    assert problems(findings) == ["sage300.unknown-company"]
    assert "SAMINC" in findings.findings[-1].sentence


def test_a_server_that_lists_no_companies_can_still_be_used(
    healthy: responses.RequestsMock, client: Sage300Client
) -> None:
    healthy.replace("GET", f"{ROOT}/-/Companies", status=404, json=says("ResourceNotFound"))
    assert check_connection(client).ok


def test_missing_rights_are_told_for_each_module(healthy: responses.RequestsMock, client: Sage300Client) -> None:
    for resource in ("AP/APInvoiceBatches", "GL/GLAccounts", "PO/POPurchaseOrders", "PO/POGetReceipts"):
        healthy.replace("GET", f"{COMPANY}/{resource}", status=403, json=says("Forbidden"))
    findings = check_connection(client)
    remedies = " ".join(finding.remedy for finding in findings.findings if finding.severity == "problem")
    assert set(problems(findings)) == {"sage300.rights"}
    assert all(name in remedies for name in ("Accounts Payable", "General Ledger", "Purchase Orders"))


def test_modules_that_are_not_used_are_not_asked_for(healthy: responses.RequestsMock, client: Sage300Client) -> None:
    healthy.replace("GET", f"{COMPANY}/GL/GLAccounts", status=403, json=says("Forbidden"))
    assert check_connection(client, modules=["AP", "PO"]).ok
    assert not check_connection(client).ok


OPTIONAL = ("PO", "GL", "BK", "CS")


@pytest.mark.parametrize(
    ("resource", "name", "missing"),
    [
        ("PO/POPurchaseOrders", "Purchase Orders", "purchase orders and receipts are not read"),
        ("PO/POGetReceipts", "Purchase Orders", "purchase orders and receipts are not read"),
        ("GL/GLPostedTransactions", "General Ledger", "not the journal"),
        ("BK/BKBanks", "Bank Services", "nothing is paid"),
        ("CS/CSFiscalCalendars", "Common Services", "fiscal period is open"),
    ],
)
def test_rights_that_can_be_done_without_are_warned_of_with_what_is_missing(
    healthy: responses.RequestsMock, client: Sage300Client, resource: str, name: str, missing: str
) -> None:
    healthy.replace("GET", f"{COMPANY}/{resource}", status=403, json=says("Forbidden"))
    findings = check_connection(client, modules=["AP"], optional=OPTIONAL)
    assert findings.ok
    (warned,) = (each for each in findings.findings if each.severity == "warning")
    assert warned.code == "sage300.rights"
    assert f"Security Groups, edit the {name} group" in warned.remedy
    assert missing in warned.remedy


def test_with_all_rights_there_is_nothing_to_warn_of(healthy: responses.RequestsMock, client: Sage300Client) -> None:
    findings = check_connection(client, modules=["AP"], optional=OPTIONAL)
    assert findings.ok
    assert findings.release is not None
    assert not [each for each in findings.findings if each.severity == "warning"]
    asked = {call.request.path_url.partition("?")[0].rsplit("/", 1)[1] for call in healthy.calls}
    assert {"POPurchaseOrders", "GLPostedTransactions", "BKBanks", "CSFiscalCalendars"} <= asked


def test_a_module_that_is_needed_and_could_be_done_without_is_needed(
    healthy: responses.RequestsMock, client: Sage300Client
) -> None:
    healthy.replace("GET", f"{COMPANY}/PO/POPurchaseOrders", status=403, json=says("Forbidden"))
    findings = check_connection(client, modules=["AP", "PO"], optional=OPTIONAL)
    assert problems(findings) == ["sage300.rights"]
    assert not [each for each in findings.findings if each.severity == "warning"]


def test_a_wrong_base_path_is_told_as_such(healthy: responses.RequestsMock, client: Sage300Client) -> None:
    for url in (f"{ROOT}/-/Companies", f"{COMPANY}/AP/APVendors", f"{COMPANY}/AP/APInvoiceBatches"):
        healthy.replace("GET", url, status=404, body="<html>404</html>", content_type="text/html")
    assert problems(check_connection(client)) == ["sage300.base-path"]


def test_plain_http_and_admin_are_warned_of_but_do_not_stop(
    client_of: Callable[..., Sage300Client], names: dict[str, str]
) -> None:
    plain = client_of("http://erp.acme.test", user="admin", policy=AddressPolicy(allow_plain_http=True))
    with responses.RequestsMock() as mocked:
        mocked.get(f"{ROOT.replace('https', 'http')}/-/Companies", status=403, json=says("Forbidden"))
        findings = check_connection(plain)
    warned = [finding.code for finding in findings.findings if finding.severity == "warning"]
    assert warned == ["sage300.plain-http", "sage300.admin-user-given"]
    assert problems(findings) == ["sage300.admin-user"]


@pytest.mark.parametrize("refusal", [(404, "ResourceNotFound"), (405, "MethodNotAllowed")])
def test_an_older_release_is_known_by_where_receipts_are_read(
    sage: responses.RequestsMock,
    client: Sage300Client,
    refusal: tuple[int, str],
) -> None:
    sage.get(f"{COMPANY}/PO/POGetReceipts", status=refusal[0], json=says(refusal[1]))
    sage.get(f"{COMPANY}/PO/POReceipts", json=feed())
    release = detect_release(client)
    assert (release.receipts, release.batch_patch) == ("POReceipts", None)


def test_a_release_is_not_guessed_where_rights_are_missing(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(f"{COMPANY}/PO/POGetReceipts", status=403, json=says("Forbidden"))
    with pytest.raises(ConfigurationTrouble) as caught:
        detect_release(client)
    assert caught.value.code == "sage300.rights"


def test_a_company_without_purchase_orders_is_told_so(sage: responses.RequestsMock, client: Sage300Client) -> None:
    for resource in ("POGetReceipts", "POReceipts"):
        sage.get(f"{COMPANY}/PO/{resource}", status=404, json=says("ResourceNotFound"))
    with pytest.raises(ConfigurationTrouble, match="activated"):
        detect_release(client)
