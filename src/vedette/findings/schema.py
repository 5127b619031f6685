"""The database's tables, one definition for SQLite and PostgreSQL.

The migrations in `vedette.findings.migrations` build the same; a test compares them. Whoever changes a table
here adds a migration and moves `HEAD` on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from vedette.findings.exact_text import restored, storable

HEAD = "0006"
"""The newest migration."""


class ExactText(TypeDecorator[str]):
    """Text that comes back as it went in, compared byte by byte on both databases."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """PostgreSQL would compare by the server's language; SQLite compares bytes anyway."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else restored(value)


Whole = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()


@event.listens_for(metadata, "before_create")
def _partial_on_postgresql(_target: MetaData, connection: Connection, **_: Any) -> None:
    """Where an index is partial, it is so on PostgreSQL too: to say so above would load its dialect for every scan."""
    if connection.dialect.name == "postgresql":
        for index in (index for table in metadata.tables.values() for index in table.indexes):
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


alembic_version = Table(
    "alembic_version", metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

ledger = Table(
    "ledger", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=True),
    # A digest of object and version: the names are long and the table has millions of rows.
    Column("identity", LargeBinary, nullable=False, unique=True),
    Column("source", ExactText, nullable=False),
    Column("object", ExactText, nullable=False),
    Column("version", ExactText, nullable=False),
    Column("state", ExactText, nullable=False),
    Column("kind", ExactText, nullable=False),
    Column("records", Whole, nullable=False),
    Column("dead", Whole, nullable=False),
    Column("passed_over", Whole, nullable=False),
    Column("bytes", Whole, nullable=False),
    Column("first_time", Whole),
    Column("last_time", Whole),
    Column("reason", ExactText, nullable=False),
)

dead_letter = Table(
    "dead_letter", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=True),
    Column("identity", LargeBinary, nullable=False),
    Column("position", Whole, nullable=False),
    Column("object", ExactText, nullable=False),
    Column("version", ExactText, nullable=False),
    Column("reason", ExactText, nullable=False),
    Column("sample", ExactText, nullable=False),
    UniqueConstraint("identity", "position", name="uq_dead_letter_identity"),
)

keyed_state = Table(
    "keyed_state", metadata,
    # Keys are built from logs, so they may be longer than PostgreSQL indexes: the digest is the key.
    Column("identity", LargeBinary, primary_key=True),
    Column("detector", ExactText, nullable=False),
    Column("key", ExactText, nullable=False),
    Column("version", Whole, nullable=False),
    Column("settled", LargeBinary, nullable=False),
    Column("pending", LargeBinary, nullable=False),
    Column("watermark", Whole, nullable=False),
    Index("ix_keyed_state_watermark", "detector", "watermark"),
)

open_signal = Table(
    "open_signal", metadata,
    Column("owner", LargeBinary, primary_key=True),
    Column("signal_id", ExactText, primary_key=True),
    Column("finding_id", ExactText, nullable=False),
    Column("time", Whole, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("ix_open_signal_finding", "finding_id"),
    Index("ix_open_signal_time", "time"),
)

detector = Table(
    "detector", metadata,
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("detector_id", ExactText, nullable=False, unique=True),
)

finding = Table(
    "finding", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("id", ExactText, nullable=False, unique=True),
    Column("detector", Whole, nullable=False),
    Column("account", ExactText, nullable=False),
    Column("region", ExactText, nullable=False),
    Column("type", ExactText, nullable=False),
    Column("severity", Double, nullable=False),
    Column("resource_type", ExactText, nullable=False),
    Column("instance_id", ExactText, nullable=False),
    Column("interface_id", ExactText, nullable=False),
    Column("access_key_id", ExactText, nullable=False),
    Column("principal_id", ExactText, nullable=False),
    Column("bucket", ExactText, nullable=False),
    Column("archived", SmallInteger, nullable=False),
    Column("count", Whole, nullable=False),
    Column("first_seen", Whole, nullable=False),
    Column("last_seen", Whole, nullable=False),
    Column("created", Whole, nullable=False),
    Column("updated", Whole, nullable=False),
    # Orders of which there are too many values to post each.
    Index("ix_finding_updated", "updated", "seq"),
    Index("ix_finding_created", "created", "seq"),
    Index("ix_finding_last_seen", "last_seen", "seq"),
    Index("ix_finding_first_seen", "first_seen", "seq"),
)

finding_entity = Table(
    "finding_entity", metadata,
    # A digest of an instance, interface or bucket that the finding names, of which the inventory may learn more.
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("identity", LargeBinary, primary_key=True),
    Index("ix_finding_entity_identity", "identity", "seq"),
    sqlite_with_rowid=False,
)

finding_document = Table(
    "finding_document", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("base", LargeBinary, nullable=False),
)

attribute = Table(
    "attribute", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    # The line of filter_attributes.txt.
    Column("path", Whole, primary_key=True, autoincrement=False),
    # Cut to what an index can hold; see `vedette.findings.attributes.index_key`.
    Column("value", ExactText, primary_key=True),
    Column("number", Double),
    # The whole text, when value is cut.
    Column("long_value", ExactText),
    Index(
        "ix_attribute_number", "path", "number", "seq",
        sqlite_where=text("number IS NOT NULL")),
    # Rows stand in the order of their key, so one finding's attributes are together.
    sqlite_with_rowid=False,
)

posting = Table(
    "posting", metadata,
    # The line of filter_attributes.txt.
    Column("path", Whole, primary_key=True, autoincrement=False),
    # As in attribute; see `vedette.findings.postings.posted` for what stands in the finding's row.
    Column("value", ExactText, primary_key=True),
    # Which findings hold the value, so many in a part; see `vedette.findings.bits`.
    Column("part", Whole, primary_key=True, autoincrement=False),
    Column("bits", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("place", Whole, primary_key=True, autoincrement=False),
    Column("time", Whole, nullable=False),
    Column("record", ExactText, nullable=False),
    Column("object", ExactText, nullable=False),
    Column("version", ExactText, nullable=False),
    Column("position", Whole, nullable=False),
    sqlite_with_rowid=False,
)

inventory_fact = Table(
    "inventory_fact", metadata,
    # Digests of entity and field, and of the entity: their names come from logs.
    Column("identity", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("entity", ExactText, nullable=False),
    Column("field", ExactText, nullable=False),
    Column("value", ExactText, nullable=False),
    Column("observed", Whole, nullable=False),
    Index("ix_inventory_fact_owner", "owner"),
)

meta = Table(
    "meta", metadata,
    Column("key", ExactText, primary_key=True),
    Column("value", ExactText, nullable=False),
)

configuration = Table(
    "configuration", metadata,
    Column("kind", ExactText, primary_key=True),
    Column("account", ExactText, primary_key=True),
    Column("region", ExactText, primary_key=True),
    Column("id", ExactText, primary_key=True),
    # The order in which they were made.
    Column("seq", Whole, nullable=False),
    Column("document", ExactText, nullable=False),
)

content = Table(
    "content", metadata,
    # SHA-256 of the bytes.
    Column("digest", ExactText, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

handling = Table(
    "handling", metadata,
    # What rules and people said of a finding: it stays when the finding is written anew.
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("suppressed_by", ExactText, nullable=False),
    Column("feedback", ExactText, nullable=False),
    Column("comments", ExactText, nullable=False),
    Column("status", ExactText, nullable=False),
    Column("assignee", ExactText, nullable=False),
)

activity = Table(
    "activity", metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    # One more than that of what was done before, which may be forgotten.
    Column("place", Whole, primary_key=True, autoincrement=False),
    Column("time", Whole, nullable=False),
    Column("what", ExactText, nullable=False),
    Column("value", ExactText, nullable=False),
    Column("text", ExactText, nullable=False),
    # Who did it.
    Column("account", ExactText, nullable=False),
    Column("name", ExactText, nullable=False),
    Column("access_key_id", ExactText, nullable=False),
    sqlite_with_rowid=False,
)

publication = Table(
    "publication", metadata,
    Column("destination", ExactText, primary_key=True),
    Column("finding", ExactText, primary_key=True),
    # When it is to be sent; null while there is nothing to send.
    Column("due", Whole),
    Column("sent", Whole),
    # Raised by each change: what was changed while it was sent is sent again.
    Column("changes", Whole, nullable=False),
    Column("attempts", Whole, nullable=False),
    Column("error", ExactText, nullable=False),
    Index(
        "ix_publication_due", "destination", "due",
        sqlite_where=text("due IS NOT NULL")),
    Index("ix_publication_finding", "finding"),
)

# Files of the event history that count and are not yet known to be in their places.
history_file = Table(
    "history_file", metadata,
    Column("desk", ExactText, primary_key=True),
    Column("name", ExactText, primary_key=True),
)

usage = Table(
    "usage", metadata,
    Column("account", ExactText, primary_key=True),
    Column("region", ExactText, primary_key=True),
    # Days since the epoch, of the time when it was analysed.
    Column("day", Whole, primary_key=True, autoincrement=False),
    Column("kind", ExactText, primary_key=True),
    Column("resource", ExactText, primary_key=True),
    Column("records", Whole, nullable=False),
    Column("bytes", Whole, nullable=False),
)

# What came last of an account's and Region's logs of one kind.
reception = Table(
    "reception", metadata,
    Column("account", ExactText, primary_key=True),
    Column("region", ExactText, primary_key=True),
    Column("kind", ExactText, primary_key=True),
    # When something of it was committed.
    Column("received", Whole, nullable=False),
    # The time of its latest record.
    Column("last_record", Whole, nullable=False),
    # Which hours had records, as a number in bytes; see `vedette.findings.receptions`.
    Column("hours", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

key_use = Table(
    "key_use", metadata,
    # The access key's id.
    Column("id", ExactText, primary_key=True),
    Column("used", Whole, nullable=False),
    sqlite_with_rowid=False,
)

console_user = Table(
    "console_user", metadata,
    Column("name", ExactText, primary_key=True),
    Column("account", ExactText, nullable=False),
    Column("role", ExactText, nullable=False),
    # Argon2id's hash, with its salt and parameters.
    Column("password", ExactText, nullable=False),
    Column("created", Whole, nullable=False),
    # When the user was last seen.
    Column("visited", Whole),
)

console_session = Table(
    "console_session", metadata,
    # SHA-256 of the token, which the browser alone keeps.
    Column("digest", LargeBinary, primary_key=True),
    Column("name", ExactText, nullable=False),
    Column("created", Whole, nullable=False),
    Column("used", Whole, nullable=False),
    # When the user was last seen before this session.
    Column("last_visit", Whole),
    Index("ix_console_session_name", "name"),
)

console_link = Table(
    "console_link", metadata,
    # SHA-256 of the token.
    Column("digest", LargeBinary, primary_key=True),
    Column("name", ExactText, nullable=False),
    Column("expires", Whole, nullable=False),
)
