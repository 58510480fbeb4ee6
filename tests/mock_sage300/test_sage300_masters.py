VENDOR = {
    "VendorNumber": "1401",
    "ShortName": "1401",
    "GroupCode": "INV",
    "OnHold": "NotOnHold",
    "VendorName": "1401 Name",
}


def test_the_group_supplies_what_a_new_vendor_does_not_say(api):
    made = api.post("AP/APVendors", VENDOR)
    assert made.status_code == 201
    vendor = api.get("AP/APVendors('1401')").json()
    assert (vendor["AccountSet"], vendor["Terms"], vendor["TaxGroup"]) == ("TRADE", "DUETBL", "USDTAX")
    assert (vendor["CurrencyCode"], vendor["BankCode"], vendor["GLAccount"]) == ("USD", "SEATAC", "6300")
    assert vendor["DateLastMaintained"] == "2026-03-02T00:00:00Z"
    assert vendor.keys() == made.json().keys()


def test_a_vendor_exists_once_and_needs_a_group_there_is(api, refusal):
    api.post("AP/APVendors", VENDOR)
    assert refusal(api.post("AP/APVendors", VENDOR)) == (409, "RecordDuplicate")
    for changes in ({"GroupCode": "NONE"}, {"GroupCode": ""}, {"VendorName": ""}, {"VendorNumber": ""}):
        assert refusal(api.post("AP/APVendors", {**VENDOR, "VendorNumber": "1402", **changes})) == (409, "FieldInvalid")
    assert refusal(api.post("AP/APVendors", {**VENDOR, "OnHold": "Yes"})) == (400, "InvalidPayload")


def test_patch_keeps_details_and_put_purges_them(api):
    field = {"OptionalField": "REGION", "Value": "WEST"}
    api.post("AP/APVendors", {**VENDOR, "VendorOptionalFieldValues": [field]})
    path = "AP/APVendors('1401')"
    assert api.patch(path, {"City": "Tacoma"}).status_code == 204
    assert len(api.get(path).json()["VendorOptionalFieldValues"]) == 1
    put = api.call("PUT", path, json={"City": "Seattle"})
    assert (put.status_code, put.content) == (204, b"")
    vendor = api.get(path).json()
    assert (vendor["City"], vendor["VendorName"], vendor["VendorOptionalFieldValues"]) == ("Seattle", "1401 Name", [])


def test_a_vendor_with_open_documents_cannot_be_deleted(api, refusal):
    api.post("AP/APVendors", {**VENDOR, "GroupCode": "SERV"})
    api.enter(api.invoice("A-1", VendorNumber="1401"))
    assert refusal(api.call("DELETE", "AP/APVendors('1401')")) == (409, "General")
    api.post("AP/APVendors", {**VENDOR, "VendorNumber": "1402"})
    assert api.call("DELETE", "AP/APVendors('1402')").status_code == 204
    assert refusal(api.get("AP/APVendors('1402')")) == (404, "RecordNotFound")


def test_a_posted_balance_does_not_touch_date_last_maintained(api):
    before = api.get("AP/APVendors('1350')").json()
    api.posted()
    after = api.get("AP/APVendors('1350')").json()
    assert after["DateLastMaintained"] == before["DateLastMaintained"]
    assert after["BalanceDueInVendorCurrency"] - before["BalanceDueInVendorCurrency"] == 100


def test_accounts_are_keyed_without_separators(api, refusal):
    account = api.get("GL/GLAccounts('6400100')").json()
    assert account["AccountNumber"] == "6400-100"
    assert (account["AccountSegmentCode1"], account["AccountSegmentCode2"]) == ("6400", "100")
    assert refusal(api.get("GL/GLAccounts('6400-100')")) == (404, "RecordNotFound")
    assert api.get("GL/GLAccounts('2010')").json()["ControlAccount"] == "Yes"
    inactive = api.rows("GL/GLAccounts", **{"$filter": "Status eq 'Inactive'", "$select": "UnformattedAccount"})
    assert inactive == [{"UnformattedAccount": "6900"}]


def test_journals_must_balance_and_are_numbered_as_padded_texts(make_api, refusal):
    api = make_api(gl_automatic=False)

    def journal(credit):
        details = [{"AccountNumber": "6300", "Amount": 10}, {"AccountNumber": "1000", "Amount": credit}]
        return {"Description": "Accrual", "JournalHeaders": [{"SourceLedger": "GL", "JournalDetails": details}]}

    assert refusal(api.post("GL/GLJournalBatches", journal(-9))) == (409, "General")
    batch = api.post("GL/GLJournalBatches", journal(-10)).json()
    assert (batch["BatchNumber"], batch["JournalHeaders"][0]["EntryNumber"]) == ("000001", "00001")
    assert batch["JournalHeaders"][0]["JournalDetails"][0]["TransactionNumber"] == "0000000020"
    assert "BatchStatus" not in batch


def test_sages_own_samples_are_accepted(api):
    terms = {
        "TermsCode": "2N31",
        "Description": "2% 10",
        "TermsPaymentSchedule": [{"PaymentNumber": 20, "DueNumberOfDays": 31}],
    }
    assert api.post("AP/APTerms", terms).status_code == 201
    for path in ("AP/APPaymentCodes", "BK/BKBanks", "CS/CSCurrencyCodes", "CS/CSFiscalCalendars", "TX/TXTaxRates"):
        assert api.rows(path)
