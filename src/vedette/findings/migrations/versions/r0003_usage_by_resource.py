"""Usage is counted by resource too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vedette.findings.schema import ExactText

revision = "0003"
down_revision = "0002"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = ExactText()


def upgrade() -> None:
    """Make the table anew: its key has one more column."""
    op.rename_table("usage", "usage_before")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE usage_before RENAME CONSTRAINT usage_pkey TO usage_before_pkey")
    op.create_table(
        "usage",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("day", WHOLE, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("records", WHOLE, nullable=False),
        sa.Column("bytes", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "day", "kind", "resource"),
    )
    op.execute(
        "INSERT INTO usage (account, region, day, kind, resource, records, bytes) "
        "SELECT account, region, day, kind, '', records, bytes FROM usage_before")
    op.drop_table("usage_before")
