"""Notices on the pages: the banner, the list of recipients, and secrets that are shown once or never."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from plugin.app import create_app
from plugin.notices.gauge import OpenNotices
from plugin.notices.sending import secret_place
from plugin.settings import MailServer, Settings
from plugin.store.models import Connection, Message, Notice, Recipient, Site, Stream
from plugin.store.upgrade import upgrade

WEBHOOK = {"address": "https://hooks.example/counterfoil", "secret": ""}


def notice(house: Any, **values: Any) -> int:
    row = {
        "subject": "stream:1", "code": "stale", "raised_at": house.now - timedelta(hours=2),
        "sentence": "Invoices <b>stand</b> still.", "remedy": "Ask for a worker.",
    }  # fmt: skip
    return int(house.add(Notice(**{**row, **values})))


def with_mail(house: Any) -> None:
    server = MailServer("mail.example", 465, encrypted=True, user="u", password="canary-mail-password")
    settings = replace(house.parts.settings, mail_server=server, mail_from="counterfoil@example.com")
    object.__setattr__(house.parts, "settings", settings)


@pytest.mark.parametrize("route", ["overview", "overview/live", "connections", "failures", "activity", "notices"])
def test_an_open_notice_stands_on_every_page_of_an_administrator(house: Any, route: str) -> None:
    house.stream()
    assert "Ask for a worker." not in house.html(route)
    notice(house)
    html = house.html(route)
    assert "Invoices &lt;b&gt;stand&lt;/b&gt; still." in html
    assert "Ask for a worker." in html
    assert "Since <time" in html


def test_several_notices_are_folded_into_one_line(house: Any) -> None:
    for number in range(3):
        notice(house, subject=f"stream:{number}", sentence=f"Number {number}.")
    html = house.html("connections")
    assert "3 things need you" in html
    assert html.index("<details") < html.index("Number 0.") < html.index("Number 2.") < html.index("</details>")


def test_what_is_over_is_no_banner_but_history(house: Any) -> None:
    notice(house, raised_at=house.now - timedelta(hours=4), cleared_at=house.now - timedelta(hours=1))
    assert "stand" not in house.html("connections")
    html = house.html("notices")
    assert "Nothing needs you now" in html
    assert re.search(r"Invoices &lt;b&gt;stand.*\n?.*>3 h<", html)


def test_history_is_the_last_fifty(house: Any) -> None:
    for number in range(52):
        over = house.now - timedelta(minutes=60 - number)
        notice(house, subject=f"stream:{number}", sentence=f"Number {number}.", cleared_at=over)
    html = house.html("notices")
    assert html.count("Number ") == 50
    assert "Number 51." in html
    assert "Number 1." not in html


def test_a_made_secret_is_shown_once_and_never_again(house: Any) -> None:
    html = house.html("notices/webhook", WEBHOOK)
    (secret,) = re.findall(r'id="secret-once">([^<]+)<', html)
    recipient = house.row(Recipient)
    assert len(secret) >= 40
    assert house.parts.seal.open(recipient.secret, secret_place(house.site_id, recipient.id)) == secret
    assert secret not in house.html("notices")
    assert secret not in recipient.secret


def test_a_chosen_secret_is_never_shown(house: Any) -> None:
    answer = house.ask("notices/webhook", {**WEBHOOK, "secret": "canary-chosen-secret"}).json
    assert answer["redirect"] == "notices"
    assert "canary" not in answer["html"] + house.html("notices") + house.row(Recipient).secret


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"address": ""}, "address", "Fill this in."),
        ({"address": "hooks.example"}, "address", "not a complete web address"),
        ({"address": "javascript:alert(1)"}, "address", "not a complete web address"),
        ({"address": "https://u:canary@hooks.example/"}, "address", "Take the part before the @ out"),
        ({"address": "https://hooks.example/#x"}, "address", "from the # on"),
        ({"secret": "canary-short"}, "secret", "Between 16 and 200 characters"),
    ],
)
def test_a_wrong_entry_is_told_at_its_field(house: Any, form: dict[str, str], field: str, sentence: str) -> None:
    html = house.html("notices/webhook", {**WEBHOOK, **form})
    assert sentence in html
    assert f'id="{field}-wrong"' in html
    assert '<details id="webhook" open>' in html
    assert "canary" not in html.replace(form.get("address", "-"), "")
    assert house.rows(Recipient) == []


def test_nobody_is_listed_twice_and_the_list_is_short(house: Any) -> None:
    house.ask("notices/webhook", WEBHOOK)
    assert "in the list already" in house.html("notices/webhook", WEBHOOK)
    for number in range(9):
        house.ask("notices/webhook", {**WEBHOOK, "address": f"https://hooks.example/{number}"})
    assert "There can be 10 recipients" in house.html(
        "notices/webhook", {**WEBHOOK, "address": "https://hooks.example/ten"}
    )
    assert len(house.rows(Recipient)) == 10


def test_e_mail_is_offered_once_the_operator_has_set_it_up(house: Any) -> None:
    assert "COUNTERFOIL_SMTP_URL" in house.html("notices")
    with_mail(house)
    html = house.html("notices")
    assert "COUNTERFOIL_SMTP_URL" not in html
    assert "canary" not in html
    assert "one address like" in house.html("notices/email", {"email": "nobody"})
    assert "one address like" in house.html("notices/email", {"email": "a@b.example, c@d.example"})
    house.ask("notices/email", {"email": "payables@example.com"})
    assert (house.row(Recipient).kind, house.row(Recipient).address) == ("email", "payables@example.com")


def test_a_test_is_sent_by_a_worker_while_the_page_waits(house: Any) -> None:
    house.ask("notices/webhook", WEBHOOK)
    answer = house.ask("notices/test?id=1", {}).json
    assert house.queue.asked == [("send_messages", house.site_id)]
    message = house.row(Message)
    assert (message.event, message.notice_id, message.state) == ("test", None, "waiting")
    assert message.body["link"].endswith("/plugins/servlet/ac/com.counterfoil.payables/admin")
    html = house.html(answer["redirect"])
    assert "Sending the test" in html
    assert f'data-route="notices/live?{answer["redirect"].partition("?")[2]}"' in html
    house.ask("notices/test?id=1", {})
    assert len(house.rows(Message)) == 1, "one that still waits is enough"
    house.change(Message, state="sent", next_try_at=None)
    assert "data-poll" not in house.html(answer["redirect"].replace("notices", "notices/live"))


def test_troubles_of_sending_are_told_in_words(house: Any) -> None:
    trouble = {"tried": "A message was sent.", "got": "It answered with status 500.", "remedy": "Look.", "code": "x"}
    recipient = house.add(Recipient(kind="webhook", address="https://hooks.example/a", trouble=trouble))
    said = {"recipient_id": recipient, "event": "raised", "body": {}, "delivery_id": "d", "written_at": house.now}
    house.add(Message(**said, state="given-up"))
    house.add(Message(**said, state="waiting", next_try_at=house.now + timedelta(minutes=8)))
    html = house.html("notices")
    assert "It answered with status 500. Look." in html
    assert "Not arriving" in html
    assert "1 message was given up." in html
    assert "1 message waits; the next try is in 8 min." in html


def test_a_recipient_is_removed_with_what_was_still_to_be_sent(house: Any) -> None:
    house.ask("notices/webhook", WEBHOOK)
    house.ask("notices/test?id=1", {})
    house.ask("notices/remove?id=1", {})
    assert house.rows(Recipient) == house.rows(Message) == []
    assert "Nobody is told yet" in house.html("notices")


def test_recipients_of_another_site_are_not_there(house: Any) -> None:
    with house.parts.database.writing_every_site() as session:
        site = Site(name="b", base_url="https://b", display_url="https://b", created_at=house.now)
        session.add(site)
        session.flush()
        session.add(Recipient(site_id=site.id, kind="webhook", address="https://theirs.example"))
    assert "theirs" not in house.html("notices")
    for route in ("notices/test?id=1", "notices/remove?id=1"):
        assert house.ask(route, {}).status_code == 404


def test_the_date_on_which_a_password_expires_is_kept_with_the_connection(house: Any) -> None:
    connection = house.connection()
    form = {
        "address": "https://sage.example/Sage300WebApi", "company": "SAMLTD", "user": "COUNTERFOIL", "password": "",
        "certificate": "", "concurrency": "4", "batch_link": "", "expires_on": "2027-03-31",
    }  # fmt: skip
    house.ask(f"connection/save?id={connection}", form)
    assert house.row(Connection).credentials_expire_on == date(2027, 3, 31)
    assert 'value="2027-03-31"' in house.html(f"connection?id={connection}")
    html = house.html(f"connection/save?id={connection}", {**form, "expires_on": "soon"})
    assert 'id="expires_on-wrong"' in html
    house.ask(f"connection/save?id={connection}", {**form, "expires_on": ""})
    assert house.row(Connection).credentials_expire_on is None


def test_a_stream_is_not_behind_when_it_begins_or_goes_on(house: Any) -> None:
    integration = house.integration()
    house.ask(f"schedule/save?integration={integration}", {"minutes": "5", "jira_calls_at_once": "4"})
    started = house.main().reached_at
    assert started is not None
    house.change(Stream, active=False, reached_at=started - timedelta(days=9))
    house.ask(f"stream/resume?stream={house.main().id}", {})
    assert house.main().reached_at >= started


def test_open_notices_are_counted_for_operators(house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    registry.register(OpenNotices(house.parts.database))
    assert 'counterfoil_open_notices{code="stale"} 0.0' in generate_latest(registry).decode()
    notice(house)
    notice(house, subject="stream:2")
    notice(house, subject="stream:3", cleared_at=house.now)
    told = generate_latest(registry).decode()
    assert 'counterfoil_open_notices{code="stale"} 2.0' in told
    assert 'counterfoil_open_notices{code="failing"} 0.0' in told
    house.change(Site, left_at=house.now)
    assert 'counterfoil_open_notices{code="stale"} 0.0' in generate_latest(registry).decode()


@pytest.mark.parametrize("several_processes", [False, True])
def test_the_count_is_among_the_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, several_processes: bool
) -> None:
    settings = Settings.from_environment({"COUNTERFOIL_DATA": str(tmp_path), "COUNTERFOIL_METRICS_TOKEN": "t"})
    app = create_app(settings)
    if several_processes:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    client = app.test_client()
    ask = lambda: client.get("/metrics", headers={"Authorization": "Bearer t"})  # noqa: E731
    assert ask().status_code == 200, "without its tables the database is as good as away"
    upgrade(app.extensions["counterfoil"].database)
    assert 'counterfoil_open_notices{code="credential-expires"} 0.0' in ask().text
