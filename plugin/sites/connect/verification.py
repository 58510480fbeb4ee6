"""Verifying a received request: which token it must carry, where, and whose it is.

Each kind of route has one carrier and one algorithm. A request that brings a second token, in whatever place, is
refused rather than interpreted. What an iframe or context caller proves is kept in `flask.g.caller` as well, from
where the answer's headers are made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Request, g

from plugin.settings import Settings
from plugin.sites.caller import Caller, Licence
from plugin.sites.connect.keys import installation_key
from plugin.sites.connect.qsh import TOKEN_PARAMETER, Target, acceptable_hashes
from plugin.sites.connect.tenants import DOOR, USABLE_STATES, Tenant, tenant_of
from plugin.sites.connect.tokens import (
    CONTEXT_HASH,
    Claims,
    claimed_client_key,
    key_id,
    verify_lifecycle,
    verify_shared,
)
from plugin.sites.outcomes import ACCEPTED, note
from plugin.sites.parts import current_parts
from plugin.sites.refusals import Reason, Refused

SCHEME = "JWT"
_ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[1-9][0-9]*")
_PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]*")


def iframe_caller(request: Request) -> Caller:
    """Who opens a page in Jira: the first GET of an iframe, with the `jwt` parameter that Jira added to its URL.

    Issue, project and licence come from the URL's `issueId`, `issueKey`, `projectId`, `projectKey` and `lic`, which
    the token covers. Raises Refused. Such a request must not change anything: it can be repeated by whoever saw it.
    """
    parts = current_parts()
    if request.method != "GET":
        raise Refused(Reason.WRONG_METHOD)
    token = _token_in_query(request)
    tenant = tenant_of(claimed_client_key(token), parts)
    claims = verify_shared(token, tenant.secrets, _hashes(request, parts.settings))
    said = {name: request.args.get(name) for name in ("issueId", "issueKey", "projectId", "projectKey")}
    licence = request.args.get("lic", "")
    return _accepted(
        tenant,
        claims,
        issue={"id": said["issueId"], "key": said["issueKey"]},
        project={"id": said["projectId"], "key": said["projectKey"]},
        licence=Licence(licence) if licence in set(Licence) else Licence.UNSAID,
    )


def context_caller(request: Request) -> Caller:
    """Who a page of ours asks for: a request with a context token from `AP.context.getToken` as its authorisation.

    Issue and project are those of the page in Jira. Raises Refused. The token is not bound to method and path.
    """
    parts = current_parts()
    token = _token_in_header(request)
    tenant = tenant_of(claimed_client_key(token), parts)
    claims = verify_shared(token, tenant.secrets, (CONTEXT_HASH,))
    jira = _object(claims.context.get("jira"))
    return _accepted(tenant, claims, issue=_object(jira.get("issue")), project=_object(jira.get("project")))


def delivering_site(request: Request) -> int:
    """The id of the site whose Jira delivers this webhook; raises Refused.

    The token covers method, path and query, never the body (contract jira-rest, section 1): that is only a hint.
    """
    parts = current_parts()
    token = _token_in_header(request)
    tenant = tenant_of(claimed_client_key(token), parts)
    verify_shared(token, tenant.secrets, _hashes(request, parts.settings))
    if tenant.state not in USABLE_STATES:
        raise Refused(Reason.SITE_OFF)
    return tenant.site_id


def lifecycle_claims(request: Request) -> Claims:
    """Proves that Atlassian sent this `installed` or `uninstalled`; raises Refused."""
    parts = current_parts()
    token = _token_in_header(request)
    key = installation_key(key_id(token), parts.settings, parts.cache)
    return verify_lifecycle(token, key, parts.settings.base_url, _hashes(request, parts.settings))


def site_claims(request: Request) -> Claims:
    """Proves that a site sent this `enabled` or `disabled`; raises Refused.

    Only the current secret counts, so that a message from before a new installation cannot switch that one off.
    """
    parts = current_parts()
    token = _token_in_header(request)
    tenant = tenant_of(claimed_client_key(token), parts)
    return verify_shared(token, (tenant.secret,), _hashes(request, parts.settings))


def has_token(request: Request) -> bool:
    """Whether there is anything at all that could be a token."""
    return "Authorization" in request.headers or TOKEN_PARAMETER in request.args


def _token_in_query(request: Request) -> str:
    tokens = request.args.getlist(TOKEN_PARAMETER)
    if len(tokens) > 1 or (tokens and "Authorization" in request.headers):
        raise Refused(Reason.SEVERAL_TOKENS)
    if not tokens or not tokens[0]:
        raise Refused(Reason.NO_TOKEN)
    return tokens[0]


def _token_in_header(request: Request) -> str:
    if TOKEN_PARAMETER in request.args:
        raise Refused(Reason.SEVERAL_TOKENS)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.upper() != SCHEME or not token.strip():
        raise Refused(Reason.NO_TOKEN)
    return token.strip()


def _hashes(request: Request, settings: Settings) -> tuple[str, ...]:
    environ = request.environ
    path = request.root_path + request.path
    target = Target(
        method=request.method,
        raw=environ.get("RAW_URI") or environ.get("REQUEST_URI") or quote(path),
        decoded_path=path,
        query=environ.get("QUERY_STRING", ""),
    )
    return acceptable_hashes(target, urlsplit(settings.base_url).path)


def _accepted(
    tenant: Tenant,
    claims: Claims,
    *,
    issue: Mapping[str, Any],
    project: Mapping[str, Any],
    licence: Licence = Licence.UNSAID,
) -> Caller:
    if tenant.state not in USABLE_STATES:
        raise Refused(Reason.SITE_OFF)
    caller = Caller(
        door=DOOR,
        site_id=tenant.site_id,
        installation_id=tenant.installation_id,
        account_id=claims.account_id,
        base_url=tenant.base_url,
        display_url=tenant.display_url,
        issue_id=_number(issue.get("id")),
        issue_key=_matching(_ISSUE_KEY, issue.get("key")),
        project_id=_number(project.get("id")),
        project_key=_matching(_PROJECT_KEY, project.get("key")),
        licence=licence,
    )
    g.caller = caller
    note(ACCEPTED)
    return caller


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> str | None:
    """Jira writes ids as numbers or as texts; anything else is as good as none."""
    text = str(value)
    return text if text.isascii() and text.isdigit() and len(text) < 20 else None


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
