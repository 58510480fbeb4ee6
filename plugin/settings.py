"""Every environment variable of Counterfoil, read once into one typed object."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from sage_adapters.errors import ConfigurationTrouble

Value = TypeVar("Value")
SMTP_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """`encrypted`: TLS from the first byte; otherwise STARTTLS is demanded, except of this machine itself."""

    host: str
    port: int
    encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """How this installation runs. Names and defaults are in docs/operators.md."""

    data_folder: Path
    """Holds the SQLite database, the key file and the embedded queue's data."""
    base_url: str
    """Where Jira and browsers reach this app: https, no trailing slash. May have a path."""
    database_url: str
    redis_url: str | None
    """None: the embedded server in `data_folder` is used."""
    app_key: str
    sealing_keys: str | None = field(repr=False)
    """`id:base64,...`, the first one seals; None: a key file in `data_folder`, made at first start."""
    connect_key_hosts: tuple[str, ...]
    """Where installation keys are asked for, in this order (contract jira-connect, section 2)."""
    connect_script_url: str
    """Atlassian's `all.js`, loaded by every page inside Jira."""
    jira_hosts: tuple[str, ...]
    """Host suffixes that may install us besides *.atlassian.net and *.jira.com; for rehearsal and custom gateways."""
    allow_private_addresses: bool
    allow_plain_http: bool
    log_format: str
    """`json` for machines, `console` for people."""
    metrics_token: str | None = field(repr=False)
    """Whoever scrapes /metrics must send it; None: there is no such address."""
    slice_seconds: float
    """After this long a run gives its worker back and queues itself again."""
    uncertain_wait_seconds: float
    """How long after a lost reply the target is asked. Longer than any request lasts: it may still be under way."""
    jira_calls_per_second: float
    """How often all workers together call the Jira of one site, at most; 0: as often as it answers."""
    mail_server: MailServer | None
    """What notices are sent through by e-mail; None: they are not."""
    mail_from: str | None
    """The address that those e-mails come from."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read all variables; raises ConfigurationTrouble naming the variable that cannot be understood."""
        read = _Reader(environment)
        data_folder = read("COUNTERFOIL_DATA", Path("var"), lambda text: Path(text).expanduser()).absolute()
        return cls(
            data_folder=data_folder,
            base_url=read("COUNTERFOIL_BASE_URL", "http://127.0.0.1:8000", lambda text: text.rstrip("/")),
            database_url=read("DATABASE_URL", f"sqlite:///{data_folder / 'counterfoil.sqlite3'}", str),
            redis_url=environment.get("REDIS_URL") or None,
            app_key=read("COUNTERFOIL_APP_KEY", "com.counterfoil.payables", str),
            sealing_keys=environment.get("COUNTERFOIL_KEYS") or None,
            connect_key_hosts=read("COUNTERFOIL_CONNECT_KEY_HOSTS", DEFAULT_KEY_HOSTS, _words),
            connect_script_url=read("COUNTERFOIL_CONNECT_SCRIPT", "https://connect-cdn.atl-paas.net/all.js", str),
            jira_hosts=read("COUNTERFOIL_JIRA_HOSTS", (), _words),
            allow_private_addresses=read("COUNTERFOIL_ALLOW_PRIVATE_ADDRESSES", False, _truth),
            allow_plain_http=read("COUNTERFOIL_ALLOW_PLAIN_HTTP", False, _truth),
            log_format=read("COUNTERFOIL_LOG_FORMAT", "json", _log_format),
            metrics_token=environment.get("COUNTERFOIL_METRICS_TOKEN") or None,
            slice_seconds=read("COUNTERFOIL_SLICE_SECONDS", 60.0, float),
            uncertain_wait_seconds=read("COUNTERFOIL_UNCERTAIN_WAIT_SECONDS", 120.0, float),
            jira_calls_per_second=read("COUNTERFOIL_JIRA_CALLS_PER_SECOND", 20.0, _rate),
            mail_server=read("COUNTERFOIL_SMTP_URL", None, _mail_server),
            mail_from=read("COUNTERFOIL_MAIL_FROM", None, _mail_address),
        )


DEFAULT_KEY_HOSTS = (
    "https://asap-distribution.us-west-2.prod.atl-asap.net",
    "https://connect-install-keys.atlassian.com",
)


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __call__(self, name: str, default: Value, parse: Callable[[str], Value]) -> Value:
        text = self._environment.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            raise ConfigurationTrouble(
                code="settings.unreadable",
                tried=f"Reading the environment variable {name}.",
                got=f"Its value cannot be understood: {error}.",
                remedy=f"Correct {name} or leave it out{f' to use {default!r}' if default is not None else ''}.",
            ) from error


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _mail_server(text: str) -> MailServer:
    """Its sentences repeat nothing of the text: it has a password."""
    expected = "expected smtps://user:password@host:465 or smtp://user:password@host:587"
    try:
        parts = urlsplit(text)
        port = parts.port or SMTP_PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in SMTP_PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{expected}, with special characters of user and password as %40 and the like")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, parts.scheme == "smtps", user, password)


def _mail_address(text: str) -> str:
    name, _, domain = text.rpartition("@")
    if not name or "." not in domain or any(c.isspace() or c in "<>,;" for c in text):
        raise ValueError("expected an address like counterfoil@example.com")
    return text


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate <= 1000:
        raise ValueError("expected a number from 0 to 1000")
    return rate


def _log_format(text: str) -> str:
    if text not in {"json", "console"}:
        raise ValueError("expected json or console")
    return text


def _truth(text: str) -> bool:
    answers = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in answers:
        raise ValueError("expected yes or no")
    return answers[text.lower()]
