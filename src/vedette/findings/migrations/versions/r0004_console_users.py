"""Users of the console, their sessions and login links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vedette.findings.schema import ExactText

revision = "0004"
down_revision = "0003"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = ExactText()


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "console_user",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
        sa.Column("visited", WHOLE),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "console_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
        sa.Column("used", WHOLE, nullable=False),
        sa.Column("last_visit", WHOLE),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_console_session_name", "console_session", ["name"])
    op.create_table(
        "console_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("expires", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
