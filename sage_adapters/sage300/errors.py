"""From an unsuccessful answer of Sage 300 to a trouble with a remedy.

Sage's `code` decides, never its text, which may be in any language (contract sage300, section 6). Where a code is
too coarse, known words only make the remedy more precise; the class of trouble stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sage_adapters.errors import ConnectionTrouble, RecordTrouble, TransientTrouble, Trouble, UncertainOutcome
from sage_adapters.http import Reply
from sage_adapters.sage300 import meanings
from sage_adapters.sage300.error_body import ErrorBody
from sage_adapters.sage300.meanings import Asked as Asked
from sage_adapters.sage300.meanings import Doing as Doing
from sage_adapters.sage300.meanings import Said


def trouble_of(reply: Reply, asked: Asked) -> Trouble:
    """The trouble behind an answer whose status is not 2xx."""
    body = ErrorBody.of(reply)
    said = Said(reply, body, asked)
    if body.code in _BY_CODE:
        return _BY_CODE[body.code](said)
    if (body.html or said.windows_challenge) and reply.status in _BY_IIS_STATUS:
        return _BY_IIS_STATUS[reply.status](said)
    return _BY_STATUS.get(reply.status, meanings.server_failure if reply.status >= 500 else meanings.refused)(said)


def trouble_within(reply: Reply, asked: Asked) -> Trouble | None:
    """The trouble that an answer with status 2xx speaks of, as posting was seen to do (contract sage300, section 6)."""
    body = ErrorBody.of(reply)
    if body.html:
        return not_json(asked, reply)
    if body.code in _BY_CODE:
        return _BY_CODE[body.code](Said(reply, body, asked))
    return Said(reply, body, asked).uncertain("server-error") if body.text else None


def not_json(asked: Asked, reply: Reply | None = None) -> Trouble:
    """The trouble of a successful answer that is not what the Web API sends."""
    if not asked.reading:
        return UncertainOutcome(
            asked.sentence,
            "It answered that all is well, but not with what the Web API sends.",
            "It may have been done: Sage 300 is asked before anything is sent again.",
            "sage300.broken-answer",
        )
    if reply is not None and ErrorBody.of(reply).html:
        return ConnectionTrouble(
            asked.sentence,
            "A web page came back instead of data.",
            "Give the address of the Web API itself, usually https://server/Sage300WebApi.",
            "sage300.not-web-api",
        )
    return TransientTrouble(
        asked.sentence,
        "The answer was cut off or is not the JSON that the Web API sends.",
        "This is tried again by itself; if it lasts, look at proxies between this app and Sage 300.",
        "sage300.broken-answer",
    )


def too_large_to_send(asked: Asked, size: int) -> RecordTrouble:
    """For what is not sent at all, because the web server would fail over it."""
    return RecordTrouble(
        asked.sentence,
        f"It would have been {size // 1_000_000} MB, more than the web server of Sage 300 takes, and was not sent.",
        "Split the document.",
        "sage300.too-large",
    )


_BY_CODE: Mapping[str, Callable[[Said], Trouble]] = MappingProxyType(
    {
        "Unauthorized": meanings.credentials,
        "Forbidden": meanings.rights,
        "TooManyRequests": meanings.throttled,
        "InvalidParameters": meanings.not_understood,
        "InvalidEntityKey": meanings.not_understood,
        "InvalidPayload": meanings.not_understood,
        "InvalidAction": meanings.release,
        "ResourceNotFound": meanings.unknown_resource,
        "RecordNotFound": meanings.unknown_record,
        "MethodNotAllowed": meanings.release,
        "RecordDuplicate": meanings.duplicate_record,
        "RecordInvalid": meanings.refused,
        "FieldInvalid": meanings.field_invalid,
        "General": meanings.refused,
        "SessionError": meanings.session_failed,
        "DBLinkError": meanings.database_failed,
        "InternalServerError": meanings.server_failure,
    }
)

_BY_IIS_STATUS: Mapping[int, Callable[[Said], Trouble]] = MappingProxyType(
    {400: meanings.wrong_host, 401: meanings.iis_challenge, 403: meanings.iis_forbidden, 404: meanings.base_path}
)

_BY_STATUS: Mapping[int, Callable[[Said], Trouble]] = MappingProxyType(
    {
        400: meanings.not_understood,
        401: meanings.credentials,
        403: meanings.rights,
        404: meanings.base_path,
        405: meanings.release,
        413: meanings.too_large,
        429: meanings.throttled,
        503: meanings.pool_stopped,
    }
)
