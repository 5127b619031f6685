"""What a server keeps: configuration, list contents, handling of findings, publications, usage; postings of values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vedette.findings.postings import post_all
from vedette.findings.schema import ExactText

revision = "0002"
down_revision = "0001"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = ExactText()


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "configuration",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "account", "region", "id"),
    )
    op.create_table(
        "content",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "handling",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("suppressed_by", TEXT, nullable=False),
        sa.Column("feedback", TEXT, nullable=False),
        sa.Column("comments", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "publication",
        sa.Column("destination", TEXT, nullable=False),
        sa.Column("finding", TEXT, nullable=False),
        sa.Column("due", WHOLE, nullable=True),
        sa.Column("sent", WHOLE, nullable=True),
        sa.Column("changes", WHOLE, nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("destination", "finding"),
    )
    op.create_index(
        "ix_publication_due", "publication", ["destination", "due"],
        sqlite_where=sa.text("due IS NOT NULL"), postgresql_where=sa.text("due IS NOT NULL"))
    op.create_index("ix_publication_finding", "publication", ["finding"])
    op.create_table(
        "history_file",
        sa.Column("desk", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("desk", "name"),
    )
    op.create_table(
        "usage",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("day", WHOLE, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("records", WHOLE, nullable=False),
        sa.Column("bytes", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "day", "kind"),
    )
    op.create_table(
        "posting",
        sa.Column("path", WHOLE, autoincrement=False, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("part", WHOLE, autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("path", "value", "part"),
        sqlite_with_rowid=False,
    )
    for name in ("account", "archived_updated", "count", "region", "resource_type", "severity", "type"):
        op.drop_index(f"ix_finding_{name}", "finding")
    for name in ("created", "first_seen", "last_seen", "updated"):
        op.drop_index(f"ix_finding_{name}", "finding")
        op.create_index(f"ix_finding_{name}", "finding", [name, "seq"])
    op.drop_index("ix_attribute_value", "attribute")
    op.drop_index("ix_attribute_number", "attribute")
    op.create_index(
        "ix_attribute_number", "attribute", ["path", "number", "seq"],
        sqlite_where=sa.text("number IS NOT NULL"), postgresql_where=sa.text("number IS NOT NULL"))
    op.drop_column("attribute", "detector")
    post_all(op.get_bind())
