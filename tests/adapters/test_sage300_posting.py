"""Setting batches ready and posting them: the calls, and what a refusal means where the batch then stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import responses

from sage_adapters.errors import RecordTrouble, TransientTrouble, Trouble, UncertainOutcome
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.payments import mark_payments_ready, post_payments
from sage_adapters.sage300.posting import PostingError, mark_invoices_ready, post_invoices, posting_errors
from tests.adapters.conftest import COMPANY

INVOICES = f"{COMPANY}/AP/APInvoiceBatches"
PAYMENTS = f"{COMPANY}/AP/APPaymentAndAdjustmentBatches"
POST_INVOICES = f"{COMPANY}/AP/APPostInvoices('$process')"
POST_PAYMENTS = f"{COMPANY}/AP/APPostPaymentsAndAdjustments('$process')"

Do = Callable[[Sage300Client, int], None]

READY: dict[str, tuple[Do, str, str]] = {
    "invoices": (mark_invoices_ready, f"{INVOICES}(58)", INVOICES),
    "payments": (mark_payments_ready, f"{PAYMENTS}(BatchSelector='PY',BatchNumber=58)", PAYMENTS),
}
POST: dict[str, tuple[Do, str, str]] = {
    "invoices": (post_invoices, POST_INVOICES, INVOICES),
    "payments": (post_payments, POST_PAYMENTS, PAYMENTS),
}
setting_ready = pytest.mark.parametrize(("do", "url", "batches"), READY.values(), ids=READY)
posting = pytest.mark.parametrize(("do", "url", "batches"), POST.values(), ids=POST)


def says(code: str, text: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": {"lang": "fr-FR", "value": text}}}


def stands(sage: responses.RequestsMock, batches: str, status: str, entries: int = 1) -> None:
    batch = {"BatchNumber": 58, "BatchStatus": status, "NumberOfEntries": entries}
    sage.get(batches, json={"value": [batch]})


@setting_ready
def test_ready_to_post_is_the_only_thing_that_is_changed(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str
) -> None:
    sage.patch(url, status=204)
    do(client, 58)
    (call,) = sage.calls
    assert call.request.body == b'{"BatchStatus":"ReadyToPost"}'


def test_posting_names_one_batch_in_the_words_of_each_process(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.post(POST_INVOICES, status=204)
    sage.post(POST_PAYMENTS, status=204)
    post_invoices(client, 58)
    post_payments(client, 83)
    assert [json.loads(call.request.body) for call in sage.calls] == [
        {"ProcessAllBatches": "Donotpostallbatches", "FromBatch": 58, "ToBatch": 58},
        {"BatchType": "PY", "PostAllBatches": "Donotpostallbatches", "PostBatchFrom": 83, "PostBatchTo": 83},
    ]


@setting_ready
@pytest.mark.parametrize("status", ["ReadyToPost", "PostInProgress", "Posted"])
def test_what_is_ready_already_needs_nothing(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str, status: str
) -> None:
    sage.patch(url, status=409, json=says("General", "Le lot ne peut pas être modifié."))
    stands(sage, batches, status)
    do(client, 58)


@posting
def test_what_is_posted_already_needs_nothing(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str
) -> None:
    sage.post(url, status=409, json=says("General", "Rien à valider."))
    stands(sage, batches, "Posted")
    do(client, 58)


@setting_ready
def test_a_batch_that_somebody_has_open_is_tried_again(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str
) -> None:
    sage.patch(url, status=409, json=says("General", "Le lot 58 est utilisé par un autre utilisateur."))
    stands(sage, batches, "Open")
    with pytest.raises(TransientTrouble, match="utilisé par un autre") as caught:
        do(client, 58)
    assert caught.value.code == "sage300.batch-in-use"
    assert "batch 58 open in Sage 300" in caught.value.remedy


@setting_ready
def test_an_empty_batch_is_refused_in_the_words_of_sage(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str
) -> None:
    sage.patch(url, status=409, json=says("General", "Le lot 58 ne contient aucune écriture."))
    stands(sage, batches, "Open", entries=0)
    with pytest.raises(RecordTrouble, match="aucune écriture"):
        do(client, 58)


@posting
@pytest.mark.parametrize("status", ["ReadyToPost", "PostInProgress"])
def test_posting_too_soon_or_twice_at_once_is_tried_again(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str, status: str
) -> None:
    sage.post(url, status=409, json=says("General", "Un conflit de traitement s'est produit."))
    stands(sage, batches, status)
    with pytest.raises(TransientTrouble, match="conflit") as caught:
        do(client, 58)
    assert caught.value.code == "sage300.posting-conflict"


@posting
def test_a_batch_that_was_opened_again_is_not_posted_behind_their_back(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str
) -> None:
    sage.post(url, status=409, json=says("General", "Non."))
    stands(sage, batches, "Open")
    with pytest.raises(RecordTrouble, match="took Ready to Post off") as caught:
        do(client, 58)
    assert caught.value.code == "sage300.batch-not-ready"


@pytest.mark.parametrize(("do", "url", "batches"), [*READY.values(), *POST.values()])
def test_a_deleted_batch_is_told_as_such(
    sage: responses.RequestsMock, client: Sage300Client, do: Do, url: str, batches: str
) -> None:
    sage.add("POST" if "process" in url else "PATCH", url, status=409, json=says("RecordInvalid", "Non."))
    stands(sage, batches, "Deleted")
    with pytest.raises(RecordTrouble, match="was deleted") as caught:
        do(client, 58)
    assert caught.value.code == "sage300.batch-deleted"


def test_a_batch_that_is_gone_is_told_as_such(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.patch(f"{INVOICES}(58)", status=409, json=says("General", "Non."))
    sage.get(INVOICES, json={"value": []})
    with pytest.raises(RecordTrouble) as caught:
        mark_invoices_ready(client, 58)
    assert caught.value.code == "sage300.record-not-found"


@pytest.mark.parametrize(
    ("status", "said", "kind", "code"),
    [
        (409, says("FieldInvalid", "Date is not in the fiscal calendar."), RecordTrouble, "sage300.period-closed"),
        (404, says("RecordNotFound", "Record not found."), RecordTrouble, "sage300.record-not-found"),
        (500, says("InternalServerError", "Broken."), UncertainOutcome, "sage300.server-error"),
    ],
)
def test_a_refusal_with_a_reason_of_its_own_needs_no_second_look(
    sage: responses.RequestsMock,
    client: Sage300Client,
    status: int,
    said: dict[str, Any],
    kind: type[Trouble],
    code: str,
) -> None:
    sage.post(POST_INVOICES, status=status, json=said)
    with pytest.raises(kind) as caught:
        post_invoices(client, 58)
    assert caught.value.code == code
    assert len(sage.calls) == 1


def test_the_messages_of_a_posting_run_say_what_stayed_behind(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    message = {
        "PostingSequenceNumber": 12,
        "BatchType": "IN",
        "BatchNumber": 58,
        "EntryNumber": 2,
        "VendorNumber": "1200",
        "DocumentNumber": "INV-1",
        "ErrorMessage": "The entry is out of balance.",
    }
    sage.get(f"{COMPANY}/AP/APPostingErrorMessages", json={"value": [message]})
    assert posting_errors(client, 12) == [
        PostingError(58, 2, "1200", "INV-1", "The entry is out of balance.", "IN"),
    ]
    assert sage.calls[0].request.params["$filter"] == "PostingSequenceNumber eq 12"
