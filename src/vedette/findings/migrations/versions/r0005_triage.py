"""Triage of findings: their status and assignee, and what people did with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vedette.findings.schema import ExactText

revision = "0005"
down_revision = "0004"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = ExactText()


def upgrade() -> None:
    """Make the one table anew, with more columns, and the other."""
    op.rename_table("handling", "handling_before")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE handling_before RENAME CONSTRAINT handling_pkey TO handling_before_pkey")
    op.create_table(
        "handling",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("suppressed_by", TEXT, nullable=False),
        sa.Column("feedback", TEXT, nullable=False),
        sa.Column("comments", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("assignee", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.execute(
        "INSERT INTO handling (seq, suppressed_by, feedback, comments, status, assignee) "
        "SELECT seq, suppressed_by, feedback, comments, 'OPEN', '' FROM handling_before")
    op.drop_table("handling_before")
    op.create_table(
        "activity",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("place", WHOLE, autoincrement=False, nullable=False),
        sa.Column("time", WHOLE, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("access_key_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", "place"),
        sqlite_with_rowid=False,
    )
