"""The Connect side of the mock Jira: apps are installed, told, let in and shown.

Written from contract jira-connect. What the rest of the mock calls:

- `respond(mock, request)`: `/install-keys/...`, `/rest/plugins/1.0/...`
- `authenticate(mock, request)`: who sends `Authorization: JWT ...`
- `sign_webhook(mock, app, method, url)`: the token for the `Authorization: JWT` header of a delivery
- `act(mock, body)`: what an administrator does with apps (install, uninstall, ...), and forgeries; control type `app`
- `ConnectHost`: the host's own state of one mock, expected as `mock.connect_host`, made anew by `seed`
"""

from mock_servers.jira.connect.assumptions import ASSUMED
from mock_servers.jira.connect.callers import authenticate
from mock_servers.jira.connect.control import act
from mock_servers.jira.connect.host import ConnectHost
from mock_servers.jira.connect.routes import is_connect_path, respond
from mock_servers.jira.connect.webhooks import sign_webhook

__all__ = ["ASSUMED", "ConnectHost", "act", "authenticate", "is_connect_path", "respond", "sign_webhook"]
