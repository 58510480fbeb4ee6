"""Webhooks that prove where they come from, e-mails through the operator's server, and no secret in what is left."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from pytest_httpserver import HTTPServer
from werkzeug import Response

from plugin import logs
from plugin.notices import mail
from plugin.settings import MailServer, Settings
from plugin.store.models import Connection, Message, Recipient
from sage_adapters.errors import ConfigurationTrouble
from tests.notices.conftest import MAIL_PASSWORD, NOON, SECRET, everything_stored, minutes
from tests.notices.mail_server import RehearsalMailServer
from tests.notices.own_certificate import server_context

ADMINISTRATORS = (Path(__file__).parents[2] / "docs" / "administrators.md").read_text("utf-8")


@pytest.fixture
def hook(httpserver: HTTPServer, office):
    httpserver.expect_request("/hook", method="POST").respond_with_data("", 204)
    office.webhook(httpserver.url_for("/hook"))
    return httpserver


def raise_one(office) -> None:
    office.stand_still()
    office.look()
    office.send()


def trouble(office):
    return office.rows(Recipient)[-1].trouble


# --- webhooks ---


def documented_check():
    """The example that the administrators' guide gives for verifying a webhook, as it stands there."""
    section = ADMINISTRATORS.partition("### Verifying a webhook")[2]
    code = re.search(r"```python\n(.*?)```", section, re.S)
    assert code is not None
    names: dict = {}
    exec(code[1], names)
    return names["is_genuine"], section


def test_a_receiver_can_verify_it_as_the_guide_says(office, hook):
    is_genuine, _ = documented_check()
    office.now = datetime.now(UTC)
    raise_one(office)
    request, _ = hook.log[0]
    assert is_genuine(SECRET, request.headers, request.data)
    assert not is_genuine("another-secret-000", request.headers, request.data)
    assert not is_genuine(SECRET, request.headers, request.data.replace(b"stale", b"stall"))
    later = {**request.headers, "X-Counterfoil-Timestamp": str(int(time.time()) + 1)}
    assert not is_genuine(SECRET, later, request.data), "the timestamp is signed as well"


def test_the_numbers_of_the_guides_example_are_right():
    from plugin.notices.webhook import signature

    _, section = documented_check()
    told = dict(re.findall(r"^\| (secret|timestamp|body|signature) \| `(.*)` \|$", section, re.M))
    assert told["signature"] == signature(told["secret"], told["timestamp"], told["body"].encode())


def test_an_old_message_played_again_is_not_genuine(office, hook):
    is_genuine, _ = documented_check()
    office.now = datetime.now(UTC) - timedelta(minutes=10)
    raise_one(office)
    request, _ = hook.log[0]
    assert not is_genuine(SECRET, request.headers, request.data)


def test_a_redirect_is_not_followed(office, httpserver):
    httpserver.expect_request("/hook").respond_with_response(Response(status=307, headers={"Location": "/elsewhere"}))
    office.webhook(httpserver.url_for("/hook"))
    raise_one(office)
    assert [request.path for request, _ in httpserver.log] == ["/hook"]
    assert "Redirects are not followed" in trouble(office)["got"]


def test_a_private_address_is_refused_unless_the_operator_allows_it(office, hook):
    office.settings = replace(office.settings, allow_private_addresses=False)
    raise_one(office)
    assert hook.log == []
    assert trouble(office)["code"] == "address.private"


def test_a_refusal_is_told_in_words_without_the_path_of_the_address(office, httpserver):
    httpserver.expect_request("/services/T0/canary-path").respond_with_data("no", 403)
    office.webhook(httpserver.url_for("/services/T0/canary-path"))
    raise_one(office)
    said = trouble(office)
    assert said["got"] == "It answered with status 403."
    assert said["code"] == "notices.webhook-refused"
    assert "canary" not in json.dumps(said)


def test_an_unreachable_receiver_is_logged_without_the_path_of_its_address(office, log_text):
    office.webhook("http://127.0.0.1:9/services/canary-path?key=canary")
    raise_one(office)
    assert "http.refused" in log_text()
    assert "canary" not in log_text() + json.dumps(trouble(office))


# --- e-mail ---


def test_an_e_mail_tells_what_is_wrong_and_what_to_do(mailing, mail_server):
    raise_one(mailing)
    (letter,) = mail_server.letters
    assert (letter["To"], letter["From"]) == ("payables@example.com", "Counterfoil <counterfoil@example.com>")
    assert letter["Subject"].startswith("Counterfoil needs you: Sage 300 (SAMLTD), invoices: not read to the end since")
    text = letter.get_content()
    assert "Ask the operator of Counterfoil whether scheduler and workers are running." in text
    assert "https://acme.atlassian.net/plugins/servlet/ac/" in text
    assert letter["Message-ID"] == f"<{mailing.rows(Message)[0].delivery_id}@example.com>"
    assert mail_server.passwords() == [f"\0counterfoil\0{MAIL_PASSWORD}"]
    mailing.get_through()
    mailing.look(minutes(1))
    mailing.send()
    assert mail_server.letters[1]["Subject"].startswith("Counterfoil: All clear.")


def test_without_a_mail_server_the_operator_is_named(mailing):
    mailing.settings = replace(mailing.settings, mail_server=None)
    raise_one(mailing)
    assert trouble(mailing)["code"] == "notices.mail-not-set-up"
    assert "COUNTERFOIL_SMTP_URL" in trouble(mailing)["remedy"]


def test_a_refused_password_and_a_refused_address_are_told_apart(mailing, mail_server):
    mail_server.behaviour.refuses_password = True
    raise_one(mailing)
    assert trouble(mailing)["code"] == "notices.mail-sign-on"
    mail_server.behaviour.refuses_password = False
    mail_server.behaviour.refuses_recipient = b"550 No such person here"
    mailing.send(minutes(2))
    assert trouble(mailing)["got"] == "The mail server answered 550: No such person here"
    assert mail_server.letters == []


def test_a_letter_whose_confirmation_was_lost_is_sent_again_and_recognisable(mailing, mail_server):
    mail_server.behaviour.hangs_up_after_data = 1
    raise_one(mailing)
    assert trouble(mailing)["code"] == "notices.mail-lost"
    mailing.get_through()
    mailing.look()
    mailing.send(minutes(5))
    first, second, all_clear = mail_server.letters
    assert first["Message-ID"] == second["Message-ID"] != all_clear["Message-ID"]
    assert mailing.messages() == [("raised", "sent"), ("cleared", "sent")]


def test_a_mail_server_that_is_away_is_tried_again(mailing, mail_server):
    mail_server.stop()
    raise_one(mailing)
    assert trouble(mailing)["code"] == "notices.mail-unreachable"
    assert mailing.messages() == [("raised", "waiting")]


def test_nothing_is_said_in_the_clear_to_another_machine(mailing, mail_server, monkeypatch):
    monkeypatch.setattr(mail, "_is_this_machine", lambda smtp: False)
    raise_one(mailing)
    assert trouble(mailing)["code"] == "notices.mail-unprotected"
    assert [each for each in mail_server.said if not each.startswith(b"ehlo")] == []


def test_a_mail_server_is_believed_by_its_certificate_only(mailing, tmp_path, monkeypatch):
    """With TLS from the first byte; trusted once the machine's certificates have its own."""
    context, authority = server_context(tmp_path)
    server = RehearsalMailServer(context)
    secure = MailServer("localhost", server.port, encrypted=True, user="counterfoil", password=MAIL_PASSWORD)
    mailing.settings = replace(mailing.settings, mail_server=secure)
    raise_one(mailing)
    assert trouble(mailing)["code"] == "notices.mail-certificate"
    assert server.said == []
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    mailing.send(minutes(1))
    assert len(server.letters) == 1
    server.stop()


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtps://a%40b:p%3Aq@mail.example", MailServer("mail.example", 465, True, "a@b", "p:q")),
        ("smtp://mail.example", MailServer("mail.example", 587, False)),
        ("smtp://localhost:2525/", MailServer("localhost", 2525, False)),
    ],
)
def test_the_mail_server_is_set_by_one_address(text, server):
    assert Settings.from_environment({"COUNTERFOIL_SMTP_URL": text}).mail_server == server


@pytest.mark.parametrize(
    "text",
    [f"http://u:{MAIL_PASSWORD}@h:25", f"smtp://u:{MAIL_PASSWORD}#@h", f"smtp:{MAIL_PASSWORD}", f"h:{MAIL_PASSWORD}"],
)
def test_an_address_of_a_mail_server_that_cannot_be_understood_is_refused_without_its_password(text):
    with pytest.raises(ConfigurationTrouble) as refused:
        Settings.from_environment({"COUNTERFOIL_SMTP_URL": text})
    assert "COUNTERFOIL_SMTP_URL" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_the_password_of_the_mail_server_is_in_no_repr(mailing):
    assert "canary" not in repr(mailing.settings)


# --- secrets ---


@pytest.fixture
def log_text(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    before = logging.getLogger().handlers[:]
    logs.configure("json")
    yield written.getvalue
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before


def test_no_secret_is_in_a_log_or_readable_in_the_database(mailing, hook, mail_server, log_text):
    """While everything goes wrong that can: refusals, a broken seal, a defect, and in the end success."""
    mailing.change(Connection, credentials_expire_on=date(2027, 3, 2))
    mail_server.behaviour.refuses_password = True
    hook.clear_all_handlers()
    hook.expect_request("/hook").respond_with_data(SECRET, 500)
    raise_one(mailing)
    mail_server.behaviour.refuses_password = False
    mail_server.behaviour.hangs_up_after_data = 1
    mailing.send(minutes(2))
    mailing.add(Recipient(kind="webhook", address=hook.url_for("/hook"), secret="s1.k1.broken"))
    hook.clear_all_handlers()
    hook.expect_request("/hook").respond_with_data("", 204)
    mailing.send(minutes(30))
    assert "message.not-sent" in log_text()
    for text in (log_text(), everything_stored(mailing)):
        assert "canary" not in text
    assert mailing.now > NOON
