"""A message as an e-mail, through the operator's mail server. Never in the clear, except within this machine."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address

from plugin.settings import MailServer, Settings
from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble, TransientTrouble, Trouble, UncertainOutcome

TIMEOUT = 10.0
"""For each step of the conversation, in seconds."""
LONGEST_QUOTE = 200


def is_set_up(settings: Settings) -> bool:
    return settings.mail_server is not None and settings.mail_from is not None


def send(settings: Settings, address: str, message: JsonObject, delivery_id: str, now: datetime) -> None:
    """Raises a Trouble unless the mail server takes it; UncertainOutcome when it may have done so."""
    tried = f"An e-mail to {address} was handed to the mail server."
    server, sender = settings.mail_server, settings.mail_from
    if server is None or sender is None:
        raise ConfigurationTrouble(
            tried,
            "No mail server is set up.",
            "The operator of Counterfoil must set COUNTERFOIL_SMTP_URL and COUNTERFOIL_MAIL_FROM.",
            "notices.mail-not-set-up",
        )
    letter = _letter(sender, address, message, delivery_id, now)
    with _conversation(server, tried) as smtp:
        try:
            smtp.send_message(letter, sender, [address])
        except smtplib.SMTPResponseException as error:
            raise _refused(tried, error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(tried, *error.recipients[address]) from None
        except (smtplib.SMTPServerDisconnected, OSError):
            raise UncertainOutcome(
                tried,
                "The connection was lost before the mail server confirmed it.",
                "It is sent again, and may arrive twice.",
                "notices.mail-lost",
            ) from None


@contextmanager
def _conversation(server: MailServer, tried: str) -> Iterator[smtplib.SMTP]:
    """Open, encrypted, and signed on. What goes wrong before that is certain: nothing was sent."""
    try:
        smtp = _connected(server, tried)
    except ssl.SSLError as error:
        raise ConfigurationTrouble(
            tried,
            f"The mail server's encryption was not accepted: {getattr(error, 'verify_message', '') or error.reason}.",
            "The operator of Counterfoil should check name, port and certificate of the mail server.",
            "notices.mail-certificate",
        ) from None
    except (smtplib.SMTPException, OSError):
        raise TransientTrouble(
            tried,
            f"The mail server {server.host} could not be reached, or did not answer as one.",
            "It is tried again by itself. If it lasts, the operator of Counterfoil should look at it.",
            "notices.mail-unreachable",
        ) from None
    try:
        _sign_on(smtp, server, tried)
        yield smtp
    finally:
        smtp.close()


def _connected(server: MailServer, tried: str) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.encrypted:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        if not _is_this_machine(smtp):
            smtp.ehlo_or_helo_if_needed()
            if not smtp.has_extn("starttls"):
                raise _unprotected(tried, server)
            smtp.starttls(context=context)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _is_this_machine(smtp: smtplib.SMTP) -> bool:
    assert smtp.sock is not None
    return ip_address(smtp.sock.getpeername()[0]).is_loopback


def _sign_on(smtp: smtplib.SMTP, server: MailServer, tried: str) -> None:
    if not server.user:
        return
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPServerDisconnected:
        raise TransientTrouble(
            tried, "The mail server hung up.", "It is tried again by itself.", "notices.mail-unreachable"
        ) from None
    except smtplib.SMTPException:
        # Its words are not repeated: some servers quote what they were given.
        raise ConfigurationTrouble(
            tried,
            "The mail server refused user or password.",
            "The operator of Counterfoil should check both in COUNTERFOIL_SMTP_URL.",
            "notices.mail-sign-on",
        ) from None


def _letter(sender: str, address: str, message: JsonObject, delivery_id: str, now: datetime) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = f"Counterfoil <{sender}>", address
    letter["Subject"] = f"{_SUBJECTS[message['event']]}: {' '.join(message['sentence'].split())}"[:180]
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{delivery_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    parts = (message["sentence"], message["remedy"], f"{message['site']}\n{message['link']}")
    letter.set_content("\n\n".join(part for part in parts if part) + "\n")
    return letter


_SUBJECTS = {"raised": "Counterfoil needs you", "cleared": "Counterfoil", "test": "Counterfoil"}


def _refused(tried: str, code: int, answer: bytes | str) -> Trouble:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    got = f"The mail server answered {code}: {' '.join(words.split())[:LONGEST_QUOTE]}"
    if code < 500:
        return TransientTrouble(tried, got, "It is tried again by itself.", "notices.mail-refused")
    remedy = "Check the address. If it is right, the operator of Counterfoil should check COUNTERFOIL_MAIL_FROM."
    return ConfigurationTrouble(tried, got, remedy, "notices.mail-refused")


def _unprotected(tried: str, server: MailServer) -> ConfigurationTrouble:
    return ConfigurationTrouble(
        tried,
        f"The mail server {server.host} does not offer STARTTLS, so everything would travel readable.",
        "The operator of Counterfoil should use a server that does, or smtps:// in COUNTERFOIL_SMTP_URL.",
        "notices.mail-unprotected",
    )
