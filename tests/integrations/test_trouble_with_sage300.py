"""Trouble on the way to Sage 300 and in what it says: each gives a sentence with cause and remedy in the page and in
the run, loses and doubles nothing, and heals by itself once its cause is gone."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.integrations import sage300
from plugin.integrations.sage300_jira import invoices
from plugin.store.models import Connection
from sage_adapters.sage300.client import Sage300Client
from scripts.rehearsal.administrator import SetUpFailed
from tests.integrations.agreement import assert_in_step
from tests.integrations.conftest import Operate
from tests.integrations.office import USER, Office
from tests.integrations.troubles import ALWAYS, Act, assert_heals, assert_told, change_both_ways

PUBLIC = "http://93.184.216.34/Sage300WebApi"


def wrong_password(office: Office) -> None:
    office.sage.turn(users={USER.upper(): {"password": "CHANGED"}})


def right_password(office: Office) -> None:
    office.sage.turn(users={USER.upper(): {"password": "REHEARSAL"}})


def no_right(office: Office) -> None:
    office.sage.turn(users={USER.upper(): {"api": []}})


def every_right(office: Office) -> None:
    office.sage.turn(users={USER.upper(): {"api": ["AP", "GL", "PO", "CS"]}})


CONNECTION_TROUBLES = [
    pytest.param(
        wrong_password, right_password,
        "refused the user COUNTERFOIL or the password", "signing on to the Sage 300 desktop", id="wrong password",
    ),
    pytest.param(
        lambda office: office.sage.turn(windows_auth=True), lambda office: office.sage.turn(windows_auth=False),
        "401 as an HTML page with a Negotiate challenge",
        "IIS has Windows Authentication on for the Web API: turn it off and Anonymous on.", id="Windows auth",
    ),
    pytest.param(
        no_right, every_right, "does not let the user COUNTERFOIL use APInvoiceBatches of Accounts Payable",
        'tick "Sage 300 Web API"', id="no Web API right",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "mend", "cause", "remedy"), CONNECTION_TROUBLES)
def test_what_is_wrong_at_sage_300_is_told_by_the_run_and_heals(
    supplied: Office, break_it: Act, mend: Act, cause: str, remedy: str
) -> None:
    change_both_ways(supplied)
    break_it(supplied)
    assert_told(supplied, supplied.sync(), cause, remedy)
    mend(supplied)
    assert_heals(supplied)


@pytest.mark.parametrize(("break_it", "mend", "cause", "remedy"), CONNECTION_TROUBLES)
def test_what_is_wrong_at_sage_300_is_told_by_the_test_of_the_connection(
    running: Office, break_it: Act, mend: Act, cause: str, remedy: str
) -> None:
    break_it(running)
    told = checked(running)
    assert "could not be connected" in told
    assert cause.replace("APInvoiceBatches", "APVendors") in told
    assert remedy in told
    mend(running)
    assert "is connected" in checked(running)


def test_an_unknown_company_is_told_with_those_there_are_and_can_be_corrected(office: Office) -> None:
    office.connect()
    told = saved(office, company="NOSUCH")
    assert "The server has no company NOSUCH. It offers SAMLTD, SAMINC." in told
    assert "Give the database id of one of these companies." in told
    assert "is connected" in saved(office)


def test_a_company_whose_documents_have_issues_cannot_be_exchanged_for_another(supplied: Office) -> None:
    """Batch numbers begin anew in each company: its documents would be taken for those of the first."""
    with pytest.raises(SetUpFailed, match="Add a connection for another company"):
        saved(supplied, company="SAMINC")
    change_both_ways(supplied)
    supplied.sync()
    assert_heals(supplied)


def test_a_company_that_the_server_no_longer_opens_is_told_and_heals(supplied: Office) -> None:
    change_both_ways(supplied)
    with supplied.rows() as session:
        connection_id = session.scalars(select(Connection.id)).one()
    _rename_company(supplied, connection_id, "NOSUCH")
    assert_told(supplied, supplied.sync(), "could not open the database of NOSUCH: check the company id")
    _rename_company(supplied, connection_id, "SAMLTD")
    assert_heals(supplied)


def _rename_company(office: Office, connection_id: int, company: str) -> None:
    """As far as Counterfoil can tell, this is a company that was taken off the server."""
    with office.app.database.writing(office.site_id) as session:
        session.execute(update(Connection).where(Connection.id == connection_id).values(company=company))


@pytest.mark.parametrize(
    ("user", "password", "cause"),
    [
        ("nobody", "rehearsal", "refused the user NOBODY or the password: 401 Unauthorized"),
        (USER, "wrong", "refused the user COUNTERFOIL or the password: 401 Unauthorized"),
        ("noright", "rehearsal", "does not let the user NORIGHT use"),
        ("admin", "rehearsal", "refused the user ADMIN, which may not use the Web API as installed"),
    ],
)
def test_credentials_that_sage_300_refuses_are_told_on_the_connections_page(
    supplied: Office, user: str, password: str, cause: str
) -> None:
    change_both_ways(supplied)
    assert cause in saved(supplied, user=user, password=password)
    assert_told(supplied, supplied.sync(), cause)
    assert "is connected" in saved(supplied)
    assert_heals(supplied)


def test_plain_http_to_a_public_address_is_not_called(supplied: Office, operate: Operate) -> None:
    change_both_ways(supplied)
    operate(ALLOW_PLAIN_HTTP="no")
    since = supplied.sage.now
    told = saved(supplied, address=PUBLIC)
    assert "It is public and the URL begins with http://, so the password would travel readable." in told
    assert "Give the https:// address of that server." in told
    assert_told(supplied, supplied.sync(), "the password would travel readable")
    assert supplied.last_run().calls == {}
    assert not supplied.sage.journal(since=since)
    assert "is connected" in saved(supplied)
    assert_heals(supplied)


def test_a_private_address_that_is_not_allowed_is_not_called(supplied: Office, operate: Operate) -> None:
    change_both_ways(supplied)
    operate(ALLOW_PRIVATE_ADDRESSES="no")
    since = supplied.sage.now
    cause = "It leads to 127.0.0.1, which is not a public address."
    remedy = "Give a public https address, or ask this app's operator to allow private addresses."
    told = checked(supplied)
    assert cause in told
    assert remedy in told
    assert_told(supplied, supplied.sync(), cause, remedy)
    assert not supplied.sage.journal(since=since)
    operate(ALLOW_PRIVATE_ADDRESSES="yes")
    assert "is connected" in checked(supplied)
    assert_heals(supplied)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"kind": "status", "status": 503}, "It answered 503"),
        ({"kind": "html", "status": 503}, "It answered 503 with an HTML page."),
        ({"kind": "html", "status": 200}, "A web page came back instead of data."),
        ({"kind": "status", "status": 500}, "It answered 500"),
        ({"kind": "reset"}, "127.0.0.1 dropped the connection before a complete answer came."),
        ({"kind": "truncate"}, "127.0.0.1 dropped the connection before a complete answer came."),
        ({"kind": "throttle"}, "It answered 429"),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("where", [r"APInvoiceBatches$", r"APInvoiceBatches\("], ids=["list", "batch"])
def test_sage_300_that_stumbles_while_it_is_read_is_read_again(
    supplied: Office, fault: dict[str, Any], cause: str, where: str
) -> None:
    change_both_ways(supplied)
    supplied.sage.fault(method="GET", path=where, times=ALWAYS, **fault)
    assert_told(supplied, supplied.sync(), cause)
    supplied.sage.recover()
    assert_heals(supplied)


def test_sage_300_that_does_not_answer_in_time_is_asked_again(
    supplied: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = partial(Sage300Client, timeout=(5.0, 0.2))
    monkeypatch.setattr(sage300, "Sage300Client", impatient)
    change_both_ways(supplied)
    supplied.sage.fault("timeout", "GET", r"APInvoiceBatches\(", times=ALWAYS)
    assert_told(supplied, supplied.sync(), "took the request but gave no complete answer in time")
    supplied.sage.recover()
    assert_heals(supplied)


def test_what_was_read_before_sage_300_stumbled_is_brought_to_jira(supplied: Office) -> None:
    """A page of documents that is in the ledger does not wait for the source."""
    change_both_ways(supplied)
    batch = supplied.entry_of("OLD-1").unit
    supplied.sage.fault("status", "GET", rf"APInvoiceBatches\((?!{batch}\))\d+\)", times=ALWAYS, status=500, after=1)
    run = supplied.sync()
    assert run.state == "stopped"
    supplied.sage.recover()
    assert_heals(supplied)


def test_a_defect_of_our_own_is_told_with_a_reference_and_the_stream_goes_on_after_it(
    supplied: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_both_ways(supplied)
    with monkeypatch.context() as broken:
        broken.setattr(invoices, "read_batch", _divide_by_zero)
        with pytest.raises(AssertionError, match="ZeroDivisionError"):
            supplied.sync()
    run = supplied.last_run()
    assert_told(supplied, run, "Something went wrong on our side.")
    assert "ZeroDivisionError" not in supplied.page("overview")
    supplied.app.redis.flushall()  # the operator has looked at the broken job
    assert_heals(supplied)


def checked(office: Office) -> str:
    """*Test connection*; what the page then says."""
    office.ada.act(f"connection/test?id={office.connection}")
    return office.page(f"connection?id={office.connection}")


def saved(office: Office, **changed: str) -> str:
    """Saves the connection's form, which tests it; what the page then says."""
    office.ada.act(f"connection/save?id={office.connection}", office.credentials(**changed))
    return office.page(f"connection?id={office.connection}")


def _divide_by_zero(*_: object) -> None:
    raise ZeroDivisionError


def test_a_batch_on_which_sage_300_always_fails_stops_no_other(supplied: Office) -> None:
    office = supplied
    office.invoice("STUCK-1")
    stuck = office.sage.mock.state("invoice_batches")["invoice_batches"][-1]["number"]
    office.sage.fault("status", method="GET", path=rf"APInvoiceBatches\({stuck}\)", status=500, times=ALWAYS)
    office.poll()
    office.poll()
    office.invoice("BEHIND-1")
    office.poll()
    assert "BEHIND-1" in {entry.number for entry in office.entries()}
    assert f"batch {stuck}" in office.page("failures").lower() or "500" in office.page("failures")
    office.sage.recover()
    office.poll()
    assert_in_step(office)
