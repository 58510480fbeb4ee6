ORDER = {
    "PurchaseOrderDate": "2026-02-15",
    "Vendor": "1400",
    "Description": "Lamps",
    "PurchaseOrderLines": [
        {"ItemNumber": "A1-105/0", "Location": "1", "UnitOfMeasure": "Ea.", "QuantityOrdered": 10, "UnitCost": 5},
        {"ItemNumber": "A1-655/0", "Location": "1", "UnitOfMeasure": "Ea.", "QuantityOrdered": 20, "UnitCost": 15},
    ],
}

LINES = [{"item": "A-1", "quantity": "3", "unit_cost": "2.50", "account": "1300"}]


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


def test_an_item_on_two_lines_fills_the_first_before_the_second(api):
    lines = [{"ItemNumber": "A-1", "QuantityOrdered": 2, "UnitCost": 5} for _ in range(2)]
    made = api.post("PO/POPurchaseOrders", {**ORDER, "PurchaseOrderLines": lines}).json()
    for _ in range(3):
        received = [{"ItemNumber": "A-1", "QuantityReceived": 1}]
        api.post("PO/POReceipts", {"PurchaseOrderNumber": made["PurchaseOrderNumber"], "ReceiptLine2s": received})
    found = api.get(f"PO/POPurchaseOrders({made['PurchaseOrderSequenceKey']})").json()["PurchaseOrderLines"]
    assert [line["QuantityReceived"] for line in found] == [2, 1]


def test_an_order_is_completed_once_and_opened_again_by_a_return(api, person):
    made = person("purchase_order", vendor="1400", expected="2026-04-01", lines=LINES)
    assert (made["expected"], made["status"], made["completed"]) == ("2026-04-01", "Incomplete", None)
    person("receipt", action="receive", po_number=made["number"])
    key = made["key"]
    assert api.get(f"PO/POPurchaseOrders({key})").json()["DateCompleted"] == "2026-03-02T00:00:00Z"
    api.mock.clock.advance(86400)
    done = person("purchase_order", action="edit", number=made["number"], description="Done")
    assert (done["status"], done["completed"]) == ("Complete", "2026-03-02")
    back = [{"item": "A-1", "quantity": "1"}]
    again = person("receipt", action="return", po_number=made["number"], lines=back)
    assert (again["status"], again["lines"][0]["received"], again["lines"][0]["outstanding"]) == (
        "Incomplete",
        "2",
        "1",
    )


def test_people_change_close_and_delete_orders(api, person):
    made = person("purchase_order", vendor="1400", lines=LINES)
    more = [{"item": "A-1", "quantity": "5", "unit_cost": "3"}]
    edited = person("purchase_order", action="edit", number=made["number"], lines=more)
    assert (edited["total"], edited["lines"][0]["outstanding"]) == ("15.00", "5")
    assert person("purchase_order", action="close", number=made["number"])["status"] == "Complete"
    person("purchase_order", action="delete", number=made["number"])
    assert api.get(f"PO/POPurchaseOrders({made['key']})").status_code == 404


def test_a_bill_for_what_was_received_becomes_an_invoice_in_payables(api, person):
    made = person("purchase_order", vendor="1400", lines=LINES)
    receipt = person("receipt", action="receive", po_number=made["number"], lines=[{"item": "A-1", "quantity": "2"}])
    bill = person("purchase_invoice", number="B-1", receipt_number=receipt["number"])
    assert (bill["total"], bill["po_number"], bill["vendor"]) == ("5.00", made["number"], "1400")
    [row] = api.rows("PO/POInvoices", **{"$filter": "InvoiceNumber eq 'B-1'"})
    assert row["InvoiceLines"][0]["QuantityInvoiced"] == 2
    [entry] = [row for row in api.mock.state("invoices")["invoices"] if row["number"] == "B-1"]
    assert (entry["po_number"], entry["status"], entry["lines"][0]["amount"]) == (made["number"], "Open", "5.00")


def test_a_bill_can_wait_for_the_process_that_passes_it_on(api, person):
    api.mock.turn({"purchasing_creates_batches": False})
    made = person("purchase_order", vendor="1400", lines=LINES)
    person("receipt", action="receive", po_number=made["number"])
    person("purchase_invoice", number="B-2", po_number=made["number"])
    numbers = {row["number"] for row in api.mock.state("invoices")["invoices"]}
    assert "B-2" not in numbers
    assert api.post("PO/POCreateBatch('$process')", {}).status_code == 204
    assert "B-2" in {row["number"] for row in api.mock.state("invoices")["invoices"]}
