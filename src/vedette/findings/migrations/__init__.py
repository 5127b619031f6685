"""Alembic migrations of the database, run by `vedette.findings.database` when it opens an older one."""
