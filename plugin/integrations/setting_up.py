"""What an administrator waits for while setting up: checks and readings that workers do, with their outcome in rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from secrets import token_hex

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations import field_snapshot
from plugin.integrations.connections import open_jira_client
from plugin.integrations.parts import Parts
from plugin.integrations.registry import SYSTEMS, product_from, product_of
from plugin.jira.client import JiraClient
from plugin.jira.fields import FieldCatalogue
from plugin.jira.missing_fields import WantedField
from plugin.jira.missing_fields import create_missing_fields as make_fields
from plugin.jira.projects import IssueType, Project, choosable_projects, read_project
from plugin.jira.screens import read_create_screen
from plugin.store.models import Connection, Integration, JsonObject, Snapshot, Stream
from plugin.sync import ladder
from plugin.sync.circuit_rows import try_now
from plugin.sync.circuits import of_connection
from plugin.sync.stopping import defect
from sage_adapters.errors import ConfigurationTrouble, Trouble

log = structlog.get_logger()

PROJECTS = "projects"
SAMPLES = "samples"
"""Finding of a connection's test: by stream, a document as an example for the mapping."""
TO_CREATE = "fields_to_create"
"""Setting of a stream: the attributes for which an administrator wants new fields."""


def check_connection(parts: Parts, site_id: int, connection_id: int) -> None:
    with parts.database.reading(site_id) as session:
        connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()

    def look() -> JsonObject:
        examination = SYSTEMS[connection.system].examine(parts, connection)
        return {**asdict(examination), SAMPLES: {} if examination.problem else _samples(parts, connection)}

    findings, trouble = _attempt(look)
    if findings:
        trouble = findings.pop("problem")
    with parts.database.writing(site_id) as session:
        row = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
        row.state = "trouble" if trouble else "ok"
        row.trouble = trouble
        row.findings = findings
        row.checked_at = datetime.now(UTC)
        if not trouble:
            try_now(session, of_connection(connection_id), datetime.now(UTC))


def read_projects(parts: Parts, site_id: int) -> None:
    """Reads what can be chosen as a place for issues into the snapshot `projects`."""

    def read() -> JsonObject:
        with open_jira_client(parts, site_id) as client:
            return {"projects": [_project(project) for project in choosable_projects(client)]}

    take_snapshot(parts, site_id, PROJECTS, read)


def read_fields(parts: Parts, site_id: int, project_id: str, issue_type_id: str) -> None:
    """Reads the fields of a project and issue type into their snapshot."""

    def read() -> JsonObject:
        with open_jira_client(parts, site_id) as client:
            project, issue_type = _place(client, project_id, issue_type_id)
            return _fields(client, project, issue_type)

    take_snapshot(parts, site_id, field_snapshot.subject(project_id, issue_type_id), read)


def add_streams(session: Session, integration: Integration) -> None:
    """Rows for all streams of its product, to be set up; those that are there already stay as they are."""
    there = set(session.scalars(select(Stream.name).where(Stream.integration_id == integration.id)))
    for described in product_of(integration).streams:
        if described.name not in there:
            swept = bool(described.since)
            session.add(Stream(integration_id=integration.id, name=described.name, reconcile_nightly=swept))
    session.flush()


def create_missing_fields(parts: Parts, site_id: int, stream_id: int) -> None:
    """Makes the fields an administrator asked for, maps them, and reads the fields anew."""
    with parts.database.reading(site_id) as session:
        stream, integration = session.execute(
            select(Stream, Integration)
            .join(Integration, Integration.id == Stream.integration_id)
            .where(Stream.id == stream_id)
        ).one()
    into_jira = product_of(integration).stream(stream.name).into_jira
    settings, attributes = stream.settings, into_jira.attributes if into_jira else ()
    project_id, issue_type_id = settings["project_id"], settings["issue_type_id"]
    made: dict[str, str] = {}

    def make() -> JsonObject:
        wanted = {
            each.name: WantedField(each.label, each.type) for each in attributes if each.name in settings[TO_CREATE]
        }
        with open_jira_client(parts, site_id) as client:
            project, issue_type = _place(client, project_id, issue_type_id)
            fields = make_fields(client, project, issue_type, list(wanted.values()))
            made.update(zip(wanted, (each.field.id for each in fields), strict=True))
            return _fields(client, project, issue_type)

    take_snapshot(parts, site_id, field_snapshot.subject(project_id, issue_type_id), make)
    with parts.database.writing(site_id) as session:
        stream = session.scalars(select(Stream).where(Stream.id == stream_id)).one()
        stream.settings = {**stream.settings, TO_CREATE: []}
        if made:
            stream.mapping = {**stream.mapping, **made}
            stream.mapping_version += 1
            _keep_fields(session, stream)


def _attempt(work: Callable[[], JsonObject]) -> tuple[JsonObject | None, JsonObject | None]:
    """What it returned, or the trouble it met. A defect of ours is told as one: the page must not wait for ever."""
    try:
        return work(), None
    except Trouble as trouble:
        return None, ladder.describe(trouble)
    except Exception:
        reference = token_hex(4)
        log.exception("setting-up.broke", reference=reference)
        return None, ladder.describe(defect(reference))


def take_snapshot(parts: Parts, site_id: int, subject: str, read: Callable[[], JsonObject]) -> None:
    """Keeps what `read` returns for a page. A failed reading keeps what was read before, with the trouble beside it."""
    body, trouble = _attempt(read)
    with parts.database.writing(site_id) as session:
        snapshot = session.scalars(select(Snapshot).where(Snapshot.subject == subject)).one_or_none()
        if snapshot is None:
            snapshot = Snapshot(subject=subject, body={})
            session.add(snapshot)
        snapshot.state = "read"
        snapshot.trouble = trouble
        snapshot.read_at = datetime.now(UTC)
        if body is not None:
            snapshot.body = body


def _keep_fields(session: Session, stream: Stream) -> None:
    settings = stream.settings
    subject = field_snapshot.subject(settings["project_id"], settings["issue_type_id"])
    snapshot = session.scalars(select(Snapshot).where(Snapshot.subject == subject)).one()
    field_snapshot.keep_fields(stream, snapshot.body)


def _place(client: JiraClient, project_id: str, issue_type_id: str) -> tuple[Project, IssueType]:
    project = read_project(client, project_id)
    issue_type = project.issue_type(issue_type_id)
    if issue_type is None:
        raise ConfigurationTrouble(
            f"The fields of project {project.key} were about to be read.",
            "The issue type that was chosen is no longer part of it.",
            "Choose another issue type under Where issues go.",
            "jira.issue-type-gone",
        )
    return project, issue_type


def _fields(client: JiraClient, project: Project, issue_type: IssueType) -> JsonObject:
    screen = read_create_screen(client, project, issue_type)
    return field_snapshot.to_body(FieldCatalogue.read(client).of_project(project.id), screen)


def _project(project: Project) -> JsonObject:
    return {
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "team_managed": project.team_managed,
        "issue_types": [{"id": each.id, "name": each.name} for each in project.issue_types],
    }


def _samples(parts: Parts, connection: Connection) -> JsonObject:
    product = product_from(connection)
    return {each.name: each.sample(parts, connection) for each in product.streams if each.into_jira} if product else {}
