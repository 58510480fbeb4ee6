"""The pages of the mock Jira that people use in a browser: `respond(mock, request)`.

| address | page |
|---|---|
| `/` | to the projects |
| `/jira/projects` | projects |
| `/jira/core/projects/{KEY}/board[?search=&show=]` | board |
| `/browse/{KEY}` | issue, or the board of a project |
| `/plugins/servlet/upm` | Manage apps |
| `/plugins/servlet/ac/{appKey}/{moduleKey}` | a page of an app |
| `/atlassian-connect/all.js` | the script that apps load |
"""

from mock_servers.jira.pages.routes import respond

__all__ = ["respond"]
