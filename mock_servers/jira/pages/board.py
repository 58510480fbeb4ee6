"""The list of projects and a project's board."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from werkzeug.wrappers import Response

from mock_servers.jira.connect.frames import Frame, frames
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.pages.rendering import page
from mock_servers.jira.pages.visit import Visit
from mock_servers.jira.projects import Project
from mock_servers.jira.workflow import Status

CARDS = 30
MORE = 200


@dataclass(slots=True)
class Column:
    """One status with the newest of its issues; `count` is how many it has."""

    status: Status
    issues: list[Issue] = field(default_factory=list)
    count: int = 0


def projects(visit: Visit) -> Response:
    """Every project the reader may browse."""
    seen = [p for p in visit.site.projects.values() if visit.site.may(visit.account_id, "BROWSE_PROJECTS", p)]
    return page(visit, "projects.html", title="Projects", projects=seen)


def board(visit: Visit, key: str) -> Response:
    """Columns by status, newest first, cut at `show` cards each; `search` filters by key and summary."""
    site, project = visit.site, visit.site.visible_project(visit.account_id, key)
    search = visit.request.args.get("search", "").strip()
    limit = visit.request.args.get("show", default=CARDS, type=int)
    columns = _columns(site, project)
    for issue in _matching(site, project, search):
        column = columns[issue.status_id]
        column.count += 1
        if len(column.issues) < limit:
            column.issues.append(issue)
    return page(
        visit,
        "board.html",
        title=f"{project.name} board",
        project=project,
        project_pages=project_pages(visit, project),
        columns=list(columns.values()),
        search=search,
        more=limit + MORE,
        found=sum(column.count for column in columns.values()),
        today=visit.mock.clock.now().astimezone(site.time_zone).date().isoformat(),
    )


def project_pages(visit: Visit, project: Project) -> list[Frame]:
    return frames(visit.place(project), visit.origin, visit.mock.token_time(), "jiraProjectPages")


def _columns(site: JiraSite, project: Project) -> dict[str, Column]:
    workflows = dict.fromkeys(number for kind in project.issue_types for number in project.workflows[kind].statuses())
    return {number: Column(site.statuses[number]) for number in workflows}


def _matching(site: JiraSite, project: Project, search: str) -> Iterable[Issue]:
    words = search.casefold().split()
    for issue in reversed(site.issues.values()):
        if issue.project_id != project.id:
            continue
        text = f"{issue.key} {issue.fields['summary']}".casefold()
        if all(word in text for word in words):
            yield issue
