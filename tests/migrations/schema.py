"""A database's schema as lines of text, so that two of them can be compared."""

from __future__ import annotations

_SQLITE = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
)
_COLUMNS = (
    "SELECT table_name || ' column ' || column_name || ' ' || data_type || ' ' || is_nullable || ' '"
    " || coalesce(column_default, '') || ' ' || is_identity"
    " FROM information_schema.columns WHERE table_schema = 'public'"
)
_CONSTRAINTS = (
    "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
)
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"


def lines(connection):
    """Every table, column, constraint and index, sorted; all but Alembic's own table."""
    questions = [_SQLITE] if connection.dialect.name == "sqlite" else [_COLUMNS, _CONSTRAINTS, _INDEXES]
    answers = (row[0] for each in questions for row in connection.exec_driver_sql(each))
    return sorted(" ".join(each.split()) for each in answers if "alembic_version" not in each)
