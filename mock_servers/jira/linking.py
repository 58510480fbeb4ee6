"""Links between issues, and from issues to things elsewhere."""

from typing import Any

from mock_servers.jira.conversation import check_room
from mock_servers.jira.exceptions import forbidden, invalid, missing
from mock_servers.jira.issues import Issue, IssueLink, RemoteLink
from mock_servers.jira.projects import LinkType
from mock_servers.jira.site_state import SiteState

GLOBAL_ID_LIMIT = 255


class Linking(SiteState):
    """The part of a site that holds issue links and remote links."""

    def check_linking(self) -> None:
        """404 where an administrator turned issue links off."""
        if not self.linking_enabled:
            raise missing("Issue linking is currently disabled.")

    def find_link_type(self, named: Any) -> LinkType:
        """By `{id}` or `{name}`; 404 when there is none."""
        given = named if isinstance(named, dict) else {}
        for kind in self.link_types.values():
            if kind.id == str(given.get("id")) or ("id" not in given and kind.name == given.get("name")):
                return kind
        raise missing(f"No issue link type with name '{given.get('name', given.get('id'))}' found.")

    def link_issues(self, actor: str, kind: LinkType, source: Issue, target: Issue) -> IssueLink:
        """Links "source <outward> target". Linking the same two again changes nothing."""
        self.check_linking()
        for issue in (source, target):
            if not self.may(actor, "LINK_ISSUES", self.project_of(issue)):
                raise forbidden("No Link Issue Permission for issue.")
        same = next(
            (k for k in source.links if (k.type_id, k.source, k.target) == (kind.id, source.id, target.id)),
            None,
        )
        if same is not None:
            return same
        for issue in (source, target):
            check_room("links", len(issue.links), self.issue_limits["links"])
        link = IssueLink(str(self.next_number("link")), kind.id, source.id, target.id)
        self.links[link.id] = link
        for issue in (source, target):
            issue.links.append(link)
            self.change(issue, None)
        self.announce("issuelink_created", actor, source, link=link)
        self.index.note(target)
        return link

    def unlink(self, actor: str, link: IssueLink) -> None:
        source = self.issues[link.source]
        if not self.may(actor, "LINK_ISSUES", self.project_of(source)):
            raise forbidden("No Link Issue Permission for issue.")
        self.forget_link(link)
        self.announce("issuelink_deleted", actor, source, link=link)

    def forget_link(self, link: IssueLink) -> None:
        """Takes a link away from both its issues."""
        self.links.pop(link.id, None)
        for issue_id in {link.source, link.target}:
            if issue_id in self.issues:
                self.issues[issue_id].links.remove(link)

    def put_remote_link(self, actor: str, issue: Issue, payload: dict[str, Any]) -> tuple[RemoteLink, bool]:
        """Creates a remote link (True), or replaces the one with this globalId: omitted parts go."""
        self._check_linker(actor, issue)
        content = _remote_content(payload)
        global_id = payload.get("globalId")
        found = next((link for link in issue.remote_links if global_id and link.global_id == global_id), None)
        if found is not None:
            found.relationship, found.application, found.object = content
            self.announce("remotelink_updated", actor, issue)
            return found, False
        check_room("remote_links", len(issue.remote_links), self.issue_limits["remote_links"])
        link = RemoteLink(self.next_number("remote link"), global_id, *content)
        issue.remote_links.append(link)
        self.announce("remotelink_created", actor, issue)
        return link, True

    def edit_remote_link(self, actor: str, issue: Issue, link: RemoteLink, payload: dict[str, Any]) -> None:
        self._check_linker(actor, issue)
        link.relationship, link.application, link.object = _remote_content(payload)
        link.global_id = payload.get("globalId")
        self.announce("remotelink_updated", actor, issue)

    def delete_remote_link(self, actor: str, issue: Issue, link: RemoteLink) -> None:
        self._check_linker(actor, issue)
        issue.remote_links.remove(link)
        self.announce("remotelink_deleted", actor, issue)

    def _check_linker(self, actor: str, issue: Issue) -> None:
        if not self.may(actor, "LINK_ISSUES", self.project_of(issue)):
            raise forbidden("No Link Issue Permission for issue.")


def _remote_content(payload: dict[str, Any]) -> tuple[str | None, dict[str, Any] | None, dict[str, Any]]:
    target = payload.get("object")
    if not isinstance(target, dict):
        raise invalid(object="'object' is required.")
    wrong = {f"object.{name}": f"'{name}' is required." for name in ("title", "url") if not target.get(name)}
    global_id = payload.get("globalId")
    if global_id is not None and (not isinstance(global_id, str) or len(global_id) > GLOBAL_ID_LIMIT):
        wrong["globalId"] = "'globalId' should be no longer than 255 characters."
    if wrong:
        raise invalid(**wrong)
    return payload.get("relationship"), payload.get("application"), target
