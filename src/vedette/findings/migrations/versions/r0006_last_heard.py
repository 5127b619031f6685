"""What came last of each log, and when access keys were last used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vedette.findings.schema import ExactText

revision = "0006"
down_revision = "0005"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = ExactText()


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "reception",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("received", WHOLE, nullable=False),
        sa.Column("last_record", WHOLE, nullable=False),
        sa.Column("hours", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_use",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("used", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
