"""Jira's JSON: how things of a site look on the wire. `Wire(site).issue(...)` and its like."""

from mock_servers.jira.wire.issues import Selection, Wire

__all__ = ["Selection", "Wire"]
