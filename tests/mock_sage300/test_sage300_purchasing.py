ORDER = {
    "PurchaseOrderDate": "2026-02-15",
    "Vendor": "1400",
    "Description": "Lamps",
    "PurchaseOrderLines": [
        {"ItemNumber": "A1-105/0", "Location": "1", "UnitOfMeasure": "Ea.", "QuantityOrdered": 10, "UnitCost": 5},
        {"ItemNumber": "A1-655/0", "Location": "1", "UnitOfMeasure": "Ea.", "QuantityOrdered": 20, "UnitCost": 15},
    ],
}


def order(api):
    made = api.post("PO/POPurchaseOrders", ORDER)
    assert made.status_code == 201, made.text
    return made.json()


def test_an_order_is_keyed_by_sequence_and_found_by_number(api):
    made = order(api)
    assert made["PurchaseOrderNumber"] == f"PO{made['PurchaseOrderSequenceKey']:07}"
    assert (made["OrderTotal"], made["VendorName"], made["Currency"]) == (350, "Parkin Mercantile", "USD")
    assert [line["LineNumber"] for line in made["PurchaseOrderLines"]] == [1000, 2000]
    found = api.rows("PO/POPurchaseOrders", **{"$filter": f"PurchaseOrderNumber eq '{made['PurchaseOrderNumber']}'"})
    assert [row["PurchaseOrderSequenceKey"] for row in found] == [made["PurchaseOrderSequenceKey"]]


def test_received_quantities_rise_with_receipts_until_the_order_is_complete(api):
    made = order(api)
    key, number = made["PurchaseOrderSequenceKey"], made["PurchaseOrderNumber"]

    def receive(first, second):
        lines = [
            {"ItemNumber": "A1-105/0", "QuantityReceived": first},
            {"ItemNumber": "A1-655/0", "QuantityReceived": second},
            {"ItemNumber": "A1-450/0", "QuantityReceived": 3, "UnitCost": 1.25},
        ]
        reply = api.post("PO/POReceipts", {"PurchaseOrderNumber": number, "Vendor": "1400", "ReceiptLine2s": lines})
        assert reply.status_code == 201, reply.text
        lines = api.get(f"PO/POPurchaseOrders({key})").json()["PurchaseOrderLines"]
        return reply.json(), [(line["QuantityReceived"], line["QuantityOutstanding"]) for line in lines]

    receipt, quantities = receive(4, 20)
    assert quantities == [(4, 6), (20, 0)]
    assert receipt["ReceiptTotal"] == 4 * 5 + 20 * 15 + 3.75
    assert receive(6, 0)[1] == [(10, 0), (20, 0)]
    assert api.get(f"PO/POPurchaseOrders({key})").json()["CompletionStatus"] == "Complete"
    reads = api.rows("PO/POGetReceipts", **{"$filter": f"PurchaseOrderNumber eq '{number}'"})
    assert len(reads) == 2


def test_what_purchasing_refuses(api, refusal):
    assert refusal(api.post("PO/POPurchaseOrders", {**ORDER, "Vendor": "9999"})) == (409, "FieldInvalid")
    assert refusal(api.post("PO/POPurchaseOrders", {**ORDER, "PurchaseOrderDate": "2003-01-01"})) == (
        409,
        "FieldInvalid",
    )
    assert refusal(api.post("PO/POReceipts", {"PurchaseOrderNumber": "PO9"})) == (404, "RecordNotFound")
    assert refusal(api.patch("PO/POPurchaseOrders(1)", {})) == (405, "MethodNotAllowed")


def test_day_end_has_to_run_first(make_api, refusal):
    api = make_api()
    api.mock.turn({"day_end_required": True})
    reply = api.post("PO/POPurchaseOrders", ORDER)
    assert refusal(reply) == (409, "RecordDuplicate")
    assert "Day End Processing" in reply.json()["error"]["message"]["value"]
    assert api.post("PO/PODayEndProcessing('$process')", {}).status_code == 204
    order(api)
