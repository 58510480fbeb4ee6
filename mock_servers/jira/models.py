"""One Jira site: what it starts with. site_state.py says what it holds, the other parents what can be done."""

from mock_servers.harness.clock import Clock
from mock_servers.jira.configuration import Configuration
from mock_servers.jira.field_types import PREFIX
from mock_servers.jira.fields import Field, custom_field
from mock_servers.jira.projects import Project, ScreenSet
from mock_servers.jira.screens import DEFAULT_SCREEN, RESOLVE_SCREEN
from mock_servers.jira.users import FINANCE, USERS, default_permissions
from mock_servers.jira.workflow import Workflow, payables_workflow, task_workflow
from mock_servers.jira.writing import IssueWriting

DEFAULT_ZONE = "Europe/Berlin"
COST_CENTRES = ("100 Administration", "200 Production", "300 Sales")


class JiraSite(IssueWriting, Configuration):
    """A site with the projects AP "Accounts payable" and FIN "Finance", the latter seen by Finance only.

    `time_zone` is the site's default zone, in which Jira writes its timestamps; it is not UTC on purpose.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        clock: Clock,
        display_url: str | None = None,
        time_zone: str = DEFAULT_ZONE,
        seed: int = 1,
    ) -> None:
        super().__init__(
            name=name, base_url=base_url, display_url=display_url, time_zone=time_zone, clock=clock, seed=seed
        )
        payables, simple = payables_workflow(RESOLVE_SCREEN), task_workflow()
        shared = ScreenSet(DEFAULT_SCREEN, DEFAULT_SCREEN, DEFAULT_SCREEN)
        own = ScreenSet(10000, 10001, 10001)
        self._add_project("10000", "AP", "Accounts payable", payables, simple, shared, USERS)
        self._add_project("10001", "FIN", "Finance", payables, simple, own, FINANCE)
        self._add_custom_fields()

    def _add_project(
        self,
        number: str,
        key: str,
        name: str,
        payables: Workflow,
        simple: Workflow,
        screens: ScreenSet,
        group: str,
    ) -> None:
        kinds = list(self.issue_types)
        documents = {"10001", "10002", "10003"}
        self.projects[number] = Project(
            id=number,
            key=key,
            name=name,
            lead=next(iter(self.users)),
            issue_types=kinds,
            workflows={kind: payables if kind in documents else simple for kind in kinds},
            screens=dict.fromkeys(kinds, screens),
            permissions=default_permissions(group),
        )

    def _add_custom_fields(self) -> None:
        """Fields that a site in use already has, with ids below those of fields made later."""

        def add(number: int, name: str, type_name: str, searcher: str) -> Field:
            field = custom_field(number, name, PREFIX + type_name, PREFIX + searcher, "")
            self.fields[field.id] = field
            self.add_context(field, f"Default Configuration Scheme for {name}", "")
            return field

        add(10015, "Start date", "datepicker", "daterange")
        add(10021, "Reference", "textfield", "textsearcher")
        centre = add(10020, "Cost centre", "select", "multiselectsearcher")
        self.add_options(centre.contexts[0], list(COST_CENTRES))
        for field_id in ("customfield_10015", "customfield_10020"):
            self.screens[DEFAULT_SCREEN].tabs[0].field_ids.append(field_id)
