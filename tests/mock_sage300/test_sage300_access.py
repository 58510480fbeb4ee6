import pytest
import requests


def test_user_and_password_count_in_upper_case_only(api, refusal):
    for user, password in (("counterfoil", "REHEARSAL"), ("COUNTERFOIL", "rehearsal"), ("NOBODY", ""), ("", "")):
        reply = requests.get(f"{api.base}/AP/APVendors", auth=(user, password), timeout=10)
        assert refusal(reply) == (401, "Unauthorized")
    assert refusal(requests.get(f"{api.base}/AP/APVendors", timeout=10)) == (401, "Unauthorized")


def test_windows_auth_answers_401_as_html_with_a_negotiate_challenge(make_api):
    reply = make_api(windows_auth=True).get("AP/APVendors")
    assert reply.status_code == 401
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "Negotiate" in reply.headers["WWW-Authenticate"]


def test_admin_is_refused_unless_the_server_allows_it(api, refusal):
    api.session.auth = ("ADMIN", "REHEARSAL")
    assert refusal(api.get("AP/APVendors")) == (403, "Forbidden")
    api.mock.turn({"admin_allowed": True})
    assert api.get("AP/APVendors").status_code == 200


def test_the_api_right_and_record_rights_are_per_module(api, refusal):
    api.session.auth = ("NORIGHT", "REHEARSAL")
    assert refusal(api.get("AP/APVendors")) == (403, "Forbidden")
    api.session.auth = ("COUNTERFOIL", "REHEARSAL")
    api.mock.turn({"users": {"COUNTERFOIL": {"api": ["AP"], "modify": []}}})
    assert api.get("AP/APVendors").status_code == 200
    assert refusal(api.get("GL/GLAccounts")) == (403, "Forbidden")
    assert refusal(api.post("AP/APInvoiceBatches", {})) == (403, "Forbidden")


def test_a_write_without_content_type_is_an_internal_error(api, refusal):
    del api.session.headers["Content-Type"]
    assert api.get("AP/APVendors").status_code == 200
    assert refusal(api.call("POST", "AP/APInvoiceBatches", data=b"{}")) == (500, "InternalServerError")
    api.mock.turn({"strict_content_type": "all"})
    assert refusal(api.get("AP/APVendors")) == (500, "InternalServerError")


def test_a_session_cookie_is_given_once(api):
    assert "ASP.NET_SessionId" in api.get("AP/APVendors").cookies
    assert "Set-Cookie" not in api.get("AP/APVendors").headers
    cookie_only = requests.get(f"{api.base}/AP/APVendors", cookies=api.session.cookies, timeout=10)
    assert cookie_only.status_code == 401


def test_unknown_companies_modules_and_resources(api, refusal):
    assert refusal(api.session.get(f"{api.root}/NOWHERE/AP/APVendors", timeout=10)) == (500, "DBLinkError")
    api.mock.turn({"unknown_company_code": "ResourceNotFound"})
    assert refusal(api.session.get(f"{api.root}/NOWHERE/AP/APVendors", timeout=10)) == (404, "ResourceNotFound")
    for path in ("AP/APPostedInvoices", "AP/GLAccounts", "XX/APVendors"):
        assert refusal(api.get(path)) == (404, "ResourceNotFound")


def test_companies_are_listed_and_have_books_of_their_own(api):
    companies = api.session.get(f"{api.root}/Companies", timeout=10).json()["value"]
    assert [company["Id"] for company in companies] == ["SAMLTD", "SAMINC"]
    other = api.session.get(f"{api.root}/SAMINC/AP/APVendors('1200')", timeout=10).json()
    assert (other["CurrencyCode"], api.get("AP/APVendors('1200')").json()["CurrencyCode"]) == ("CAD", "USD")


def test_verbs_are_those_of_the_release(make_api, refusal):
    old, middle, new = (make_api(release=release) for release in ("2020", "2021", "2022.2"))
    assert refusal(old.patch("AP/APInvoiceBatches(8)", {})) == (405, "MethodNotAllowed")
    assert middle.patch("AP/APInvoiceBatches(8)", {}).status_code == 204
    assert old.get("PO/POReceipts").status_code == middle.get("PO/POReceipts").status_code == 200
    assert refusal(old.get("PO/POGetReceipts")) == (404, "ResourceNotFound")
    assert refusal(new.get("PO/POReceipts")) == (405, "MethodNotAllowed")
    assert new.get("PO/POGetReceipts").status_code == 200
    for method, path in (
        ("DELETE", "AP/APInvoiceBatches(8)"),
        ("PUT", "PO/POPurchaseOrders(1)"),
        ("GET", "AP/APPostInvoices('$process')"),
    ):
        assert refusal(new.call(method, path, json={})) == (405, "MethodNotAllowed")


def test_metadata_declares_details_as_complex_types(api):
    text = api.get("AP/$metadata").text
    assert '<EntityType Name="APInvoiceBatches"><Key><PropertyRef Name="BatchNumber" /></Key>' in text
    assert '<ComplexType Name="InvoiceDetail">' in text
    assert "NavigationProperty" not in text


def test_messages_are_localised_and_codes_are_not(make_api):
    error = make_api(language="fr-FR").get("AP/APVendors('9999')").json()["error"]
    assert error["code"] == "RecordNotFound"
    assert error["message"]["lang"] == "fr-FR"
    assert "introuvable" in error["message"]["value"]


def test_ordered_troubles_look_like_sage_or_like_iis(api, refusal):
    api.mock.faults.add("throttle")
    assert refusal(api.get("AP/APVendors")) == (429, "TooManyRequests")
    api.mock.faults.add("html", status=503)
    page = api.get("AP/APVendors")
    assert (page.status_code, "Service Unavailable" in page.text) == (503, True)
    api.mock.turn({"error_shape": "message"})
    api.mock.faults.add("status", status=500)
    assert api.get("AP/APVendors").json() == {"Message": "An error has occurred."}
    api.mock.turn({"error_shape": "empty"})
    api.mock.faults.add("status", status=500)
    assert api.get("AP/APVendors").content == b""


def test_no_rate_headers_and_no_etag_are_offered(api):
    headers = {name.lower() for name in api.get("AP/APVendors").headers}
    assert not headers & {"etag", "retry-after", "last-modified"}
    assert not [name for name in headers if "ratelimit" in name]


def test_too_many_concurrent_requests_are_refused(make_api, refusal):
    api = make_api(max_concurrent=1)
    assert api.get("AP/APVendors").status_code == 200
    with api.mock._counted():
        assert refusal(api.get("AP/APVendors")) == (429, "TooManyRequests")


def test_a_body_above_the_iis_limit_is_a_404_page(api):
    reply = api.call("POST", "AP/APInvoiceBatches", data=b" " * 30_000_001)
    assert reply.status_code == 404
    assert "404.13" in reply.text


def test_the_first_call_after_twenty_idle_minutes_is_slow(make_api):
    api = make_api(cold_start_seconds=0.3)
    slept = [api.get("AP/APVendors").elapsed.total_seconds() >= 0.3 for _ in range(2)]
    api.mock.clock.advance(21 * 60)
    slept.append(api.get("AP/APVendors").elapsed.total_seconds() >= 0.3)
    assert slept == [True, False, True]


def test_knobs_are_shown_without_passwords_and_wrong_ones_refused(api):
    url = f"{api.server.url}/__mock__/knobs"
    assert "REHEARSAL" not in requests.get(url, timeout=10).text
    for wrong in ({"page_size": "many"}, {"speed": 1}, {"release": "1999"}, {"users": {"NEW": {}}}):
        refused = requests.post(url, json=wrong, timeout=10)
        assert refused.status_code == 400
        assert refused.json()["error"].endswith(".")
    assert requests.post(url, json={"page_size": 7}, timeout=10).json()["page_size"] == 7


@pytest.mark.parametrize(("user", "refused", "allowed"), [
    ("NOLEDGER", "GL/GLPostedTransactions", "PO/POPurchaseOrders"),
    ("NOORDERS", "PO/POPurchaseOrders", "GL/GLAccounts"),
])  # fmt: skip
def test_a_user_may_lack_the_right_to_one_module(api, refusal, user, refused, allowed):
    api.session.auth = (user, "REHEARSAL")
    assert refusal(api.get(refused)) == (403, "Forbidden")
    assert api.get(allowed).status_code == 200
    assert api.get("AP/APVendors").status_code == 200
