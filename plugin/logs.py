"""Structured logs: one event a line, bound to site, stream, run and job, with secrets masked last of all.

Masking works on names and on shapes, and rather masks too much: a log is read by more people than a database.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.types import EventDict, WrappedLogger

MASK = "(masked)"
SECRET_NAME = re.compile(r"pass(word)?|secret|token|authori[sz]ation|credential|cookie|api_?key|jwt|signature", re.I)
SECRET_SHAPES = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]+\.?[\w-]*"  # JSON web tokens
    r"|(?<=\bBasic )[\w+/=-]{6,}|(?<=\bBearer )[\w.+/=-]{6,}|(?<=\bJWT )[\w.+/=-]{6,}"
    r"|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"  # credentials in an address
    r"|(?<=[?&]jwt=)[^&\s]+"
)


def configure(log_format: str) -> None:
    """Send our own events and those of the libraries to standard error, as `json` or for people (`console`)."""
    # Exceptions are formatted before masking; a renderer of its own would show local variables, secrets among them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = console if log_format == "console" else structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for chatty in ("rq", "alembic", "atlassian", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It warns of each repeated attempt with the whole path, which is a key in the address of many a webhook.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last processor before rendering: no secret passes it."""
    return {name: _masked(name, value) for name, value in event.items()}


def masked_text(text: str) -> str:
    """`text` with everything masked that looks like a secret."""
    return SECRET_SHAPES.sub(MASK, text)


def _masked(name: str, value: Any) -> Any:
    if SECRET_NAME.search(name) and value is not None:
        return MASK
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(name, each) for each in value]
    return value
