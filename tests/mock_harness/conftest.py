"""A very small vendor: a list of notes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from mock_servers.harness import ControlRefused, Mock


class Notes(Mock):
    name = "notes"

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.seed(1)

    def respond(self, request: Request) -> Response:
        if request.method == "POST":
            self.notes.append({"text": request.get_data(as_text=True)})
        return Response(json.dumps(self.notes), mimetype="application/json")

    def trouble(self, kind: str, status: int | None, retry_after: int | None) -> Response:
        response = Response(f"vendor says {kind}", status=status or (429 if kind == "throttle" else 500))
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def state(self, type: str | None) -> dict[str, list[dict[str, Any]]]:
        if type not in (None, "notes"):
            raise ControlRefused(f"There are no documents of type {type}.")
        return {"notes": list(self.notes)}

    def act(self, type: str, body: dict[str, Any]) -> dict[str, Any]:
        if type != "note":
            raise ControlRefused(f"Nobody can enter a {type}.")
        self.notes.append({"text": body["text"]})
        return self.notes[-1]

    def seed(self, seed: int) -> None:
        self.notes = [{"text": f"seed {seed}"}]

    def assumptions(self) -> list[str]:
        return ["Notes are kept for ever."]


@pytest.fixture
def notes(serve_mock):
    """The served mock of notes."""
    return serve_mock(Notes())


@pytest.fixture
def make_notes():
    """The class of the mock, for tests that serve it themselves."""
    return Notes
