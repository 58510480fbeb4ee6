"""Errors in the bodies Jira uses (contract jira-rest, section 4).

The usual body is `{"errorMessages": [...], "errors": {field: message}}`. Some places differ: problem+json for
an unknown path, `{"message", "statusCode"}` in the Connect part, `{"code", "message"}` at the gateway.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class JiraError(Exception):
    """A refusal with the status and the JSON body that Jira answers.

    `errors` is keyed by field id. `body` replaces the usual body where a call has its own shape.
    """

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        mimetype: str = "application/json",
    ) -> None:
        super().__init__("; ".join([*messages, *(errors or {}).values()]) or f"Jira answered {status}")
        self.status = status
        self.messages: Sequence[str] = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})
        self.mimetype = mimetype
        self.body = {"errorMessages": list(messages), "errors": self.errors} if body is None else body


def invalid(*messages: str, **errors: str) -> JiraError:
    """400: the request says something that cannot be done; keywords are field ids."""
    return JiraError(400, *messages, errors=errors)


def malformed(
    message: str = "Invalid request payload. Refer to the REST API documentation and try again.",
) -> JiraError:
    """400 for a body that is not the JSON this call takes: `errorMessages` without `errors`."""
    return JiraError(400, message, body={"errorMessages": [message]})


def unauthorized() -> JiraError:
    """401: no credentials, or wrong ones."""
    message = "Client must be authenticated to access this resource."
    return JiraError(
        401,
        message,
        body={"errorMessages": [message], "errors": {}},
        headers={"WWW-Authenticate": 'OAuth realm="jira"'},
    )


def forbidden(message: str) -> JiraError:
    """403: the caller is known but may not do this."""
    return JiraError(403, message)


def missing(message: str) -> JiraError:
    """404: it does not exist, or the caller may not see it; Jira does not say which."""
    return JiraError(404, message)


def issue_missing() -> JiraError:
    return missing("Issue does not exist or you do not have permission to see it.")


def problem(status: int, title: str, detail: str, instance: str) -> JiraError:
    """problem+json: an unknown path or method, or a query parameter of the wrong type."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": instance}
    return JiraError(status, detail, body=body, mimetype="application/problem+json")


def connect_error(status: int, message: str) -> JiraError:
    """The shape of the /rest/atlassian-connect resources."""
    return JiraError(status, message, body={"message": message, "statusCode": status})
