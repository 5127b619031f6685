"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vedette.findings.schema import ExactText

revision = "0001"
down_revision = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = ExactText()


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "attribute",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("path", WHOLE, autoincrement=False, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("detector", WHOLE, nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("long_value", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq", "path", "value"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_attribute_number", "attribute", ["detector", "path", "number", "seq"],
        sqlite_where=sa.text("number IS NOT NULL"), postgresql_where=sa.text("number IS NOT NULL"))
    op.create_index("ix_attribute_value", "attribute", ["detector", "path", "value", "seq"])
    op.create_table(
        "dead_letter",
        sa.Column("seq", WHOLE, autoincrement=True, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("object", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("sample", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("identity", "position", name="uq_dead_letter_identity"),
    )
    op.create_table(
        "detector",
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("detector_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("detector_id"),
    )
    op.create_table(
        "evidence",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("place", WHOLE, autoincrement=False, nullable=False),
        sa.Column("time", WHOLE, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.Column("object", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("seq", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("detector", WHOLE, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("severity", sa.Double(), nullable=False),
        sa.Column("resource_type", TEXT, nullable=False),
        sa.Column("instance_id", TEXT, nullable=False),
        sa.Column("interface_id", TEXT, nullable=False),
        sa.Column("access_key_id", TEXT, nullable=False),
        sa.Column("principal_id", TEXT, nullable=False),
        sa.Column("bucket", TEXT, nullable=False),
        sa.Column("archived", sa.SmallInteger(), nullable=False),
        sa.Column("count", WHOLE, nullable=False),
        sa.Column("first_seen", WHOLE, nullable=False),
        sa.Column("last_seen", WHOLE, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
        sa.Column("updated", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_finding_account", "finding", ["detector", "account", "seq"])
    op.create_index(
        "ix_finding_archived_updated", "finding", ["detector", "archived", "updated", "seq"])
    op.create_index("ix_finding_count", "finding", ["detector", "count", "seq"])
    op.create_index("ix_finding_created", "finding", ["detector", "created", "seq"])
    op.create_index("ix_finding_first_seen", "finding", ["detector", "first_seen", "seq"])
    op.create_index("ix_finding_last_seen", "finding", ["detector", "last_seen", "seq"])
    op.create_index("ix_finding_region", "finding", ["detector", "region", "seq"])
    op.create_index("ix_finding_resource_type", "finding", ["detector", "resource_type", "seq"])
    op.create_index("ix_finding_severity", "finding", ["detector", "severity", "seq"])
    op.create_index("ix_finding_type", "finding", ["detector", "type", "seq"])
    op.create_index("ix_finding_updated", "finding", ["detector", "updated", "seq"])
    op.create_table(
        "finding_document",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("base", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "finding_entity",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "identity"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_finding_entity_identity", "finding_entity", ["identity", "seq"])
    op.create_table(
        "inventory_fact",
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("observed", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("identity"),
    )
    op.create_index("ix_inventory_fact_owner", "inventory_fact", ["owner"])
    op.create_table(
        "keyed_state",
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("detector", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("settled", sa.LargeBinary(), nullable=False),
        sa.Column("pending", sa.LargeBinary(), nullable=False),
        sa.Column("watermark", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("identity"),
    )
    op.create_index("ix_keyed_state_watermark", "keyed_state", ["detector", "watermark"])
    op.create_table(
        "ledger",
        sa.Column("seq", WHOLE, autoincrement=True, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("object", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("records", WHOLE, nullable=False),
        sa.Column("dead", WHOLE, nullable=False),
        sa.Column("passed_over", WHOLE, nullable=False),
        sa.Column("bytes", WHOLE, nullable=False),
        sa.Column("first_time", WHOLE, nullable=True),
        sa.Column("last_time", WHOLE, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("identity"),
    )
    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "open_signal",
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("signal_id", TEXT, nullable=False),
        sa.Column("finding_id", TEXT, nullable=False),
        sa.Column("time", WHOLE, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "signal_id"),
    )
    op.create_index("ix_open_signal_finding", "open_signal", ["finding_id"])
    op.create_index("ix_open_signal_time", "open_signal", ["time"])
