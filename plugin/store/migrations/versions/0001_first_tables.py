"""The first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_pauses",
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("until", columns.Instant(timezone=True), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_pauses")),
        sa.UniqueConstraint("system", name=op.f("uq_app_pauses_system")),
    )
    op.create_table(
        "sites",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("base_url", sa.String(length=255), nullable=False),
        sa.Column("display_url", sa.String(length=255), nullable=False),
        sa.Column("cloud_id", sa.String(length=255), nullable=True),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("left_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("delete_after", columns.Instant(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_table(
        "admin_webhooks",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_secret_until", columns.Instant(timezone=True), nullable=True),
        sa.Column("made_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_admin_webhooks_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_webhooks")),
        sa.UniqueConstraint("site_id", name=op.f("uq_admin_webhooks_site_id")),
        sa.UniqueConstraint("token", name=op.f("uq_admin_webhooks_token")),
    )
    op.create_table(
        "circuits",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("next_try_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_circuits_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuits")),
        sa.UniqueConstraint("site_id", "subject", name=op.f("uq_circuits_site_id")),
    )
    op.create_table(
        "connections",
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("base_url", sa.String(length=500), nullable=False),
        sa.Column("company", sa.String(length=255), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("credentials_expire_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("checked_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_connections_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.create_index("ix_connections_site_id", ["site_id"], unique=False)

    op.create_table(
        "hook_duties",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("due_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("lease_until", columns.Instant(timezone=True), nullable=True),
        sa.Column("done_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("position", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_hook_duties_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_duties")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_hook_duties_site_id")),
    )
    with op.batch_alter_table("hook_duties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hook_duties_due_at"), ["due_at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("delivery_id", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("project_key", sa.String(length=255), nullable=True),
        sa.Column("issue_id", sa.String(length=64), nullable=True),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("received_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("taken_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_inbox_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("site_id", "door", "delivery_id", name=op.f("uq_inbox_site_id")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_received_at"), ["received_at"], unique=False)
        batch_op.create_index(
            "ix_inbox_waiting",
            ["site_id", "id"],
            unique=False,
            sqlite_where=sa.text("taken_at IS NULL"),
            postgresql_where=sa.text("taken_at IS NULL"),
        )

    op.create_table(
        "installations",
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_secret_until", columns.Instant(timezone=True), nullable=True),
        sa.Column("oauth_client_id", sa.String(length=255), nullable=True),
        sa.Column("installation_ari", sa.String(length=255), nullable=True),
        sa.Column("updated_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_installations_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("door", "external_id", name=op.f("uq_installations_door")),
    )
    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.create_index("ix_installations_site_id", ["site_id"], unique=False)

    op.create_table(
        "issue_totals",
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("worklog_seconds", sa.Integer(), nullable=False),
        sa.Column("counted_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_issue_totals_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_totals")),
        sa.UniqueConstraint("site_id", "issue_id", name=op.f("uq_issue_totals_site_id")),
    )
    op.create_table(
        "notices",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("raised_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("cleared_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_notices_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_subject"), ["subject"], unique=False)
        batch_op.create_index(
            "uq_notices_open",
            ["site_id", "subject", "code"],
            unique=True,
            sqlite_where=sa.text("cleared_at IS NULL"),
            postgresql_where=sa.text("cleared_at IS NULL"),
        )

    op.create_table(
        "recipients",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("told_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_recipients_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
    )
    op.create_table(
        "snapshots",
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("read_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_snapshots_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("site_id", "subject", name=op.f("uq_snapshots_site_id")),
    )
    op.create_table(
        "webhook_registrations",
        sa.Column("project_key", sa.String(length=255), nullable=False),
        sa.Column("jql", sa.String(length=500), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("jira_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("refreshed_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("heard_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("missing_since", columns.Instant(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_webhook_registrations_site_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_registrations")),
        sa.UniqueConstraint("site_id", "project_key", name=op.f("uq_webhook_registrations_site_id")),
    )
    op.create_table(
        "integrations",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_integrations_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_integrations_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrations")),
    )
    with op.batch_alter_table("integrations", schema=None) as batch_op:
        batch_op.create_index("ix_integrations_site_id", ["site_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("perhaps_told", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("written_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("next_try_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_messages_notice_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name=op.f("fk_messages_recipient_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_messages_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("notice_id", "recipient_id", "event", "stage", name=op.f("uq_messages_notice_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_next_try_at"), ["next_try_at"], unique=False)

    op.create_table(
        "streams",
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("mapping", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("mapping_version", sa.Integer(), nullable=False),
        sa.Column("followed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("started_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("watermark", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("position", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("mapped_version", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=255), nullable=True),
        sa.Column("lease_until", columns.Instant(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failing_since", columns.Instant(timezone=True), nullable=True),
        sa.Column("reached_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("look_first", sa.Boolean(), nullable=False),
        sa.Column("reconcile_nightly", sa.Boolean(), nullable=False),
        sa.Column("chain_length", sa.Integer(), nullable=False),
        sa.Column("chain_hash", sa.String(length=64), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_streams_integration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_streams_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams")),
        sa.UniqueConstraint("integration_id", "name", name=op.f("uq_streams_integration_id")),
    )
    with op.batch_alter_table("streams", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_streams_due_at"), ["due_at"], unique=False)
        batch_op.create_index("ix_streams_site_id", ["site_id"], unique=False)

    op.create_table(
        "counterfoils",
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("document_key", sa.String(length=255), nullable=False),
        sa.Column("vendor", sa.String(length=255), nullable=False),
        sa.Column("amount", columns.ExactDecimal(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_counterfoils_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_counterfoils_stream_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterfoils")),
        sa.UniqueConstraint("stream_id", "sequence", name=op.f("uq_counterfoils_stream_id")),
    )
    with op.batch_alter_table("counterfoils", schema=None) as batch_op:
        batch_op.create_index("ix_counterfoils_document", ["stream_id", "document_key"], unique=False)
        batch_op.create_index(
            "ix_counterfoils_people",
            ["stream_id", "actor", "site_id"],
            unique=False,
            sqlite_where=sa.text("actor <> 'counterfoil'"),
            postgresql_where=sa.text("actor <> 'counterfoil'"),
        )
        batch_op.create_index(
            "ix_counterfoils_search",
            ["stream_id", "at", "sequence", "action", "actor", "vendor", "document_key", "site_id"],
            unique=False,
        )

    op.create_table(
        "ledger",
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("document_key", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("vendor", sa.String(length=255), nullable=False),
        sa.Column("vendor_name", sa.String(length=255), nullable=False),
        sa.Column("amount", columns.ExactDecimal(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("belongs_to", sa.String(length=255), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=True),
        sa.Column("sending_after", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.String(length=64), nullable=True),
        sa.Column("target_key", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("corrections", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("trouble_code", sa.String(length=80), nullable=True),
        sa.Column("failing_since", columns.Instant(timezone=True), nullable=True),
        sa.Column("read_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("settled_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_ledger_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_ledger_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("stream_id", "document_key", name=op.f("uq_ledger_stream_id")),
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_belongs_to", ["stream_id", "belongs_to"], unique=False)
        batch_op.create_index("ix_ledger_stream_state", ["stream_id", "state", "id"], unique=False)
        batch_op.create_index("ix_ledger_stream_unit", ["stream_id", "unit"], unique=False)
        batch_op.create_index("ix_ledger_target", ["target_id"], unique=False)
        batch_op.create_index("ix_ledger_vendor", ["stream_id", "vendor_name", "vendor"], unique=False)
        batch_op.create_index("ix_ledger_vendor_number", ["stream_id", "vendor"], unique=False)

    op.create_table(
        "runs",
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("moved_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("calls", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_runs_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_runs_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_stream_started", ["stream_id", "started_at"], unique=False)

    op.create_table(
        "source_units",
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=255), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_source_units_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_source_units_stream_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_units")),
        sa.UniqueConstraint("stream_id", "key", name=op.f("uq_source_units_stream_id")),
    )
    op.create_table(
        "sweeps",
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("position", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("started_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("moved_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("due_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=255), nullable=True),
        sa.Column("lease_until", columns.Instant(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_sweeps_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_sweeps_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    with op.batch_alter_table("sweeps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sweeps_due_at"), ["due_at"], unique=False)
        batch_op.create_index("ix_sweeps_stream_started", ["stream_id", "started_at"], unique=False)

    op.create_table(
        "findings",
        sa.Column("sweep_id", sa.Integer(), nullable=False),
        sa.Column("document_key", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("vendor", sa.String(length=255), nullable=False),
        sa.Column("vendor_name", sa.String(length=255), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source_amount", columns.ExactDecimal(length=40), nullable=True),
        sa.Column("target_amount", columns.ExactDecimal(length=40), nullable=True),
        sa.Column("target_id", sa.String(length=64), nullable=True),
        sa.Column("target_key", sa.String(length=64), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("repaired_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_findings_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweeps.id"], name=op.f("fk_findings_sweep_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.create_index("ix_findings_sweep_document", ["sweep_id", "document_key"], unique=False)
        batch_op.create_index("ix_findings_sweep_vendor", ["sweep_id", "vendor"], unique=False)
        batch_op.create_index("ix_findings_sweep_verdict", ["sweep_id", "verdict", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index("ix_findings_sweep_verdict")
        batch_op.drop_index("ix_findings_sweep_vendor")
        batch_op.drop_index("ix_findings_sweep_document")

    op.drop_table("findings")
    with op.batch_alter_table("sweeps", schema=None) as batch_op:
        batch_op.drop_index("ix_sweeps_stream_started")
        batch_op.drop_index(batch_op.f("ix_sweeps_due_at"))

    op.drop_table("sweeps")
    op.drop_table("source_units")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_stream_started")

    op.drop_table("runs")
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_vendor_number")
        batch_op.drop_index("ix_ledger_vendor")
        batch_op.drop_index("ix_ledger_target")
        batch_op.drop_index("ix_ledger_stream_unit")
        batch_op.drop_index("ix_ledger_stream_state")
        batch_op.drop_index("ix_ledger_belongs_to")

    op.drop_table("ledger")
    with op.batch_alter_table("counterfoils", schema=None) as batch_op:
        batch_op.drop_index("ix_counterfoils_search")
        batch_op.drop_index(
            "ix_counterfoils_people",
            sqlite_where=sa.text("actor <> 'counterfoil'"),
            postgresql_where=sa.text("actor <> 'counterfoil'"),
        )
        batch_op.drop_index("ix_counterfoils_document")

    op.drop_table("counterfoils")
    with op.batch_alter_table("streams", schema=None) as batch_op:
        batch_op.drop_index("ix_streams_site_id")
        batch_op.drop_index(batch_op.f("ix_streams_due_at"))

    op.drop_table("streams")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_next_try_at"))

    op.drop_table("messages")
    with op.batch_alter_table("integrations", schema=None) as batch_op:
        batch_op.drop_index("ix_integrations_site_id")

    op.drop_table("integrations")
    op.drop_table("webhook_registrations")
    op.drop_table("snapshots")
    op.drop_table("recipients")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_notices_open",
            sqlite_where=sa.text("cleared_at IS NULL"),
            postgresql_where=sa.text("cleared_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_notices_subject"))

    op.drop_table("notices")
    op.drop_table("issue_totals")
    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.drop_index("ix_installations_site_id")

    op.drop_table("installations")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_waiting", sqlite_where=sa.text("taken_at IS NULL"), postgresql_where=sa.text("taken_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_inbox_received_at"))

    op.drop_table("inbox")
    with op.batch_alter_table("hook_duties", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hook_duties_due_at"))

    op.drop_table("hook_duties")
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.drop_index("ix_connections_site_id")

    op.drop_table("connections")
    op.drop_table("circuits")
    op.drop_table("admin_webhooks")
    op.drop_table("sites")
    op.drop_table("app_pauses")
